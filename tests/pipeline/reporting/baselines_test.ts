import assert from "node:assert/strict";
import fc from "fast-check";
import { MeanFieldBaseline, NearestSampleBaseline } from "../../../pipeline/reporting/baselines.ts";

const line = { dimensions: 1, position: [0, 1, 2] };

Deno.test("MeanFieldBaseline gives the mean of every node and output", () => {
  const baseline = new MeanFieldBaseline();
  baseline.add({ ...line, id: "a", input: [0, 0, 0], target: [1, 10, 2, 20, 3, 30] });
  baseline.add({ ...line, id: "b", input: [0, 0, 0], target: [3, 10, 4, 40, 5, 60] });
  assert.deepEqual([...baseline.predict({ ...line, input: [9, 9, 9] })], [2, 10, 3, 30, 4, 45]);
});

Deno.test("MeanFieldBaseline takes the nearest node on other meshes, at the same node count too", () => {
  const baseline = new MeanFieldBaseline();
  baseline.add({ ...line, id: "a", input: [0, 0, 0], target: [1, 2, 3] });
  // The same nodes in another order: node by node it would be wrong.
  baseline.add({ dimensions: 1, position: [2, 1, 0], id: "b", input: [0, 0, 0], target: [5, 4, 3] });
  assert.deepEqual([...baseline.predict({ ...line, input: [0, 0, 0] })], [2, 3, 4]);
  const fine = { dimensions: 1, position: [-5, 0.4, 0.6, 1.9], input: [0, 0, 0, 0] };
  assert.deepEqual([...baseline.predict(fine)], [2, 2, 3, 4]);
});

Deno.test("NearestSampleBaseline finds the sample of a search through all of them", () => {
  const field = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 6, maxLength: 6 });
  fc.assert(fc.property(fc.array(field, { minLength: 1, maxLength: 9 }), field, (inputs, query) => {
    const baseline = new NearestSampleBaseline();
    for (const [k, input] of inputs.entries()) {
      baseline.add({ ...line, id: `${k}`, input, target: [k, k, k] });
    }
    const variance = [0, 1].map((c) => {
      const values = inputs.flatMap((input) => [input[c], input[c + 2], input[c + 4]]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    });
    // Inputs that hardly vary are decided by rounding, here and there.
    fc.pre(variance.every((value) => value > 1e-3));
    const distance = (input: number[]) =>
      input.reduce((sum, value, k) => sum + (value - query[k]) ** 2 / variance[k % 2], 0);
    const best = Math.min(...inputs.map(distance));
    const found = Number(baseline.nearest({ ...line, input: query }).id);
    assert.ok(distance(inputs[found]) <= best * (1 + 1e-9));
    assert.deepEqual([...baseline.predict({ ...line, input: query })], [found, found, found]);
  }));
});

Deno.test("NearestSampleBaseline gives inputs of every unit the same say and ignores constant ones", () => {
  const mesh = { dimensions: 1, position: [0, 1] };
  const baseline = new NearestSampleBaseline();
  // Inputs: pressure in the millions, a small angle, a constant.
  baseline.add({ ...mesh, id: "a", input: [1e6, 0.01, 7, 1e6, 0.01, 7], target: [1, 1] });
  baseline.add({ ...mesh, id: "b", input: [2e6, 0.03, 7, 2e6, 0.03, 7], target: [2, 2] });
  const query = { ...mesh, input: [1.4e6, 0.03, 90, 1.4e6, 0.03, 90] };
  assert.equal(baseline.nearest(query).id, "b");
});

Deno.test("NearestSampleBaseline compares different meshes by nearest nodes and keeps the first of equals", () => {
  const baseline = new NearestSampleBaseline();
  baseline.add({ ...line, id: "rising", input: [0, 1, 2], target: [1, 2, 3] });
  baseline.add({ ...line, id: "falling", input: [2, 1, 0], target: [7, 8, 9] });
  const query = { dimensions: 1, position: [2.1, 0.1], input: [0, 2] };
  assert.equal(baseline.nearest(query).id, "falling");
  assert.deepEqual([...baseline.predict(query)], [9, 7]);
  assert.equal(baseline.nearest({ ...line, input: [1, 1, 1] }).id, "rising");
});

Deno.test("Baselines reject an empty training set and shapes that do not fit", () => {
  const query = { ...line, input: [0, 0, 0] };
  assert.throws(() => new MeanFieldBaseline().predict(query), /at least one: received none/);
  assert.throws(() => new NearestSampleBaseline().predict(query), /at least one: received none/);
  for (const baseline of [new MeanFieldBaseline(), new NearestSampleBaseline()]) {
    baseline.add({ ...query, id: "a", target: [1, 2, 3] });
    const wider = { ...line, id: "b", input: [0, 0, 0, 0, 0, 0], target: [0, 0, 0, 0, 0, 0] };
    assert.throws(() => baseline.add(wider), /same number of (inputs|targets) per node: received 2 after 1/);
    const cut = { ...line, id: "c", input: [0, 0], target: [0, 0] };
    assert.throws(() => baseline.add(cut), /"c" as every node must have the same number of values/);
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
