/**
 * The meshes to predict: a store, or files that are prepared as those of the training.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { openMeshFiles } from "../../io/mesh_file/open_mesh_file.ts";
import type { SourceOptions } from "../../io/mesh_file/mesh_file.ts";
import { convertStore } from "../../pipeline/datasets/convert_store.ts";
import { openPrepared } from "../../pipeline/datasets/imports/open_prepared.ts";
import { openingOptions, parsePreparation } from "../../pipeline/datasets/imports/preparation.ts";
import { readModelOrCheckpoint } from "../../pipeline/training/checkpoint_file.ts";
import { interruptSignal } from "../command/command_line.ts";
import { startProgress } from "../progress/progress.ts";

/** The file of the model in the directory of a run. */
const MODEL_FILE = "model.safetensors";

/**
 * The model file that a path names: itself, or that in the folder of a run.
 *
 * @throws {UserError} If it is a folder without one
 */
export async function modelFileOf(path: string): Promise<string> {
  if (!(await Deno.stat(path)).isDirectory) return path;
  const file = join(path, MODEL_FILE);
  const exists = await Deno.stat(file).then(({ isFile }) => isFile, () => false);
  if (exists) return file;
  throw new UserError(
    `Cannot predict with "${path}": the folder of a run must have a ${MODEL_FILE}, found none; ` +
      "wait until the run is finished, or name a checkpoint or a model file",
  );
}

/**
 * Writes files to a store for prediction, prepared as the model states.
 *
 * @param out Path of the store
 * @throws {UserError} If the model was not trained on files
 * @throws {DataError} If a file lacks an input or does not match the preparation
 */
export async function storeFiles(
  model: string,
  paths: readonly string[],
  out: string,
  times: SourceOptions["times"],
): Promise<void> {
  const { model: { preparation: given } } = await readModelOrCheckpoint(model);
  if (given === undefined) {
    throw new UserError(
      `Cannot predict "${paths[0]}" with "${model}": the model does not state how its inputs are ` +
        "made of files, as its training data are those of a preset, or were not converted from " +
        "files; convert the files to a store of the same fields first, such as by deno task " +
        "convert airfrans, and predict that",
    );
  }
  const preparation = parsePreparation(given, model);
  const source = await openMeshFiles(paths, { ...openingOptions(preparation), times });
  const store = await openPrepared(source, preparation);
  const progress = startProgress("read", store.sampleCount, "samples");
  try {
    await convertStore(store, out, {
      onProgress: (done) => progress.update(done),
      signal: interruptSignal,
    });
  } finally {
    progress.stop();
  }
}

/** A folder for intermediate stores, next to the results. */
export async function scratchNextTo(result: string): Promise<string> {
  const parent = dirname(resolve(result));
  await Deno.mkdir(parent, { recursive: true });
  return await Deno.makeTempDir({ dir: parent, prefix: "haloflow-files-" });
}
