import assert from "node:assert/strict";
import fc from "fast-check";
import { drawSplits } from "../../../pipeline/datasets/draw_splits.ts";
import { importParts, series, triangleGrid } from "./imports/mesh_sources.ts";

const runs = Array.from({ length: 20 }, (_, k) => `run${k + 1}`);

/** The names of the samples of each split. */
function namesOf(ids: readonly string[], splits: ReturnType<typeof drawSplits>) {
  return Object.values(splits).map((samples) => samples.map((k) => ids[k]).sort());
}

Deno.test("drawSplits() depends on the names and the seed, and not on the order", () => {
  const first = namesOf(runs, drawSplits(runs, runs));
  const turned = runs.toReversed();
  assert.deepEqual(namesOf(turned, drawSplits(turned, turned)), first);
  assert.deepEqual(first.map(({ length }) => length), [15, 1, 4]);
  assert.notDeepEqual(namesOf(runs, drawSplits(runs, runs, { seed: 1 })), first);
  // Not a range of consecutive runs, whose parameters may grow.
  const numbers = drawSplits(runs, runs).test;
  assert.ok(numbers.some((k, i) => i > 0 && k !== numbers[i - 1] + 1));
});

Deno.test("drawSplits() never separates the samples of a case", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 0, max: 5 }),
      (groups, seed) => {
        const cases = groups.map((group) => `case${group}`);
        const ids = cases.map((name, k) => `${name}_${k}`);
        const splits = drawSplits(ids, cases, { seed });
        const all = Object.values(splits);
        assert.deepEqual(all.flat().sort((a, b) => a - b), ids.map((_, k) => k));
        for (const name of cases) {
          const holding = all.filter((samples) => samples.some((k) => cases[k] === name));
          assert.equal(holding.length, 1);
        }
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("drawSplits() takes names, patterns and cases, and draws the others", () => {
  const { train, validation, test } = drawSplits(runs, runs, {
    named: { test: ["run2?"], validation: ["run1", "run3"] },
  });
  assert.deepEqual([test, validation], [[19], [0, 2]]);
  assert.equal(train.length, 17);
  const steps = ["a_1", "a_2", "b_1", "c_1"];
  const cases = ["a", "a", "b", "c"];
  assert.deepEqual(drawSplits(steps, cases, { named: { test: ["a_2"] } }).test, [0, 1]);
  assert.deepEqual(drawSplits(steps, cases, { named: { test: ["a"] } }).test, [0, 1]);
  const all = { train: ["b"], validation: ["c"], test: ["a"] };
  assert.deepEqual(drawSplits(steps, cases, { named: all }), {
    train: [2],
    validation: [3],
    test: [0, 1],
  });
});

Deno.test("drawSplits() refuses names of no sample and cases in two splits", () => {
  assert.throws(() => drawSplits(runs, runs, { named: { test: ["ran1"] } }), {
    name: "UserError",
    message: /"ran1" of test must name samples, it matches none of 20; did you mean "run1"\?/,
  });
  assert.throws(() => drawSplits(runs, runs, { named: { test: ["run1*"], train: ["run12"] } }), {
    name: "UserError",
    message: /case "run12" must be in one split, it is named for train and test/,
  });
});

Deno.test("importMeshes() splits by a field that has one value per sample", async () => {
  const { points, cells } = triangleGrid(3);
  const meshes = series(6, (k) => ({
    points,
    cells,
    pointData: { p: points.map(([x]) => x + k) },
    fieldData: { Re: [100 + (k % 3)] },
  }));
  const { store, summary } = await importParts(meshes, { targets: ["p"], splitBy: "Re" });
  assert.equal(summary.cases, 3);
  assert.deepEqual(store.attributes.groups?.slice(0, 4), ["Re=100", "Re=101", "Re=102", "Re=100"]);
  assert.deepEqual(Object.keys(store.attributes.fields), ["p"]);
  await assert.rejects(importParts(meshes, { targets: ["p"], splitBy: "p" }), {
    name: "DataError",
    message: /split by "p": it must have one value per sample, sample "run0" has 0 to 1/,
  });
});

Deno.test("importMeshes() sorts samples as people do", async () => {
  const { points, cells } = triangleGrid(2);
  const meshes = Object.fromEntries(
    ["run10", "run1", "run9", "run2"].map((id, k) => [id, {
      points,
      cells,
      pointData: { p: points.map(([x]) => x + k) },
    }]),
  );
  const { store } = await importParts(meshes);
  assert.deepEqual(store.attributes.ids, ["run1", "run2", "run9", "run10"]);
});

Deno.test("importMeshes() makes each step a case of its own on request", async () => {
  const { points, cells } = triangleGrid(2);
  const meshes = series(4, (k) => ({
    points,
    cells,
    pointData: { p: points.map(([x]) => x + k) },
  }));
  const steps = Object.fromEntries(Object.keys(meshes).map((id) => [id, { group: "flow" }]));
  const one = await importParts(meshes, {}, steps);
  assert.deepEqual(one.store.attributes.splits.test, []);
  const each = await importParts(meshes, { splitBy: "sample" }, steps);
  assert.equal(each.summary.cases, 4);
  assert.equal(each.store.attributes.splits.test.length, 1);
});
