import assert from "node:assert/strict";
import { hash, keyedUniform } from "../../../../pipeline/graph/random.ts";
import type { ImportOptions } from "../../../../pipeline/datasets/imports/import_options.ts";
import { importParts, type MeshParts, series, triangleGrid, vectors } from "./mesh_sources.ts";

const { points, cells } = triangleGrid(6);
const x = points.map(([x]) => x);
const y = points.map(([, y]) => y);
const noise = (index: number) => keyedUniform(hash(1, "noise"), index) - 0.5;

/** Samples with an input k, a target p and other arrays. */
function samples(others: (k: number) => MeshParts["pointData"], count = 4) {
  return series(count, (k) => ({
    points,
    cells,
    pointData: { k: x.map((x) => x + k), p: y.map((y) => y * (k + 1)), ...others(k) },
  }));
}

const NAMES: ImportOptions = { inputs: ["k"], targets: ["p"] };

Deno.test("importMeshes() leaves out components that are round-off, as it does zeros", async () => {
  for (const third of [0, 1e-17]) {
    const U = (k: number) => vectors(x.map((x, i) => [x + k, y[i], third * noise(i)]));
    const { store, summary } = await importParts(samples((k) => ({ U: U(k) })), {
      inputs: ["k"],
      targets: ["U"],
    });
    assert.equal(store.attributes.fields.U.components, 2);
    assert.deepEqual([...(await store.read(1)).fields.U.subarray(2, 4)], [
      1,
      Math.fround(y[1]),
    ]);
    const [{ array, reason }] = summary.leftOut;
    assert.equal(array, "U[2]");
    assert.match(reason, third === 0 ? /0 in all samples/ : /round-off: at most .* 10⁻¹⁸/);
  }
});

Deno.test("importMeshes() leaves out residuals across a plane", async () => {
  const V = (k: number) => vectors(x.map((x, i) => [x + k, 1e-8 * y[i], 1e-8 * noise(i)]));
  const { store, summary } = await importParts(samples((k) => ({ V: V(k) })), { targets: ["V"] });
  assert.equal(store.attributes.fields.V.components, 2);
  assert.deepEqual(summary.leftOut[0].array, "V[2]");
  assert.match(summary.notes.join("\n"), /"V\[1\]" is at most 1\.00 × 10⁻⁸ in size, while/);
});

Deno.test("importMeshes() leaves out constant arrays, except with one case", async () => {
  const others = () => ({ rho: x.map(() => 1.2), T: x.map((_, i) => 300 + 1e-13 * noise(i)) });
  const options = { inputs: ["k", "rho", "T"], targets: ["p"] };
  const { store, summary } = await importParts(samples(others), options);
  assert.deepEqual(Object.keys(store.attributes.fields), ["k", "p"]);
  assert.deepEqual(summary.leftOut.map(({ array }) => array), ["rho", "T"]);
  assert.equal(summary.leftOut[0].reason, "it is 1.2 in all samples");
  const names = ["k", "rho", "T", "p"];
  const one = await importParts(samples(others, 1), options);
  assert.deepEqual(Object.keys(one.store.attributes.fields), names);
  const shares = { train: 0, validation: 0, test: 1 };
  const forPrediction = await importParts(samples(others), { ...options, shares });
  assert.deepEqual(Object.keys(forPrediction.store.attributes.fields), names);
  await assert.rejects(importParts(samples(others), { ...NAMES, targets: ["rho"] }), {
    name: "DataError",
    message: /"rho" as target: a target must vary over the samples, it is 1\.2 in all samples/,
  });
});

Deno.test("importMeshes() reports inputs that vary only outside the training", async () => {
  const meshes = samples((k) => ({ q: x.map(() => k === 3 ? 2 : 1) }));
  const { summary } = await importParts(meshes, {
    inputs: ["k", "q"],
    targets: ["p"],
    named: { test: ["run3"] },
  });
  assert.match(summary.notes.join("\n"), /"q" has one value in all training samples and others/);
});

Deno.test("importMeshes() refuses values for no value by sample and point", async () => {
  const withValue = (value: number, at = 4) => (k: number) => ({
    p: y.map((y, i) => k === 2 && i === at ? value : y + k),
  });
  for (const value of [1e30, -9999, Math.fround(-1e30), 9.969209968386869e36, 7.7e25]) {
    const text = String(value).replace("+", "\\+");
    const found = `"p": its values must be of one kind, found ${text} at point 4 of sample "run2"`;
    await assert.rejects(importParts(samples(withValue(value)), NAMES), {
      name: "DataError",
      message: new RegExp(`${found}, .*--missing`),
    });
  }
  for (const value of [NaN, Infinity]) {
    await assert.rejects(importParts(samples(withValue(value)), NAMES), {
      message: new RegExp(`"p": a field must be finite, sample "run2" has ${value} at point 4;`),
    });
  }
  const allowed = await importParts(samples(withValue(1e30)), { ...NAMES, allowOutliers: true });
  assert.match(allowed.summary.notes.join(), /"p" has values far from the others: 1e\+30 at/);
});

Deno.test("importMeshes() accepts wide ranges, materials and ordinary round numbers", async () => {
  const ordinary: Readonly<Record<string, (i: number, k: number) => number>> = {
    wide: (i, k) => 10 ** (-12 + i / 2 - k),
    materials: (i) => i % 3 === 0 ? 1e-9 : 1,
    elasticity: (i, k) => i % 2 === 0 ? 1e10 : 2e11 + k,
    pressure: (i) => 9990 + i,
    signed: (i) => -1010 + 20 * i,
  };
  for (const [name, value] of Object.entries(ordinary)) {
    const meshes = samples((k) => ({ [name]: x.map((_, i) => value(i, k)) }));
    const { store } = await importParts(meshes, { inputs: [name], targets: ["p"] });
    assert.ok(name in store.attributes.fields, name);
  }
});

Deno.test("importMeshes() marks missing targets by a mask", async () => {
  const p = (k: number) => y.map((y, i) => i === 4 ? (k === 1 ? NaN : -9999) : y * (k + 1));
  const known = (k: number) => x.map((_, i) => i === k || i === 4 ? 0 : 1);
  const meshes = samples((k) => ({ p: p(k), known: known(k) }));
  const masked = await importParts(meshes, { ...NAMES, mask: "known" });
  const missing = await importParts(meshes, { ...NAMES, missing: [-9999, NaN] });
  for (const [{ store, summary }, count] of [[masked, 8], [missing, 4]] as const) {
    assert.equal(store.attributes.mask, "known");
    assert.equal(summary.missingTargets, count);
    const { fields } = await store.read(1);
    assert.equal(fields.known[4], 0);
    assert.equal(fields.known[1], count === 8 ? 0 : 1);
    assert.equal(fields.known.filter((value) => value === 0).length, count / 4);
    assert.equal(fields.p[4], 0);
    assert.equal(fields.p[7], Math.fround(p(1)[7]));
  }
  await assert.rejects(importParts(meshes, { inputs: ["p"], targets: ["k"], mask: "known" }), {
    message: /"p": a field must be finite, sample "run1" has NaN at point 4/,
  });
  await assert.rejects(importParts(meshes, { ...NAMES, mask: "k" }), { message: /input/ });
  await assert.rejects(importParts(meshes, { inputs: [], targets: ["p"], mask: "k" }), {
    message: /array "k" of ".*" as mask: it must be 0 or 1, found 0\.2 at tuple/,
  });
});

Deno.test("importMeshes() makes one input per value of a categorical array", async () => {
  const meshes = samples(() => ({ kind: x.map((_, i) => [5, -1, 7][i % 3]) }));
  const { store, summary } = await importParts(meshes, {
    inputs: ["k", "kind"],
    targets: ["p"],
    categorical: ["kind"],
  });
  assert.equal(store.attributes.fields.kind.components, 3);
  const { kind } = (await store.read(0)).fields;
  assert.deepEqual([...kind.subarray(0, 9)], [0, 1, 0, 1, 0, 0, 0, 0, 1]);
  assert.deepEqual(summary.fields.find(({ name }) => name === "kind")?.categories, [-1, 5, 7]);
  await assert.rejects(importParts(meshes, { ...NAMES, categorical: ["kind"] }), {
    name: "UserError",
    message: /"kind" as categories: it must be among the inputs/,
  });
  const continuous = samples(() => ({ kind: Array.from({ length: 36 }, (_, i) => i / 7) }), 1);
  await assert.rejects(
    importParts({
      ...continuous,
      b: {
        ...continuous.run0,
        pointData: {
          ...continuous.run0.pointData,
          kind: Array.from({ length: 36 }, (_, i) => -i / 7 - 1),
        },
      },
    }, { inputs: ["kind"], targets: ["p"], categorical: ["kind"] }),
    { message: /it must have 1 component and at most 64 values, found more values/ },
  );
});

Deno.test("importMeshes() takes exactly the named arrays, and names similar ones", async () => {
  const meshes = samples(() => ({ pressure: y, x, y }));
  const { store, summary } = await importParts(meshes, { inputs: ["x"], targets: ["p"] });
  assert.deepEqual(Object.keys(store.attributes.fields), ["x", "p"]);
  assert.deepEqual(summary.leftOut.map(({ array }) => array), ["k", "pressure", "y"]);
  await assert.rejects(importParts(meshes, { inputs: ["k"], targets: ["presure"] }), {
    name: "DataError",
    message: /array "presure" of ".*run0\.vtu": no such array, did you mean "pressure"\?/,
  });
});
