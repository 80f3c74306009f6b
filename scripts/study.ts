/**
 * Studies the method: `deno task study overlap darcy`.
 *
 * @module
 */

import { Command } from "commander";
import { addExamples, runCommand } from "./command/command_line.ts";
import { partitioners } from "./study/study_partitioners.ts";
import { cases, overlap, ranks, recipe, sampling } from "./study/training_studies.ts";

/** The command `deno task study`. */
export const program = new Command("deno task study")
  .description(
    "Study the effect of a choice on error, time, memory and messages, as a table and figures.",
  );
for (const command of [overlap, sampling, ranks, recipe, cases, partitioners]) {
  program.addCommand(command);
}

addExamples(
  program,
  "deno task study overlap darcy airfrans step3d",
  "deno task study sampling airfrans --steps 200",
  "deno task study ranks --ranks 1,2,4",
  "deno task study partitioners --store data/graph.zarr",
);

if (import.meta.main) await runCommand(program);
