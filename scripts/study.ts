/**
 * Studies the method: `deno task study overlap darcy`.
 *
 * @module
 */

import { Command } from "commander";
import { addExamples, runCommand } from "./command/command_line.ts";
import { overlap } from "./study/study_overlap.ts";
import { partitioners } from "./study/study_partitioners.ts";
import { ranks } from "./study/study_ranks.ts";
import { sampling } from "./study/study_sampling.ts";

const program = new Command("deno task study")
  .description(
    "Study the method: what a choice does to error, time, memory and messages, as a table " +
      "and figures.",
  );
for (const command of [overlap, sampling, ranks, partitioners]) program.addCommand(command);

addExamples(
  program,
  "deno task study overlap darcy airfrans step3d",
  "deno task study sampling airfrans --steps 200",
  "deno task study ranks --ranks 1,2,4",
  "deno task study partitioners --store data/graph.zarr",
);

await runCommand(program);
