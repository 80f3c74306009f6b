/**
 * Means, gradients and their refusals against closed forms and NumPy.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DataError } from "../../../errors.ts";
import { readSafetensors } from "../../../io/safetensors.ts";
import {
  checkDerived,
  type Derivation,
  derivation,
  derivedNames,
  vectorColumns,
} from "../../../pipeline/derived/derivation.ts";
import { InputDeriver } from "../../../pipeline/derived/derive_inputs.ts";
import { mergeDenseNodes } from "../../../pipeline/derived/dense_nodes.ts";
import { GaussianStencil } from "../../../pipeline/derived/gaussian_stencil.ts";
import { PointGrid } from "../../../pipeline/derived/point_grid.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";

/** Share of the largest value within which float64 sums agree in any order. */
const ROUNDING = 1e-11;
/** The same for gradients, whose systems are bounded by a billionth of their trace. */
const GRADIENT_LIMIT = 1e-7;
const beat = () => {};

/** Random nodes, twice as dense near one corner. */
function randomNodes(count: number, dimensions: number): Float32Array {
  return fillUniform(hash(3, dimensions), new Float32Array(count * dimensions))
    .map((x, k) => k % 3 === 0 ? x / 2 : x);
}

/** The derived columns of fields [N] by name, in row order [N, columns]. */
function deriveFrom(
  derivations: readonly Derivation[],
  fields: Readonly<Record<string, readonly number[]>>,
  offset = 0,
) {
  const names = Object.keys(fields);
  const nodeCount = fields[names[0]].length;
  const rows = Array.from(
    { length: nodeCount },
    (_, node) => [node, ...names.map((name) => fields[name][node])],
  );
  const { input, inputNames, offsets } = new InputDeriver(derivations).derive({
    id: "a line",
    dimensions: 1,
    position: Float32Array.from({ length: nodeCount }, (_, node) => node),
    input: Float32Array.from(rows.flat()),
    offsets: Float64Array.of(0, ...names.map(() => offset)),
    inputNames: ["x", ...names],
    units: ["", ...names.map(() => "")],
  });
  const column = (name: string) => {
    const k = inputNames.indexOf(name);
    return Array.from(
      { length: nodeCount },
      (_, n) => input[n * inputNames.length + k] + offsets[k],
    );
  };
  return { inputNames, column };
}

Deno.test("Gaussian means and gradients are those of NumPy in 1, 2 and 3 dimensions", async () => {
  const { tensors } = await readSafetensors("tests/fixtures/derived/stencils.safetensors");
  for (const dimensions of [1, 2, 3]) {
    const of = (name: string) => tensors[`${name}${dimensions}`].data as Float64Array;
    const position = Float32Array.from(of("position"));
    const stencil = new GaussianStencil(position, dimensions, of("length")[0]);
    const values = of("values");
    near(stencil.mean(values, beat), of("mean"));
    near(stencil.gradient(values, beat), of("gradient"), GRADIENT_LIMIT);
  }
});

Deno.test("Gaussian means keep constants, gradients are exact for linear fields", () => {
  for (const dimensions of [1, 2, 3]) {
    const position = randomNodes(60, dimensions);
    const stencil = new GaussianStencil(position, dimensions, 0.2);
    assert.deepEqual(stencil.mean(new Float32Array(60).fill(0.1), beat)[59], Math.fround(0.1));
    const slopes = [3, -2, 0.5].slice(0, dimensions);
    const linear = Float64Array.from(
      { length: 60 },
      (_, node) =>
        slopes.reduce((sum, slope, axis) => sum + slope * position[node * dimensions + axis], 7),
    );
    const gradients = stencil.gradient(linear, beat);
    gradients.forEach((value, k) => assert.ok(Math.abs(value - slopes[k % dimensions]) < 1e-6));
  }
  // In the middle of a regular grid a linear field is its own mean.
  const grid = Float32Array.from(
    { length: 2 * 21 * 21 },
    (_, k) => (k % 2 === 0 ? (k / 2) % 21 : Math.trunc(k / 42)) / 20,
  );
  const x = grid.filter((_, k) => k % 2 === 0);
  const means = new GaussianStencil(grid, 2, 0.1).mean(x, beat);
  assert.ok(Math.abs(means[10 * 21 + 10] - 0.5) < 1e-7);
  // A line in the plane has no slope across it; equal places have none at all.
  const line = Float32Array.of(0, 0, 1, 0, 2, 0);
  const along = new GaussianStencil(line, 2, 1).gradient(Float32Array.of(0, 1, 2), beat);
  along.forEach((value, k) => assert.ok(Math.abs(value - (k % 2 === 0 ? 1 : 0)) < 1e-6));
  const point = new GaussianStencil(Float32Array.of(4, 4, 4), 1, 1);
  assert.deepEqual([...point.gradient([1, 2, 3], beat)], [0, 0, 0]);
  assert.deepEqual([...point.mean([1, 2, 3], beat)], [2, 2, 2]);
});

Deno.test("means depend neither on the numbers of nodes nor on the place of the mesh", () => {
  const position = randomNodes(80, 2);
  const values = fillUniform(hash(5), new Float32Array(80));
  const number = (node: number) => (node * 7 + 3) % 80;
  const moved = new Float32Array(160);
  const renumbered = new Float32Array(80);
  for (let node = 0; node < 80; node++) {
    moved.set(position.subarray(2 * node, 2 * node + 2), 2 * number(node));
    renumbered[number(node)] = values[node];
  }
  const first = new GaussianStencil(position, 2, 0.15);
  const second = new GaussianStencil(moved, 2, 0.15);
  const unordered = (column: Float64Array, components: number) =>
    column.map((_, k) => column[number(Math.trunc(k / components)) * components + k % components]);
  near(unordered(second.mean(renumbered, beat), 1), first.mean(values, beat));
  near(unordered(second.gradient(renumbered, beat), 2), first.gradient(values, beat));
  // Steps of 2⁻¹⁰ remain exact after a move by 64.
  const coarse = position.map((x) => Math.round(x * 1024) / 1024);
  const here = new GaussianStencil(coarse, 2, 0.15).mean(values, beat);
  const there = new GaussianStencil(coarse.map((x) => x + 64), 2, 0.15).mean(values, beat);
  near(there, here);
});

Deno.test("PointGrid finds the points that a plain search finds", () => {
  const points = Float64Array.from(randomNodes(90, 3));
  for (const radius of [0.01, 0.2, 3]) {
    const grid = new PointGrid(points, radius);
    for (let point = 0; point < 90; point += 7) {
      const place = points.subarray(3 * point, 3 * point + 3);
      const expected = Array.from({ length: 90 }, (_, other) => other).filter((other) =>
        place.reduce((sum, x, axis) => sum + (points[3 * other + axis] - x) ** 2, 0) <= radius ** 2
      );
      const count = grid.search(place[0], place[1], place[2]);
      const found = [...grid.found.subarray(0, count)].map((k) => grid.order[k]);
      assert.deepEqual(found.sort((a, b) => a - b), expected);
    }
  }
});

Deno.test("dense nodes are merged without moving means and gradients", () => {
  // 100 nodes per deviation; a wave of ten deviations is damped by exp(-(2π / 10)² / 2).
  const count = 2000;
  const position = Float32Array.from({ length: count }, (_, node) => node / 100);
  const weights = new Float64Array(count).fill(1);
  const { places, weights: sums } = mergeDenseNodes(position, 1, weights, 0.25);
  assert.equal(sums.length, 80);
  assert.deepEqual([sums[0], Math.fround(places[0])], [25, Math.fround(0.12)]);
  const stencil = new GaussianStencil(position, 1, 1);
  const constant = stencil.mean(new Float32Array(count).fill(0.1), beat);
  assert.ok(constant.every((value) => value === Math.fround(0.1)));
  const slopes = stencil.gradient(position.map((x) => 3 * x), beat);
  assert.ok(slopes.every((slope) => Math.abs(slope - 3) < 1e-5));
  const wave = stencil.mean(position.map((x) => Math.sin(2 * Math.PI * x / 10)), beat);
  const damped = Math.exp(-((2 * Math.PI / 10) ** 2) / 2);
  // The edge of the Gaussian takes 6 % from its variance, and bins add 0.5 %.
  assert.ok(Math.abs(wave[750] / -damped - 1) < 0.03, String(wave[750]));
});

Deno.test("derive() computes each kind of input, from true values", () => {
  const length = 0.1;
  const fields: Derivation[] = [
    { kind: "smoothed", field: "k", length },
    { kind: "smoothed", field: "k", length },
    { kind: "inverseMean", field: "k", length },
    { kind: "distance", to: "box" },
    { kind: "distance", to: "marked", field: "wall" },
    { kind: "logDistance", field: "d", length: 1 },
    { kind: "decay", field: "d", length: 2, name: "near" },
    { kind: "decay", field: "d", length: { share: 1 }, name: "same" },
    { kind: "smoothed", field: "k", length: { share: 0.05 }, name: "own" },
  ];
  const { inputNames, column } = deriveFrom(fields, {
    k: [-98, -96, -92],
    wall: [-100, -99, -100],
    d: [-100, -99, -96],
  }, 100);
  assert.deepEqual(inputNames.slice(4), [
    "k_smoothed",
    "k_smoothed_2",
    "k_inverse_mean",
    "box_distance",
    "wall_distance",
    "d_log",
    "near",
    "same",
    "own",
  ]);
  // Nodes are ten lengths apart, so that each is its own mean.
  assert.deepEqual(column("k_smoothed"), [2, 4, 8]);
  assert.deepEqual(column("k_inverse_mean"), [0.5, 0.25, 0.125]);
  assert.deepEqual(column("box_distance"), [0, 1, 0]);
  assert.deepEqual(column("wall_distance"), [1, 0, 1]);
  assert.deepEqual(column("d_log"), [0, Math.log(2), Math.log(5)].map(Math.fround));
  assert.deepEqual(column("near"), [1, Math.exp(-0.5), Math.exp(-2)].map(Math.fround));
  assert.deepEqual(column("same"), column("near"), "the line is 2 long");
  assert.deepEqual(column("own"), [2, 4, 8]);
});

Deno.test("derive() refuses values that are not finite by field, node and value", () => {
  const length = 1;
  const refused: [Derivation, RegExp][] = [
    [{ kind: "inverseMean", field: "k", length }, /inverse of "k" of "a line".*node 1 has 0$/],
    [{ kind: "logDistance", field: "k", length }, /logarithm of "k".*> -1, node 2 has -2$/],
    [{ kind: "decay", field: "k", length: 1e-9 }, /"k_decay" of "a line".*node 2 has Infinity$/],
    [{ kind: "distance", to: "marked", field: "zero" }, /"a line" to marked.*none is$/],
  ];
  for (const [derivation, message] of refused) {
    assert.throws(() => deriveFrom([derivation], { k: [3, 0, -2], zero: [0, 0, 0] }), (error) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("derivations state what they read, and models the columns that they add", () => {
  const invalid: unknown[] = [
    { kind: "smoothed", field: "k" },
    { kind: "smoothed", field: "k", length: 0 },
    { kind: "smoothed", field: "k", length: { share: 0 } },
    { kind: "distance" },
    { kind: "distance", to: "box", field: "k" },
    { kind: "distance", to: "marked" },
    { kind: "decay", length: 1 },
    { kind: "decay", to: "wall", field: "d", length: 1 },
    { kind: "smoothed", field: "k", length: 1, name: "a.b" },
  ];
  for (const given of invalid) assert.equal(derivation.safeParse(given).success, false);
  assert.equal(derivation.safeParse({ kind: "decay", field: "d", length: 1 }).success, true);

  const fields: Derivation[] = [
    { kind: "inverseMean", field: "v", length: 1 },
    { kind: "gradient", field: "k", length: 1 },
  ];
  const given = {
    dimensions: 2,
    inputNames: ["x", "y", "v.x", "v.y", "k"],
    units: ["", "", "m/s"],
  };
  const names = derivedNames(fields, given);
  assert.deepEqual(names[0], { name: "v_inverse_mean.x", unit: "1/(m/s)" });
  const inputNames = [...given.inputNames, ...names.map(({ name }) => name)];
  assert.deepEqual(vectorColumns(fields, { dimensions: 2, inputNames }), [[7, 8]]);
  checkDerived(fields, { ...given, inputNames });
  const swapped = inputNames.with(7, "other");
  assert.throws(() => checkDerived(fields, { ...given, inputNames: swapped }), DataError);
  assert.throws(() => checkDerived(fields, { ...given, inputNames: ["x", "y"] }), DataError);
  assert.throws(
    () => derivedNames([{ kind: "gradient", field: "v", length: 1 }], given),
    /"v" must have one component, it has 2/,
  );
});

function near(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  limit = ROUNDING,
): void {
  assert.equal(actual.length, expected.length);
  const largest = Array.from(expected).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(actual[k] - expected[k]) / largest;
    assert.ok(error <= limit, `${actual[k]} for ${expected[k]} at ${k}`);
  }
}
