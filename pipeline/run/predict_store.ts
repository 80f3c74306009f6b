/**
 * Prediction of a whole store with a trained model, in workers.
 *
 * @module
 */

import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { UserError } from "../../errors.ts";
import { refuseExisting, writeError } from "../../io/atomic_write.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import type { RunEvent } from "../engine/workers/run_report.ts";
import { runStages } from "../engine/workers/run_stages.ts";
import { parseExactJson } from "../../io/exact_json.ts";
import { type Prediction, PREDICTION_FILE } from "../stages/score.ts";
import { readModelFile } from "../training/model_file.ts";
import { STAGES } from "../stages/registry.ts";
import { type PredictionChoice, predictionPipeline } from "./prediction_pipeline.ts";

/** How a store is predicted. */
export interface PredictOptions {
  /** @default "test" */
  readonly split?: string | undefined;
  /** @default "cover" */
  readonly mode?: "cover" | "full" | undefined;
  /** Covers that are averaged. @default 1 */
  readonly rounds?: number | undefined;
  /** @default 1 */
  readonly ranks?: number | undefined;
  /** @default "auto" */
  readonly device?: "auto" | "webgpu" | "cpu" | undefined;
  /** @default 0 */
  readonly seed?: number | undefined;
  /**
   * Longest edge, in units of the positions; nearest neighbours need none. @default that of the
   * training
   */
  readonly radius?: number | undefined;
  /** Most edges per node, or the number of its nearest neighbours. @default that of the training */
  readonly maxEdges?: number | undefined;
  /** Directory for the samples as `.vtu` files, which ParaView opens. @default none are written */
  readonly vtk?: string | undefined;
  /** Whether a store at `out`, and a directory at `vtk`, are replaced. @default false */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/**
 * Predicts the meshes of a store and writes fields in physical units to the Zarr store `out`.
 *
 * @returns The number of samples, and the errors where the store has the model's targets.
 * @throws {DataError} When model and store do not fit each other or one of them is damaged.
 * @throws {UserError} When `out` or `vtk` exists and `overwrite` is not set, or one would replace
 *   the store, the model or the other.
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
 * await meshes.add({ id: "three nodes", position, fields: { coefficient: Float32Array.of(12, 12, 3) } });
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
  const { model } = await readModelFile(modelPath);
  const { attributes } = await openMeshStore(storePath);
  const { signal, onEvent, ...chosen } = options;
  const choice: PredictionChoice = {
    ...chosen,
    split: chosen.split ?? "test",
    mode: chosen.mode ?? "cover",
    rounds: chosen.rounds ?? 1,
    ranks: chosen.ranks ?? 1,
    device: chosen.device ?? "auto",
    seed: chosen.seed ?? 0,
    overwrite: chosen.overwrite ?? false,
    model: modelPath,
    store: storePath,
    out: resolve(out),
    storeFields: Object.keys(attributes.fields),
    storeCells: attributes.cells === true,
    ...(options.vtk !== undefined && { vtk: resolve(options.vtk) }),
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

/** A directory for what is of the run only, where its results go too. */
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
 * Throws where a model of given graphs would have no edges: a store has them, or a whole rule is
 * chosen instead.
 */
function checkGivenGraphs({ model, store, storeCells, radius, maxEdges }: PredictionChoice): void {
  const action = `Cannot predict "${store}" with "${model}"`;
  if ((radius === undefined) !== (maxEdges === undefined)) {
    throw new UserError(
      `${action} as a model of given graphs takes a radius and the most edges together, or ` +
        "neither: received " +
        `${radius === undefined ? `at most ${maxEdges} edges` : `a radius of ${radius}`} only`,
    );
  }
  if (storeCells || radius !== undefined) return;
  throw new UserError(
    `${action} as a model of given graphs needs the edges of the store: it has none; ` +
      "choose a radius and the most edges",
  );
}

/** Throws where the predictions cannot go, before anything is computed. */
async function checkTargets(
  out: string,
  store: string,
  model: string,
  { overwrite = false, vtk }: PredictOptions,
): Promise<void> {
  if (extname(out) !== ".zarr") {
    throw new UserError(
      `Cannot write predictions to "${out}" as the name of a store must end in .zarr: ` +
        "choose another name",
    );
  }
  const kept: [what: string, path: string][] = [
    ["the store that is predicted", store],
    ["the model", model],
  ];
  for (const target of vtk === undefined ? [out] : [out, vtk]) {
    for (const [what, path] of kept) refuseOverlap(target, what, path);
    await refuseExisting(target, { overwrite });
    kept.push(["the store of the predictions", target]);
  }
}

/**
 * Throws where one path is the other or leads through it: what is written would replace the other.
 */
function refuseOverlap(target: string, what: string, path: string): void {
  const leadsThrough = (to: string, through: string) =>
    relative(through, to).split(sep)[0] !== "..";
  if (!leadsThrough(target, path) && !leadsThrough(path, target)) return;
  const reason = resolve(target) === resolve(path)
    ? `it is ${what}`
    : `${what} must lie apart: "${path}"`;
  throw new UserError(`Cannot write predictions to "${target}" as ${reason}; choose another path`);
}
