/** `deno task convert airfrans DIR --out X.zarr`. @module */

import { Command } from "commander";
import {
  AIRFRANS_TASKS,
  type AirfransOptions,
  openAirfrans,
} from "../../pipeline/datasets/flows/airfrans_data.ts";
import {
  addExamples,
  choiceOption,
  inputArgument,
  integerOption,
} from "../command/command_line.ts";
import {
  addTargetOptions,
  convertAndSummarize,
  convertOnce,
  type TargetFlags,
  targetOf,
} from "./convert_to.ts";

const MODULE = new URL("../../pipeline/datasets/flows/airfrans_data.ts", import.meta.url);

/** Flow around aerofoils, in the published layout of AirfRANS. */
export const airfrans = addTargetOptions(
  new Command("airfrans")
    .description(
      "Flow around aerofoils in the layout of AirfRANS: manifest.json and a folder per case.",
    )
    .addArgument(inputArgument("<directory>", "folder with manifest.json")),
)
  .addOption(
    choiceOption("--task <task>", "task of AirfRANS that defines the splits", AIRFRANS_TASKS)
      .default(
        "full",
      ),
  )
  .addOption(integerOption("--limit <n>", "maximum number of cases per split (default: all)", 1))
  .action(async (directory: string, { task, limit, ...target }: AirfransOptions & TargetFlags) => {
    const out = targetOf(directory, target);
    const options = { task, limit };
    await convertOnce(
      { command: "convert airfrans", module: MODULE, sources: [directory], options },
      out,
      target,
      async () => await convertAndSummarize(out, await openAirfrans(directory, options), target),
    );
  });

addExamples(
  airfrans,
  "deno task convert airfrans Dataset --out data/airfrans.zarr",
  "deno task convert airfrans Dataset --task scarce --limit 20 --out data/airfrans_small.zarr",
);
