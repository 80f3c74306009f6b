/** `deno task study ranks`. @module */

import { Command } from "commander";
import { ranksStudy } from "../../pipeline/experiments/studies/rank_study.ts";
import { addExamples } from "../command/command_line.ts";
import {
  addStudyOptions,
  numbersOption,
  runStudies,
  type StudyFlags,
  words,
} from "./study_options.ts";

interface RanksFlags extends Omit<StudyFlags, "ranks"> {
  readonly ranks?: readonly number[] | undefined;
  readonly nodes?: readonly number[] | undefined;
}

/** Ranks against time and bytes, with a model of both. */
export const ranks = addStudyOptions(
  new Command("ranks").description(
    "Ranks against time per step and bytes, with a fitted model that tells from how many " +
      "nodes per rank on communication " +
      "takes less than 15 % of a step.",
  ),
  40,
)
  .addOption(numbersOption("--ranks <list>", "numbers of ranks (default: 1,2,4)", { least: 1 }))
  .addOption(
    numbersOption(
      "--nodes <list>",
      "sampled nodes (default: 1/2, 1 and 2 times those of the preset)",
      {
        least: 1,
      },
    ),
  )
  .action(async (presets: readonly string[], { ranks, nodes, ...flags }: RanksFlags) => {
    await runStudies(
      "ranks",
      presets,
      flags,
      words({ ranks, nodes }),
      (choice) => ranksStudy(choice, { ranks, nodes }),
    );
  });

addExamples(
  ranks,
  "deno task study ranks",
  "deno task study ranks airfrans --ranks 1,2 --nodes 500,1000,2000,4000",
);
