/** `deno task generate darcy --out X.zarr`. @module */

import { Command } from "commander";
import { largestDarcyResolution } from "../../pipeline/datasets/darcy.ts";
import type { FaceMean } from "../../pipeline/datasets/darcy_solver.ts";
import { generateDarcyStore } from "../../pipeline/datasets/darcy_store.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { addExamples, choiceOption, integerOption, interruptSignal, outputOption } from "../command_line.ts";
import { startProgress } from "../progress.ts";
import { splitsOption } from "../splits_option.ts";

interface DarcyFlags {
  readonly count: number;
  readonly resolution: number;
  readonly seed: number;
  readonly out: string;
  readonly faceMean: FaceMean;
  readonly splits?: SplitShares;
  readonly overwrite: boolean;
}

/** Darcy flow, solved here. */
export const darcy = new Command("darcy")
  .description("Darcy flow through a random medium of two materials, on a grid over the unit square.")
  .addOption(integerOption("--count <n>", "number of samples", 1).default(160))
  .addOption(
    integerOption("--resolution <n>", "vertices per side", 3, largestDarcyResolution).default(85),
  )
  .addOption(integerOption("--seed <n>", "seed of the random media", 0, Number.MAX_SAFE_INTEGER).default(1))
  .addOption(
    outputOption("--out <store>", "where to write: a .zarr or .arrow store", "whole").default(
      "data/darcy.zarr",
    ),
  )
  .addOption(
    choiceOption("--face-mean <mean>", "mean of the coefficients of two vertices", ["arithmetic", "harmonic"])
      .default("arithmetic"),
  )
  .addOption(splitsOption("75/5/20"))
  .option("--overwrite", "replace what is there, once the new data set is whole", false)
  .action(async ({ out, splits, ...options }: DarcyFlags) => {
    const progress = startProgress("generate", options.count, "samples");
    const shares = splits === undefined ? {} : { shares: splits };
    const started = performance.now();
    try {
      await generateDarcyStore(out, { ...options, ...shares }, {
        onProgress: (done) => progress.update(done),
        signal: interruptSignal,
      });
    } finally {
      progress.stop();
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const { count, resolution } = options;
    console.log(`Wrote ${count} samples of ${resolution} × ${resolution} vertices to ${out} in ${seconds} s`);
  });

addExamples(
  darcy,
  "deno task generate darcy --count 160 --resolution 85 --seed 1 --out data/darcy.zarr",
  "deno task generate darcy --count 20 --resolution 421 --splits 0/0/1 --out data/darcy_test.arrow",
);
