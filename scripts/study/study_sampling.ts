/** `deno task study sampling`. @module */

import { Command } from "commander";
import { samplingStudy } from "../../pipeline/experiments/studies/sampling_study.ts";
import { addExamples, integerOption } from "../command/command_line.ts";
import {
  addStudyOptions,
  numbersOption,
  runStudies,
  type StudyFlags,
  words,
} from "./study_options.ts";

interface SamplingFlags extends StudyFlags {
  readonly nodes?: readonly number[] | undefined;
  readonly edges?: readonly number[] | undefined;
}

/** Sampled nodes and edges against error, time and memory. */
export const sampling = addStudyOptions(
  new Command("sampling").description(
    "Sampled nodes s and edges n_e against error, time and memory.",
  ),
  120,
)
  .addOption(integerOption("--ranks <n>", "ranks, one subdomain each", 1, 64))
  .addOption(
    numbersOption(
      "--nodes <list>",
      "sampled nodes s (default: 1/4, 1/2, 1 and 2 times those of the preset)",
      { least: 1 },
    ),
  )
  .addOption(
    numbersOption(
      "--edges <list>",
      "most edges of a node n_e (default: 1/4, 1/2 and 1 times those of the preset)",
      {
        least: 1,
      },
    ),
  )
  .action(async (presets: readonly string[], { nodes, edges, ...flags }: SamplingFlags) => {
    await runStudies(
      "sampling",
      presets,
      flags,
      words({ nodes, edges }),
      (choice) => samplingStudy(choice, { nodes, maxEdges: edges }),
    );
  });

addExamples(
  sampling,
  "deno task study sampling",
  "deno task study sampling airfrans --nodes 500,1000,2000 --edges 16,32 --steps 200",
);
