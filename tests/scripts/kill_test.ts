/** Processes that are killed for real; `deno task stress kills` kills 32. @module */

import assert from "node:assert/strict";
import { KillableRun } from "../../scripts/stress/killed_run.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

Deno.test("pipeline --resume after SIGKILLs gives the model of an undisturbed run, byte for byte", () =>
  inTemporaryDirectory(async (directory) => {
    const run = new KillableRun(directory, 2);
    await run.prepare();
    const undisturbed = await run.run([]);
    assert.match(undisturbed.starts[0], /^no checkpoint in .*: starting afresh$/);
    assert.deepEqual(undisturbed.steps, { total: 60, run: 60 });
    const killed = await run.run([{ checkpoint: 1 }, { milliseconds: 1200 }, { checkpoint: 2 }]);
    assert.deepEqual(killed.modelBytes, undisturbed.modelBytes);
    const [, step] = killed.starts[3].match(/^resumed at step (\d+) of 60$/)!;
    assert.ok(Number(step) >= 3, step);
    assert.deepEqual(killed.steps, { total: 60, run: 60 - Number(step) });
  }));
