import assert from "node:assert/strict";
import { UserError } from "../../../../errors.ts";
import { checkEqualTerms } from "../../../../pipeline/experiments/comparison/equal_terms.ts";
import { run } from "./compared_runs.ts";

const single = [run("S-MPNN", 0, 0.2), run("S-MPNN", 1, 0.2)];

Deno.test("checkEqualTerms() accepts networks with the same seeds, steps, samples and data", () => {
  checkEqualTerms([...single, run("GCN", 0, 0.9), run("GCN", 1, 0.8)]);
});

Deno.test("checkEqualTerms() names the property that differs and the runs", () => {
  const other = [run("GCN", 0, 0.9)];
  const cases = [
    [run("GCN", 1, 0.9, { losses: [1, 2] }), /same numbers of steps, but 2 differs from 25/],
    [run("GCN", 1, 0.9, { id: "b" }), /same test samples, but b differs from a/],
    [run("GCN", 1, 0.9, { nearestError: 1.01 }), /same errors of the baselines, but 0\.58/],
    [run("GCN", 2, 0.9), /same seeds, but 0, 2 differs from 0, 1/],
  ] as const;
  for (const [odd, message] of cases) {
    assert.throws(() => checkEqualTerms([...single, ...other, odd]), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot compare "out\/GCN-[012]" with "out\/S-MPNN-0": /);
      return true;
    });
  }
});
