/** Passes graphs on and fails, in each run in the way that its options list. @module */

import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../../../errors.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { listCheckpoints } from "../../../../pipeline/training/checkpoints.ts";
import { GRAPH } from "../../../../pipeline/batches/batch_schemas.ts";

/** File in the directory of the run, with a line per failure. */
export const FAILURES_FILE = "failures.txt";

/** Parts of graphs before a failure: enough for a checkpoint, fewer than there are. */
const PARTS_BEFORE = 16;

/** Ways to fail. */
const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error("failed on purpose");
  },
  refuses: () => {
    throw new UserError("Cannot pass graphs on: refused by the test");
  },
  exits: () => Deno.exit(7),
  loops: () => {
    while (true);
  },
};

export default defineStage({
  name: "failing_graphs",
  description: "Passes graphs on, and fails.",
  options: z.strictObject({ failures: z.array(z.enum(Object.keys(WAYS))) }),
  inputs: [GRAPH],
  output: GRAPH,
  routeByRank: true,
  async *run({ inputs: [graphs], options: { failures }, directory }) {
    const file = join(directory, FAILURES_FILE);
    const before = await Deno.readTextFile(file).catch(() => "");
    const way = failures[before.split("\n").length - 1];
    let passed = 0;
    for await (const batch of graphs) {
      yield batch;
      if (++passed !== PARTS_BEFORE || way === undefined) continue;
      while ((await listCheckpoints(join(directory, "checkpoints"))).length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await Deno.writeTextFile(file, `${before}${way}\n`);
      await WAYS[way]();
    }
  },
});
