/** Training processes that are killed for real, at random moments and while they write. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { type Kill, KillableRun } from "./killed_run.ts";
import { stressRuns } from "./stress_runs.ts";

/** A chain of killed processes takes as long as this number of damaged files. */
const COST = 2500;

const KILLS_PER_CHAIN = 4;

const kills: fc.Arbitrary<readonly Kill[]> = fc.array(
  fc.oneof(
    // A process takes some 3 s.
    fc.record({ milliseconds: fc.nat(3500) }),
    fc.record({ checkpoint: fc.nat(3) }),
  ),
  { minLength: KILLS_PER_CHAIN, maxLength: KILLS_PER_CHAIN },
);

/** The chain that runs among all tests. */
const FIRST_CHAIN: readonly Kill[] = [{ checkpoint: 1 }, { milliseconds: 1200 }, { checkpoint: 2 }];

Deno.test("pipeline --resume after SIGKILLs gives the same model byte for byte", () =>
  inTemporaryDirectory(async (directory) => {
    for (const ranks of stressRuns(COST).numRuns > 1 ? [1, 2] : [2]) {
      const run = new KillableRun(directory, ranks);
      await run.prepare();
      const undisturbed = await run.run([]);
      assert.match(undisturbed.starts[0], /^no checkpoint in .*: starting afresh$/);
      const { total } = undisturbed.steps;
      assert.deepEqual(undisturbed.steps, { total: 60, run: 60 });
      const property = fc.asyncProperty(kills, async (chain) => {
        const { modelBytes, starts, steps } = await run.run(chain);
        assert.deepEqual(modelBytes, undisturbed.modelBytes);
        const last = starts.at(-1)!;
        if (last.includes("is finished")) return;
        const resumedStep = Number(last.match(/^resumed at step (\d+) of 60$/)?.[1] ?? 0);
        assert.deepEqual(steps, { total, run: total - resumedStep }, last);
        if (chain === FIRST_CHAIN) assert.ok(resumedStep >= 3, last);
      });
      await fc.assert(property, {
        ...stressRuns(COST),
        examples: [[FIRST_CHAIN]],
        includeErrorInReport: true,
        endOnFailure: true,
      });
    }
  }));
