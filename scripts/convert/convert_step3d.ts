/** `deno task convert step3d DIR --out X.zarr`. @module */

import { Command } from "commander";
import { openStep3d, type Step3dOptions } from "../../pipeline/datasets/flows/step3d_data.ts";
import { addExamples, inputArgument, integerOption } from "../command/command_line.ts";
import {
  addTargetOptions,
  convertAndSummarize,
  convertOnce,
  type TargetFlags,
  targetOf,
} from "./convert_to.ts";

const MODULE = new URL("../../pipeline/datasets/flows/step3d_data.ts", import.meta.url);

/** Flow over backward-facing steps. */
export const step3d = addTargetOptions(
  new Command("step3d")
    .description("Flow over backward-facing steps in 3-D: manifest.json and a folder per case.")
    .addArgument(inputArgument("<directory>", "folder with manifest.json")),
)
  .addOption(integerOption("--limit <n>", "maximum number of cases per split (default: all)", 1))
  .option(
    "--no-others",
    "leave out splits other than full_train and full_test, such as those of finer meshes",
  )
  .action(async (directory: string, { others, limit, ...target }: TargetFlags & Step3dOptions) => {
    const out = targetOf(directory, target);
    const options = { others, limit };
    await convertOnce(
      { command: "convert step3d", module: MODULE, sources: [directory], options },
      out,
      target,
      async () => await convertAndSummarize(out, await openStep3d(directory, options), target),
    );
  });

addExamples(step3d, "deno task convert step3d out/step3d_cases --out data/step3d.zarr");
