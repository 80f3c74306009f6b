/**
 * Predicts a store with a trained model: `deno task predict MODEL STORE --out X.zarr`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { UserError } from "../errors.ts";
import { predictStore } from "../pipeline/run/predict_store.ts";
import { metricsText } from "../pipeline/reporting/tables/metrics_text.ts";
import {
  addExamples,
  choiceOption,
  inputArgument,
  integerOption,
  interruptSignal,
  outputOption,
  runCommand,
} from "./command/command_line.ts";
import { startRunProgress } from "./progress/run_progress.ts";

interface PredictFlags {
  readonly split: string;
  readonly mode: "cover" | "full";
  readonly rounds: number;
  readonly ranks: number;
  readonly device: "auto" | "webgpu" | "cpu";
  readonly seed: number;
  readonly radius?: number | undefined;
  readonly maxEdges?: number | undefined;
  readonly out: string;
  readonly vtk?: string | undefined;
  readonly overwrite: boolean;
}

/** The command. */
export const program = new Command("deno task predict")
  .description(
    "Predict fields in physical units on the meshes of a store, with or without targets.",
  )
  .addArgument(inputArgument("<model>", "a model.safetensors file of a run"))
  .addArgument(
    inputArgument("<store>", "a .zarr store or .arrow file with the model's input fields"),
  )
  .option("--split <name>", "split of the store", "test")
  .addOption(
    choiceOption(
      "--mode <mode>",
      "sampling: groups of nodes (cover), or one graph of all nodes (full)",
      [
        "cover",
        "full",
      ],
    )
      .default("cover"),
  )
  .addOption(integerOption("--rounds <n>", "covers to average", 1, 1000).default(1))
  .addOption(integerOption("--ranks <n>", "ranks that predict together", 1, 4096).default(1))
  .addOption(
    choiceOption("--device <device>", "device of the network", ["auto", "webgpu", "cpu"]).default(
      "auto",
    ),
  )
  .addOption(
    integerOption("--seed <n>", "seed of the covers and their edges", 0, Number.MAX_SAFE_INTEGER)
      .default(
        0,
      ),
  )
  .addOption(
    new Option("--radius <length>", "maximum edge length (default: as in training)").argParser(
      parseRadius,
    ),
  )
  .addOption(
    integerOption(
      "--max-edges <n>",
      "maximum edges, or nearest neighbours, per node (default: as in training)",
      1,
    ),
  )
  .addOption(
    outputOption("--out <store>", "output: a .zarr store", "file").makeOptionMandatory(),
  )
  .addOption(
    outputOption(
      "--vtk <directory>",
      "also write each sample to this directory as a .vtu file for ParaView",
      "file",
    ),
  )
  .option("--overwrite", "replace an existing store once the new one is complete", false)
  .action(async (model: string, store: string, { out, ...flags }: PredictFlags) => {
    const progress = startRunProgress();
    const { sampleCount, metrics, ...atTheWall } = await predictStore(model, store, out, {
      ...flags,
      signal: interruptSignal,
      onEvent: (event) => progress.show(event),
    }).finally(() => progress.stop());
    if (metrics !== undefined) {
      console.log(
        metricsText(
          [{ method: "network", label: "Network", metrics, ...atTheWall }],
          `on split "${flags.split}"`,
        ),
      );
    }
    console.log(
      `Predicted ${sampleCount} ${sampleCount === 1 ? "sample" : "samples"} of ` +
        `"${flags.split}" into ${out}`,
    );
  });

addExamples(
  program,
  "deno task predict out/darcy/model.safetensors data/darcy.zarr --out predicted.zarr",
  "deno task predict out/airfrans/model.safetensors data/airfrans.zarr --out " +
    "predicted.zarr --vtk predicted",
  "deno task predict out/darcy/model.safetensors new.zarr --split test --rounds 4 --ranks " +
    "2 --out predicted.zarr",
);

function parseRadius(text: string): number {
  const radius = Number(text);
  if (radius > 0 && Number.isFinite(radius)) return radius;
  throw new UserError(`Cannot read --radius: it must be > 0, received "${text}"`);
}

if (import.meta.main) await runCommand(program);
