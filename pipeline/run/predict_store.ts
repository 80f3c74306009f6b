/**
 * Prediction of a complete store with a trained model, in workers.
 *
 * @module
 */

import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { UserError } from "../../errors.ts";
import { refuseExisting, writeError } from "../../io/atomic_write.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { runStages } from "../engine/workers/run_stages.ts";
import { parseExactJson } from "../../io/exact_json.ts";
import { type Prediction, PREDICTION_FILE } from "../stages/score.ts";
import { readModelOrCheckpoint } from "../training/checkpoint_file.ts";
import { STAGES } from "../stages/registry.ts";
import {
  type PredictionChoice,
  predictionPipeline,
  type PredictOptions,
} from "./prediction_pipeline.ts";

/**
 * Predicts the meshes of a store and writes fields in physical units to the Zarr store `out`.
 *
 * @param modelPath Path of a `model.safetensors`, or of a checkpoint
 * @param storePath Path of a mesh store with the inputs of the model
 * @param out Path of the new store, which must end in `.zarr`
 * @returns The number of samples, and the errors if the store has the targets of the model.
 * @throws {DataError} If the model does not fit the store, or one of them is damaged.
 * @throws {UserError} If `out` or `vtk` exists and `overwrite` is not set, or if one of them would
 * replace the store, the model or the other.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createMeshStore, openMeshStore } from "../../io/mesh_store.ts";
 * import { predictStore } from "./predict_store.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const meshes = await createMeshStore(`${directory}/meshes.zarr`, {
 *   case: "darcy",
 *   dimensions: 2,
 *   fields: { coefficient: { components: 1, unit: "" } },
 *   splits: { test: [0] },
 * });
 * const position = Float32Array.of(0.4, 0.5, 0.5, 0.5, 0.6, 0.5);
 * const coefficient = Float32Array.of(12, 12, 3);
 * await meshes.add({ id: "three nodes", position, fields: { coefficient } });
 * await meshes.close();
 *
 * const model = "tests/fixtures/models/darcy.safetensors";
 * const options = { device: "cpu" } as const;
 * await predictStore(model, `${directory}/meshes.zarr`, `${directory}/predicted.zarr`, options);
 * const { fields } = await (await openMeshStore(`${directory}/predicted.zarr`)).read(0);
 * assert.equal(fields.solution_predicted.length, 3);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function predictStore(
  modelPath: string,
  storePath: string,
  out: string,
  options: PredictOptions = {},
): Promise<Prediction> {
  await checkTargets(out, storePath, modelPath, options);
  const { model } = await readModelOrCheckpoint(modelPath);
  const { attributes } = await openMeshStore(storePath);
  const { signal, onEvent, vtk, ...chosen } = options;
  const choice: PredictionChoice = {
    ...chosen,
    model: modelPath,
    store: storePath,
    out: resolve(out),
    storeFields: Object.keys(attributes.fields),
    storeCells: attributes.cells === true,
    vtk: vtk === undefined ? undefined : resolve(vtk),
  };
  if (model.graphRule.edges === "given") checkGivenGraphs(choice);
  const directory = await scratchBeside(out);
  try {
    await runStages(predictionPipeline(model, choice), {
      registry: STAGES,
      directory,
      signal,
      onEvent,
    });
    return parseExactJson(await Deno.readTextFile(join(directory, PREDICTION_FILE)));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A directory for intermediate files of the run, on the disk of its results. */
async function scratchBeside(out: string): Promise<string> {
  const directory = dirname(resolve(out));
  try {
    await Deno.mkdir(directory, { recursive: true });
    return await Deno.makeTempDir({ dir: directory, prefix: "haloflow-predict-" });
  } catch (cause) {
    throw writeError(out, cause);
  }
}

/**
 * Throws if a model of given graphs would get no edges: neither from the store nor from a radius
 * and a maximum number of edges.
 */
function checkGivenGraphs({ model, store, storeCells, radius, maxEdges }: PredictionChoice): void {
  const action = `Cannot predict "${store}" with "${model}"`;
  if ((radius === undefined) !== (maxEdges === undefined)) {
    const received = radius === undefined ? `maxEdges ${maxEdges}` : `radius ${radius}`;
    throw new UserError(
      `${action}: a model of given graphs needs radius and maxEdges together, or neither, ` +
        `received ${received} only`,
    );
  }
  if (storeCells || radius !== undefined) return;
  throw new UserError(
    `${action}: a model of given graphs needs a store with edges, found none; choose a radius ` +
      "and a maximum of edges",
  );
}

/** Throws if the predictions cannot be written to their paths. */
async function checkTargets(
  out: string,
  store: string,
  model: string,
  { overwrite = false, vtk }: PredictOptions,
): Promise<void> {
  if (extname(out) !== ".zarr") {
    throw new UserError(
      `Cannot write predictions to "${out}": the name of a store must end in .zarr; choose ` +
        "another name",
    );
  }
  const used: [name: string, path: string][] = [
    ["the store to predict", store],
    ["the model", model],
  ];
  for (const target of vtk === undefined ? [out] : [out, vtk]) {
    for (const [name, path] of used) refuseOverlap(target, name, path);
    await refuseExisting(target, { overwrite });
    used.push(["the store of the predictions", target]);
  }
}

/** Throws if one path contains the other, which writing would replace. */
function refuseOverlap(target: string, name: string, path: string): void {
  const contains = (outer: string, inner: string) => relative(outer, inner).split(sep)[0] !== "..";
  if (!contains(path, target) && !contains(target, path)) return;
  const reason = resolve(target) === resolve(path)
    ? `it is ${name}`
    : `it must be separate from ${name}, "${path}"`;
  throw new UserError(`Cannot write predictions to "${target}": ${reason}; choose another path`);
}
