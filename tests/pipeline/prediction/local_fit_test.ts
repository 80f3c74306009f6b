import assert from "node:assert/strict";
import { localFit } from "../../../pipeline/prediction/local_fit.ts";
import { fillUniform, hash, keyedPermutation } from "../../../pipeline/graph/random.ts";
import cases from "../../fixtures/fit/local_fit.json" with { type: "json" };

/** Both round to float32. */
const TOLERANCE = 2e-6;

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, limit = TOLERANCE) {
  assert.equal(actual.length, expected.length);
  for (let k = 0; k < expected.length; k++) {
    assert.ok(Math.abs(actual[k] - expected[k]) <= limit, `${k}: ${actual[k]}, ${expected[k]}`);
  }
}

/** Nodes of a regular grid, node by node. */
function gridPosition(size: number, dimensions: number, spacing: number): Float32Array {
  return Float32Array.from({ length: size ** dimensions * dimensions }, (_, k) => {
    const node = Math.floor(k / dimensions);
    return Math.floor(node / size ** (k % dimensions)) % size * spacing;
  });
}

for (const { dimensions, length, position, values, fitted } of cases) {
  Deno.test(`localFit() equals NumPy's least squares in ${dimensions}-D, length ${length}`, () => {
    const nodes = { position: Float32Array.from(position), dimensions, width: 2 };
    assertNear(localFit(Float32Array.from(values), nodes, length), fitted);
  });
}

for (const dimensions of [1, 2, 3]) {
  Deno.test(`localFit() spreads a value in a ${dimensions}-D grid as its weights do`, () => {
    const size = 9;
    const position = gridPosition(size, dimensions, 0.1);
    const center = (size ** dimensions - 1) / 2;
    const one = new Float32Array(size ** dimensions);
    one[center] = 1;
    const fitted = localFit(one, { position, dimensions, width: 1 }, 1);
    // Far from the boundary, neighbours are symmetric, and the fit is the weighted mean.
    const squares = Array.from(one, (_, node) => {
      let square = 0;
      for (let d = 0; d < dimensions; d++) {
        square += (Math.floor(node / size ** d) % size - (size - 1) / 2) ** 2;
      }
      return square;
    });
    const weights = squares.map((square) =>
      square < 9 ? Math.exp(-square / 2) - Math.exp(-4.5) : 0
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(fitted[center] - weights[center] / sum) < TOLERANCE);
    // The nodes within one spacing are three away from the boundary.
    const inner = [...squares.keys()].filter((node) => squares[node] <= 1);
    assertNear(inner.map((node) => fitted[node]), inner.map((node) => weights[node] / sum));
    // Share of the variance of white noise that the fit leaves.
    const left = weights.reduce((a, weight) => a + (weight / sum) ** 2, 0);
    assert.ok(Math.abs(left - [0.293, 0.0885, 0.0278][dimensions - 1]) < 5e-3, `${left}`);
  });
}

Deno.test("localFit() reproduces linear fields on any nodes, at boundaries too", () => {
  const random = (name: string, length: number) =>
    fillUniform(hash(3, name), new Float32Array(length));
  const line = new Float32Array(60);
  random("line", 20).forEach((t, k) => line.set([t, 0.3 * t + 0.1, 0.7 - t], 3 * k));
  const meshes: [name: string, dimensions: number, position: Float32Array][] = [
    ["random", 3, random("random", 300)],
    ["one node", 2, Float32Array.of(0.5, 0.25)],
    ["two nodes", 2, Float32Array.of(0.5, 0.25, 0.75, 0.125)],
    ["collinear", 3, line],
    ["wall layer", 2, random("wall", 600).map((value, k) => k % 2 ? 1e-5 * value ** 3 : value)],
    ["plane", 3, random("plane", 300).map((value, k) => k % 3 === 2 ? 0.5 : value)],
    ["nodes of two sides", 2, Float32Array.from([...random("a", 80), ...random("a", 80)])],
  ];
  for (const [name, dimensions, position] of meshes) {
    const nodeCount = position.length / dimensions;
    const values = Float32Array.from({ length: nodeCount }, (_, node) => {
      const at = position.subarray(node * dimensions, (node + 1) * dimensions);
      return at.reduce((sum, x, d) => sum + [1.5, -0.75, 0.5][d] * x, 0.25);
    });
    for (const length of [0.3, 1, 2]) {
      const fitted = localFit(values, { position, dimensions, width: 1 }, length);
      try {
        assertNear(fitted, values, 1e-6);
      } catch (cause) {
        throw new Error(`${name}, length ${length}`, { cause });
      }
    }
  }
});

Deno.test("localFit() gives equal positions their mean, and does not depend on the order", () => {
  const same = { position: new Float32Array(8).fill(0.3), dimensions: 2, width: 1 };
  assertNear(localFit(Float32Array.of(1, 2, 3, 6), same, 1), [3, 3, 3, 3]);
  assert.equal(
    localFit(new Float32Array(0), { ...same, position: new Float32Array(0) }, 1).length,
    0,
  );

  const position = gridPosition(12, 2, 1 / 11);
  const values = fillUniform(hash(5, "values"), new Float32Array(144));
  const order = keyedPermutation(144, hash(5, "order"));
  const moved = Float32Array.from({ length: 288 }, (_, k) => position[2 * order[k >> 1] + k % 2]);
  const nodes = { position, dimensions: 2, width: 1 };
  const fitted = localFit(values, nodes, 1);
  const fittedMoved = localFit(
    Float32Array.from(order, (node) => values[node]),
    { ...nodes, position: moved },
    1,
  );
  assertNear(fittedMoved, Array.from(order, (node) => fitted[node]));
});
