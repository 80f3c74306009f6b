/**
 * Predicts new meshes with a trained model: `deno task predict RUN FILES... --vtk DIR`.
 *
 * @module
 */

import { Command, Option } from "commander";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { countOf } from "../format.ts";
import { refuseExisting } from "../io/atomic_write.ts";
import type { SourceOptions } from "../io/mesh_file/mesh_file.ts";
import { predictStore } from "../pipeline/run/predict_store.ts";
import { MAX_FIT_LENGTH } from "../pipeline/training/model_file.ts";
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
import { isStore } from "./convert/convert_existing.ts";
import { modelFileOf, scratchNextTo, storeFiles } from "./data_sets/new_meshes.ts";
import { filesArgument, namedFiles } from "./options/files_argument.ts";
import { timesOption } from "./options/import_flags.ts";
import { startRunProgress } from "./progress/run_progress.ts";

interface PredictFlags {
  readonly split?: string | undefined;
  readonly mode?: "cover" | "full" | undefined;
  readonly nodes?: number | undefined;
  readonly rounds?: number | undefined;
  readonly ranks: number;
  readonly device: "auto" | "webgpu" | "cpu";
  readonly seed?: number | undefined;
  readonly radius?: number | undefined;
  readonly maxEdges?: number | undefined;
  readonly fitLength?: number | undefined;
  readonly out?: string | undefined;
  readonly vtk?: string | undefined;
  readonly overwrite: boolean;
  readonly times?: SourceOptions["times"];
}

/** The command. */
export const program = new Command("deno task predict")
  .description(
    "Predict fields in physical units on meshes of files or a store, with or without targets.",
  )
  .addArgument(inputArgument("<model>", "the folder of a run, a model file or a checkpoint"))
  .addArgument(
    filesArgument(
      "a store, or files and folders of any format that deno task train reads; patterns in quotes",
    ),
  )
  .option("--split <name>", "split of the store (default: test)")
  .addOption(
    choiceOption(
      "--mode <mode>",
      "groups of nodes (cover) or one graph of all nodes (full) (default: as the training's run)",
      ["cover", "full"],
    ),
  )
  .addOption(
    integerOption("--nodes <n>", "maximum nodes in a group (default: as the training's run)", 1),
  )
  .addOption(
    integerOption("--rounds <n>", "covers to average (default: as the training's run)", 1, 1000),
  )
  .addOption(integerOption("--ranks <n>", "ranks that predict together", 1, 4096).default(1))
  .addOption(
    choiceOption("--device <device>", "device of the network", ["auto", "webgpu", "cpu"]).default(
      "auto",
    ),
  )
  .addOption(
    integerOption(
      "--seed <n>",
      "seed of the covers and their edges (default: as the training's run)",
      0,
      Number.MAX_SAFE_INTEGER,
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
      "maximum edges, or nearest neighbours, per node (default: as the training's run)",
      1,
    ),
  )
  .addOption(
    new Option(
      "--fit-length <spacings>",
      "length of a local linear fit, 0 for none (default: as the training's run)",
    ).argParser(parseFitLength),
  )
  .addOption(
    outputOption("--out <store>", "output: a .zarr store (required without --vtk)", "file"),
  )
  .addOption(
    outputOption(
      "--vtk <directory>",
      "write each sample to this directory as a .vtu file for ParaView",
      "file",
    ),
  )
  .option("--overwrite", "replace an existing store once the new one is complete", false)
  .addOption(timesOption())
  .action(async (model: string, given: readonly string[], flags: PredictFlags) => {
    const { out, vtk } = flags;
    const result = out ?? vtk;
    if (result === undefined) {
      throw new UserError(
        "Cannot predict: --out or --vtk is required; give the path of a .zarr store, or a folder " +
          "for .vtu files",
      );
    }
    const file = await modelFileOf(model);
    const paths = await namedFiles(given);
    if (await isStore(paths)) {
      if (flags.times !== undefined) {
        throw new UserError("Cannot use --times: it applies to files, a store has its samples");
      }
      const split = flags.split ?? "test";
      return await predict(file, paths[0], { ...flags, split }, `of "${split}" `);
    }
    if (flags.split !== undefined) {
      throw new UserError("Cannot use --split: it applies to a store, all files are predicted");
    }
    await refuseExisting(result, flags);
    const scratch = await scratchNextTo(result);
    try {
      const store = join(scratch, "files.zarr");
      await storeFiles(file, paths, store, flags.times);
      await predict(file, store, { ...flags, split: "test" }, "");
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  });

/** Predicts a store, and prints its errors and where the results are. */
async function predict(
  model: string,
  store: string,
  { out, times: _times, ...flags }: PredictFlags,
  samples: string,
): Promise<void> {
  const { vtk } = flags;
  const scratch = out === undefined ? await scratchNextTo(vtk!) : undefined;
  const progress = startRunProgress();
  try {
    const path = out ?? join(scratch!, "predicted.zarr");
    const { sampleCount, metrics, ...atTheWall } = await predictStore(model, store, path, {
      ...flags,
      signal: interruptSignal,
      onEvent: (event) => progress.show(event),
    }).finally(() => progress.stop());
    if (metrics !== undefined) {
      const title = samples === "" ? "on the files" : `on split "${flags.split}"`;
      const row = { method: "network", label: "Network", metrics, ...atTheWall } as const;
      console.log(metricsText([row], title));
    }
    const places = [out, vtk].filter((place) => place !== undefined).join(" and ");
    console.log(`Predicted ${countOf(sampleCount, "sample")} ${samples}into ${places}`);
  } finally {
    if (scratch !== undefined) await Deno.remove(scratch, { recursive: true });
  }
}

addExamples(
  program,
  "deno task predict out/results new/*.vtu --vtk predicted",
  "deno task predict out/darcy data/darcy.zarr --out predicted.zarr",
  "deno task predict out/airfrans/model.safetensors data/airfrans.zarr --vtk predicted",
  "deno task predict out/darcy new.zarr --split test --rounds 8 --ranks 2 --out predicted.zarr",
);

function parseFitLength(text: string): number {
  const length = Number(text);
  if (text.trim() !== "" && length >= 0 && length <= MAX_FIT_LENGTH) return length;
  throw new UserError(
    `Cannot read --fit-length: it must be from 0 to ${MAX_FIT_LENGTH}, received "${text}"`,
  );
}

function parseRadius(text: string): number {
  const radius = Number(text);
  if (radius > 0 && Number.isFinite(radius)) return radius;
  throw new UserError(`Cannot read --radius: it must be > 0, received "${text}"`);
}

if (import.meta.main) await runCommand(program);
