import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type BaselineQuery,
  type BaselineSample,
  MeanFieldBaseline,
  NearestSampleBaseline,
} from "../../../../pipeline/reporting/metrics/baselines.ts";

const line = { dimensions: 1, position: [0, 1, 2] };

/** The baseline of samples in memory, and how often each of them was read. */
function baselineOf(samples: readonly BaselineSample[]) {
  const reads = samples.map(() => 0);
  const baseline = new NearestSampleBaseline((number) => {
    reads[number]++;
    return Promise.resolve(samples[number]);
  });
  for (const sample of samples) baseline.add(sample);
  const predict = async (query: BaselineQuery) => {
    const [predicted] = await Array.fromAsync(baseline.predict([query]));
    return [...predicted];
  };
  const nearest = async (query: BaselineQuery) => samples[(await baseline.nearest([query]))[0]].id;
  return { baseline, reads, predict, nearest };
}

Deno.test("MeanFieldBaseline gives the mean of every node and output", () => {
  const baseline = new MeanFieldBaseline();
  baseline.add({ ...line, id: "a", input: [0, 0, 0], target: [1, 10, 2, 20, 3, 30] });
  baseline.add({ ...line, id: "b", input: [0, 0, 0], target: [3, 10, 4, 40, 5, 60] });
  assert.deepEqual([...baseline.predict({ ...line, input: [9, 9, 9] })], [2, 10, 3, 30, 4, 45]);
});

Deno.test("MeanFieldBaseline reads the nearest node on meshes of any node count", () => {
  const baseline = new MeanFieldBaseline();
  baseline.add({ ...line, id: "a", input: [0, 0, 0], target: [1, 2, 3] });
  // The same nodes in another order: node by node it would be wrong.
  baseline.add({
    dimensions: 1,
    position: [2, 1, 0],
    id: "b",
    input: [0, 0, 0],
    target: [5, 4, 3],
  });
  assert.deepEqual([...baseline.predict({ ...line, input: [0, 0, 0] })], [2, 3, 4]);
  const fine = { dimensions: 1, position: [-5, 0.4, 0.6, 1.9], input: [0, 0, 0, 0] };
  assert.deepEqual([...baseline.predict(fine)], [2, 2, 3, 4]);
});

Deno.test("NearestSampleBaseline finds the sample of a search through all of them", async () => {
  const field = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
    minLength: 6,
    maxLength: 6,
  });
  const fields = fc.array(field, { minLength: 1, maxLength: 9 });
  await fc.assert(fc.asyncProperty(fields, fields, async (inputs, queries) => {
    const { baseline } = baselineOf(
      inputs.map((input, k) => ({ ...line, id: `${k}`, input, target: [k, k, k] })),
    );
    const variance = [0, 1].map((c) => {
      const values = inputs.flatMap((input) => [input[c], input[c + 2], input[c + 4]]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    });
    // For inputs that hardly vary, rounding decides in some cases.
    fc.pre(variance.every((value) => value > 1e-3));
    const meshQueries = queries.map((input) => ({ ...line, input }));
    const found = await baseline.nearest(meshQueries);
    for (const [q, query] of queries.entries()) {
      const distance = (input: number[]) =>
        input.reduce((sum, value, k) => sum + (value - query[k]) ** 2 / variance[k % 2], 0);
      const best = Math.min(...inputs.map(distance));
      assert.ok(distance(inputs[found[q]]) <= best * (1 + 1e-9));
    }
    const predicted = await Array.fromAsync(baseline.predict(meshQueries));
    assert.deepEqual(predicted.map((values) => [...values]), found.map((k) => [k, k, k]));
  }));
});

Deno.test("NearestSampleBaseline scales inputs and ignores constant ones", async () => {
  const mesh = { dimensions: 1, position: [0, 1] };
  // Inputs: pressure in the millions, a small angle, a constant.
  const { nearest } = baselineOf([
    { ...mesh, id: "a", input: [1e6, 0.01, 7, 1e6, 0.01, 7], target: [1, 1] },
    { ...mesh, id: "b", input: [2e6, 0.03, 7, 2e6, 0.03, 7], target: [2, 2] },
  ]);
  assert.equal(await nearest({ ...mesh, input: [1.4e6, 0.03, 90, 1.4e6, 0.03, 90] }), "b");
});

Deno.test(
  "NearestSampleBaseline compares different meshes by nearest nodes and selects the first of " +
    "equals",
  async () => {
    const { nearest, predict } = baselineOf([
      { ...line, id: "rising", input: [0, 1, 2], target: [1, 2, 3] },
      { ...line, id: "falling", input: [2, 1, 0], target: [7, 8, 9] },
    ]);
    const query = { dimensions: 1, position: [2.1, 0.1], input: [0, 2] };
    assert.equal(await nearest(query), "falling");
    assert.deepEqual(await predict(query), [9, 7]);
    assert.equal(await nearest({ ...line, input: [1, 1, 1] }), "rising");
  },
);

Deno.test(
  "NearestSampleBaseline finds each query's sample on meshes that come and go, and reads " +
    "each sample once",
  async () => {
    const fine = { dimensions: 1, position: [0, 0.5, 1, 1.5, 2] };
    const coarse = { dimensions: 1, position: [0.1, 1.9] };
    // Every input rises with x, each at a different rate.
    const rising = (
      mesh: { readonly dimensions: number; readonly position: number[] },
      rate: number,
    ) => ({
      ...mesh,
      input: mesh.position.map((x) => rate * x),
    });
    const { baseline, reads } = baselineOf(
      [line, fine, fine, line].map((mesh, rate) => ({
        ...rising(mesh, rate),
        id: `${rate}`,
        target: mesh.position,
      })),
    );
    const queries = [
      ...[2.9, 0.2, 1.8, 1.1].map((rate) => rising(fine, rate)),
      ...[2.1, 3.2, -1].map((rate) => rising(line, rate)),
      ...[0.7, 2.9].map((rate) => rising(coarse, rate)),
    ];
    assert.deepEqual(await baseline.nearest(queries), [3, 0, 2, 1, 2, 3, 0, 1, 3]);
    assert.deepEqual(reads, [1, 1, 1, 1]);
  },
);

Deno.test("Baselines reject an empty training set and shapes that do not fit", async () => {
  const query = { ...line, input: [0, 0, 0] };
  assert.throws(() => new MeanFieldBaseline().predict(query), /at least one, received none/);
  await assert.rejects(baselineOf([]).predict(query), /at least one, received none/);
  for (const baseline of [new MeanFieldBaseline(), baselineOf([]).baseline]) {
    baseline.add({ ...query, id: "a", target: [1, 2, 3] });
    const wider = { ...line, id: "b", input: [0, 0, 0, 0, 0, 0], target: [0, 0, 0, 0, 0, 0] };
    assert.throws(
      () => baseline.add(wider),
      /same number of (inputs|targets) per node, received 2 after 1/,
    );
    const cut = { ...line, id: "c", input: [0, 0], target: [0, 0] };
    assert.throws(() => baseline.add(cut), /"c": every node must have the same number of values/);
  }
});

Deno.test("MeanFieldBaseline averages over different meshes of 10,000 nodes", () => {
  const mesh = (shift: number) =>
    Float64Array.from({ length: 20_000 }, (_, k) => (k * 0.7548776662 + shift + (k % 2) * 0.3) % 1);
  const baseline = new MeanFieldBaseline();
  const input = new Float64Array(10_000);
  baseline.add({
    id: "a",
    dimensions: 2,
    position: mesh(0),
    input,
    target: new Float64Array(10_000).fill(3),
  });
  baseline.add({
    id: "b",
    dimensions: 2,
    position: mesh(0.1),
    input,
    target: new Float64Array(10_000).fill(5),
  });
  const predicted = baseline.predict({ dimensions: 2, position: mesh(0.2), input });
  assert.ok(predicted.every((value) => value === 4));
});

Deno.test("Baselines leave out unknown targets", async () => {
  const samples = [
    { ...line, id: "a", input: [0, 0, 0], target: [1, 99, 3], known: [1, 0, 1] },
    { ...line, id: "b", input: [4, 4, 4], target: [3, 99, 99], known: [1, 0, 0] },
  ];
  const mean = new MeanFieldBaseline();
  for (const sample of samples) mean.add(sample);
  // No sample knows the second node: the mean of all known targets.
  assert.deepEqual([...mean.predict({ ...line, input: [0, 0, 0] })], [2, 7 / 3, 3]);
  const { predict } = baselineOf(samples);
  assert.deepEqual(await predict({ ...line, input: [4, 4, 4] }), [3, NaN, NaN]);
});
