/** `deno task generate darcy --out X.zarr`. @module */

import { Command } from "commander";
import { MAX_DARCY_RESOLUTION } from "../../pipeline/datasets/darcy/darcy_data.ts";
import type { FaceMean } from "../../pipeline/datasets/darcy/darcy_solver.ts";
import {
  type DarcyStoreOptions,
  generateDarcyStore,
} from "../../pipeline/datasets/darcy/darcy_store.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import {
  addExamples,
  choiceOption,
  integerOption,
  interruptSignal,
  outputOption,
} from "../command/command_line.ts";
import { madeOption } from "../options/cache_option.ts";
import { makeOnce } from "../data_sets/reused_store.ts";
import { startProgress } from "../progress/progress.ts";
import { splitsOption } from "../options/splits_option.ts";

interface DarcyFlags {
  readonly count: number;
  readonly resolution: number;
  readonly seed: number;
  readonly out: string;
  readonly faceMean: FaceMean;
  readonly splits?: SplitShares | undefined;
  readonly overwrite: boolean;
  readonly cache: boolean;
}

const STORE_MODULE = new URL("../../pipeline/datasets/darcy/darcy_store.ts", import.meta.url);

/** Darcy flow. */
export const darcy = new Command("darcy")
  .description(
    "Darcy flow through a random medium of two materials, on a grid over the unit square.",
  )
  .addOption(integerOption("--count <n>", "number of samples", 1).default(160))
  .addOption(
    integerOption("--resolution <n>", "vertices per side", 3, MAX_DARCY_RESOLUTION).default(85),
  )
  .addOption(
    integerOption("--seed <n>", "seed of the random media", 0, Number.MAX_SAFE_INTEGER).default(1),
  )
  .addOption(
    outputOption("--out <store>", "output: a .zarr or .arrow store", "file").default(
      "data/darcy.zarr",
    ),
  )
  .addOption(
    choiceOption("--face-mean <mean>", "mean of the coefficients of two neighbouring vertices", [
      "arithmetic",
      "harmonic",
    ])
      .default("arithmetic"),
  )
  .addOption(splitsOption("75/5/20"))
  .option("--overwrite", "replace an existing store once the new one is complete", false)
  .addOption(madeOption())
  .action(async ({ out, splits, cache, overwrite, ...options }: DarcyFlags) => {
    const recipe = {
      command: "generate darcy",
      modules: [STORE_MODULE],
      options: { ...options, splits },
      sources: [],
      outputs: [out],
      cache,
    };
    await makeOnce(
      recipe,
      () => generate(out, { ...options, overwrite, shares: splits }),
    );
  });

async function generate(out: string, options: DarcyStoreOptions): Promise<void> {
  const progress = startProgress("generate", options.count, "samples");
  const started = performance.now();
  try {
    await generateDarcyStore(out, options, {
      onProgress: (done) => progress.update(done),
      signal: interruptSignal,
    });
  } finally {
    progress.stop();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { count, resolution } = options;
  console.log(
    `Wrote ${count} samples of ${resolution} × ${resolution} vertices to ${out} in ${seconds} s`,
  );
}

addExamples(
  darcy,
  "deno task generate darcy --count 160 --resolution 85 --seed 1 --out data/darcy.zarr",
  "deno task generate darcy --count 20 --resolution 421 --splits 0/0/1 --out data/darcy_test.arrow",
);
