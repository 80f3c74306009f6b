/** Passes graphs on, and fails in run after run, each time as it is told. @module */

import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../../../errors.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { listCheckpoints } from "../../../../pipeline/training/checkpoints.ts";
import { GRAPH } from "../../../../pipeline/batches/batch_schemas.ts";

/** In the directory of the run: a line for each time that the stage has failed in it. */
export const FAILURES_FILE = "failures.txt";

/**
 * Parts of graphs that are passed on before the stage fails: enough for a checkpoint, less than
 * there are.
 */
const PARTS_BEFORE = 16;

/** Ways to fail. */
const ways: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error("the test says so");
  },
  refuses: () => {
    throw new UserError("Cannot go on as the test says so: refused");
  },
  exits: () => Deno.exit(7),
  loops: () => {
    while (true);
  },
};

export default defineStage({
  name: "failing_graphs",
  description: "Passes graphs on, and fails on the way.",
  options: z.strictObject({ failures: z.array(z.enum(Object.keys(ways))) }),
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
      await ways[way]();
    }
  },
});
