import assert from "node:assert/strict";
import { airfoilManifest, stepManifest } from "../../../../pipeline/datasets/openfoam/manifest.ts";

const cases = Array.from({ length: 16 }, (_, i) => ({
  name: `case ${String(i).padStart(2, "0")}`,
  accepted: true,
  converged: true,
  fidelity: "low",
  Re: 2e6 + i * 0.25e6,
  aoa: -5 + 20 / 15 * i,
}));
const names = cases.map(({ name }) => name);

Deno.test(
  "airfoilManifest() has AirfRANS's splits: tests of reynolds and aoa are outside the " +
    "range of the training",
  () => {
    const splits = airfoilManifest(cases);
    assert.deepEqual(Object.keys(splits), [
      "full_train",
      "full_test",
      "scarce_train",
      "reynolds_train",
      "reynolds_test",
      "aoa_train",
      "aoa_test",
    ]);
    for (const task of ["full", "reynolds", "aoa"]) {
      assert.deepEqual([...splits[`${task}_train`], ...splits[`${task}_test`]].sort(), names);
    }
    assert.equal(splits.full_test.length, 4);
    assert.deepEqual(splits.reynolds_train, names.slice(4, 13), "3e6 to 5e6");
    assert.deepEqual(splits.aoa_train, names.slice(2, 14), "-2.5 to 12.5 degrees");
    assert.equal(splits.scarce_train.length, 3);
    assert.ok(splits.scarce_train.every((name) => splits.full_train.includes(name)));
  },
);

Deno.test("stepManifest() tests on a quarter, and trains on a single case", () => {
  assert.deepEqual(stepManifest(cases.slice(0, 1)), {
    full_train: names.slice(0, 1),
    full_test: [],
  });
  assert.deepEqual(stepManifest(cases.slice(0, 2)), {
    full_train: [names[0]],
    full_test: [names[1]],
  });
});
