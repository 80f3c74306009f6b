/** `deno task study overlap`. @module */

import { Command } from "commander";
import { OVERLAPS, overlapStudy } from "../../pipeline/experiments/studies/overlap_study.ts";
import { addExamples, integerOption } from "../command/command_line.ts";
import {
  addStudyOptions,
  numbersOption,
  runStudies,
  type StudyFlags,
  words,
} from "./study_options.ts";

interface OverlapFlags extends StudyFlags {
  readonly overlaps: readonly number[];
  readonly seeds: number;
}

/** Overlap against error and loss. */
export const overlap = addStudyOptions(
  new Command("overlap").description(
    "Overlap of the subdomains against error at their borders, error overall and loss over steps.",
  ),
  120,
)
  .addOption(integerOption("--ranks <n>", "ranks, one subdomain each", 2, 64))
  .addOption(
    numbersOption("--overlaps <list>", "overlap lengths in units of the radius", {
      least: 0,
      isInteger: false,
    })
      .default(OVERLAPS, OVERLAPS.join(",")),
  )
  .addOption(
    integerOption("--seeds <n>", "runs with each overlap, from --seed on", 1, 100).default(3),
  )
  .action(async (presets: readonly string[], { overlaps, seeds, ...flags }: OverlapFlags) => {
    const options = words({ overlaps, seeds: [seeds] });
    await runStudies(
      "overlap",
      presets,
      flags,
      options,
      (choice) => overlapStudy(choice, { overlaps, seeds }),
    );
  });

addExamples(
  overlap,
  "deno task study overlap",
  "deno task study overlap all",
  "deno task study overlap step3d --overlaps 0,0.5,1 --steps 400 --ranks 4",
);
