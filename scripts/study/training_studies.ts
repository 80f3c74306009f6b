/** The studies that train: `deno task study overlap|sampling|ranks|recipe|cases`. @module */

import { Command } from "commander";
import { casesStudy } from "../../pipeline/experiments/studies/cases_study.ts";
import { OVERLAPS, overlapStudy } from "../../pipeline/experiments/studies/overlap_study.ts";
import { ranksStudy } from "../../pipeline/experiments/studies/rank_study.ts";
import { recipeStudy } from "../../pipeline/experiments/studies/recipe_study.ts";
import { samplingStudy } from "../../pipeline/experiments/studies/sampling_study.ts";
import type { StudyChoice } from "../../pipeline/experiments/studies/study.ts";
import { addExamples, integerOption } from "../command/command_line.ts";
import { jobsOption } from "../options/experiment_options.ts";
import { addStudyOptions, numbersOption, runStudies, type StudyFlags } from "./run_studies.ts";

interface OverlapFlags extends StudyFlags {
  readonly overlaps: readonly number[];
  readonly seeds: number;
}

interface SamplingFlags extends StudyFlags {
  readonly nodes?: readonly number[] | undefined;
  readonly edges?: readonly number[] | undefined;
}

interface RecipeFlags extends StudyFlags {
  readonly seeds: number;
  readonly folds: number;
}

interface CasesFlags extends StudyFlags {
  readonly cases?: readonly number[] | undefined;
  readonly seeds: number;
}

interface RanksFlags extends Omit<StudyFlags, "ranks"> {
  readonly ranks?: readonly number[] | undefined;
  readonly nodes?: readonly number[] | undefined;
}

/** Overlap against error and loss. */
export const overlap = addStudyOptions(
  new Command("overlap").description(
    "Overlap of the subdomains against the error at their borders, the overall error and the loss.",
  ),
  120,
)
  .addOption(integerOption("--ranks <n>", "ranks, one subdomain each", 2, 64))
  .addOption(
    numbersOption("--overlaps <list>", "overlap lengths in units of the radius", {
      min: 0,
      isInteger: false,
    }).default(OVERLAPS, OVERLAPS.join(",")),
  )
  .addOption(
    integerOption("--seeds <n>", "runs per overlap, with consecutive seeds from --seed", 1, 100)
      .default(3),
  )
  .addOption(jobsOption())
  .action(async (presets: readonly string[], { overlaps, seeds, ...flags }: OverlapFlags) => {
    const plan = (study: StudyChoice) => overlapStudy(study, { overlaps, seedCount: seeds });
    await runStudies("overlap", presets, flags, { overlaps, seeds }, plan);
  });

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
      { min: 1 },
    ),
  )
  .addOption(
    numbersOption(
      "--edges <list>",
      "maximum edges of a node n_e (default: 1/4, 1/2 and 1 times those of the preset)",
      { min: 1 },
    ),
  )
  .addOption(jobsOption())
  .action(async (presets: readonly string[], { nodes, edges, ...flags }: SamplingFlags) => {
    const plan = (study: StudyChoice) => samplingStudy(study, { nodes, maxEdges: edges });
    await runStudies("sampling", presets, flags, { nodes, edges }, plan);
  });

/** Ranks against time and bytes, with a model of both. */
export const ranks = addStudyOptions(
  new Command("ranks").description(
    "Ranks against time per step and bytes, with a fitted model of the nodes per rank above " +
      "which communication takes less than 15 % of a step.",
  ),
  40,
)
  .addOption(numbersOption("--ranks <list>", "numbers of ranks (default: 1,2,4)", { min: 1 }))
  .addOption(
    numbersOption(
      "--nodes <list>",
      "sampled nodes (default: 1/2, 1 and 2 times those of the preset)",
      { min: 1 },
    ),
  )
  .action(async (presets: readonly string[], { ranks, nodes, ...flags }: RanksFlags) => {
    const plan = (study: StudyChoice) => ranksStudy(study, { ranks, nodes });
    await runStudies("ranks", presets, flags, { ranks, nodes }, plan);
  });

/** The pieces of a recipe, one taken out at a time. */
export const recipe = addStudyOptions(
  new Command("recipe").description(
    "Error without each piece of a preset's recipe, on the validation split of its store or, " +
      "without one, on training cases that are held out.",
  ),
)
  .addOption(integerOption("--ranks <n>", "ranks, one subdomain each", 1, 64))
  .addOption(
    integerOption("--seeds <n>", "runs of each variant, with consecutive seeds from --seed", 1, 100)
      .default(3),
  )
  .addOption(
    integerOption("--folds <n>", "groups of training cases, of which a run holds out one", 2, 1000)
      .default(4),
  )
  .addOption(jobsOption())
  .action(async (presets: readonly string[], { seeds, folds, ...flags }: RecipeFlags) => {
    const plan = (study: StudyChoice) => recipeStudy(study, { seedCount: seeds, foldCount: folds });
    await runStudies("recipe", presets, flags, { seeds, folds }, plan);
  });

/** Training cases against the error. */
export const cases = addStudyOptions(
  new Command("cases").description(
    "Number of training cases against the error of each field and, for bodies in a flow, of lift " +
      "and drag, in the same number of steps.",
  ),
)
  .addOption(integerOption("--ranks <n>", "ranks, one subdomain each", 1, 64))
  .addOption(
    numbersOption(
      "--cases <list>",
      "numbers of training cases (default: 1/8, 1/4, 1/2 and all of the store)",
      { min: 1 },
    ),
  )
  .addOption(
    integerOption("--seeds <n>", "runs of each, with consecutive seeds from --seed", 1, 100)
      .default(1),
  )
  .addOption(jobsOption())
  .action(async (presets: readonly string[], { cases, seeds, ...flags }: CasesFlags) => {
    const plan = (study: StudyChoice) => casesStudy(study, { caseCounts: cases, seedCount: seeds });
    await runStudies("cases", presets, flags, { cases, seeds }, plan);
  });

addExamples(
  overlap,
  "deno task study overlap",
  "deno task study overlap all",
  "deno task study overlap step3d --overlaps 0,0.5,1 --steps 400 --ranks 4",
);
addExamples(
  sampling,
  "deno task study sampling",
  "deno task study sampling airfrans --nodes 500,1000,2000 --edges 16,32 --steps 200",
);
addExamples(
  ranks,
  "deno task study ranks",
  "deno task study ranks airfrans --ranks 1,2 --nodes 500,1000,2000,4000",
);
addExamples(
  recipe,
  "deno task study recipe",
  "deno task study recipe airfrans --seeds 1 --jobs 2",
  "deno task study recipe step3d --folds 7 --steps 300",
);
addExamples(
  cases,
  "deno task study cases airfrans --store data/airfoils.zarr --cases 16,32,64,100",
  "deno task study cases darcy --steps 1800",
);
