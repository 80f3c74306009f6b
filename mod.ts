/**
 * Haloflow: distributed training of message passing networks on simulation meshes.
 *
 * A pipeline is plain data; every stage runs in its own worker, and record batches travel between
 * them.
 *
 * @example Write meshes, train on two ranks, and predict with the trained model
 * ```ts
 * import assert from "node:assert/strict";
 * import { createMeshStore, definePipeline, loadModel, runPipeline } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const position = Float32Array.from({ length: 20 }, (_, i) => i / 19);
 *
 * const ramps = await createMeshStore(`${directory}/ramps.zarr`, {
 *   case: "ramps",
 *   dimensions: 1,
 *   fields: {
 *     height: { components: 1, unit: "m", role: "input" },
 *     slope: { components: 1, unit: "", role: "target" },
 *   },
 *   splits: { train: [0, 1] },
 * });
 * for (const slope of [1, 2]) {
 *   const fields = { height: position.map((x) => slope * x), slope: position.map(() => slope) };
 *   await ramps.add({ id: `slope ${slope}`, position, fields });
 * }
 * await ramps.close();
 *
 * const pipeline = definePipeline({
 *   name: "ramps",
 *   stages: {
 *     meshes: { run: "load", with: { store: `${directory}/ramps.zarr`, split: "train" } },
 *     scales: { run: "statistics", from: "meshes" },
 *     subdomains: { run: "partition", from: "meshes", with: { parts: 2 } },
 *     graphs: { run: "sample", from: "subdomains", with: { radius: 0.2, epochs: 5 } },
 *     model: {
 *       run: "train",
 *       from: ["graphs", "scales"],
 *       ranks: 2,
 *       with: { hops: 2, width: 8, device: "cpu" },
 *     },
 *   },
 * });
 * await runPipeline(pipeline, { directory: `${directory}/out` });
 *
 * using model = await loadModel(`${directory}/out/model.safetensors`, { device: "cpu" });
 * const { slope } = await model.predict({ position, inputs: { height: position } });
 * assert.equal(slope.length, position.length);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

/** Data sets: see `@haloflow/haloflow/data`. */
export * from "./data.ts";
/** The built-in presets: see `@haloflow/haloflow/presets`. */
export * from "./presets.ts";
/** Parts of custom stages: see `@haloflow/haloflow/stages`. */
export * from "./stages.ts";

export {
  DataError,
  DeviceUnavailableError,
  PermissionError,
  PipelineError,
  StageError,
  UserError,
} from "./errors.ts";

export {
  overrideOptions,
  type PipelineOverrides,
} from "./pipeline/engine/definition/override_options.ts";
export { type PipelineSpec, type StageSpec } from "./pipeline/engine/definition/spec.ts";
export { definePipeline } from "./pipeline/stages/built_in_pipeline.ts";
export { confineWorkers } from "./pipeline/engine/permissions/confined_workers.ts";
export type { RunEvent } from "./pipeline/engine/workers/run_report.ts";
export type { Job } from "./pipeline/experiments/batch/job.ts";
export { loadModel, Model, type PredictMeshOptions } from "./pipeline/prediction/model.ts";
export type { MeshInput } from "./pipeline/prediction/mesh_input.ts";
export type { RangeExcess, TrainingRange } from "./pipeline/training/training_range.ts";
export type { Plan } from "./pipeline/run/plan/plan.ts";
export { predictStore } from "./pipeline/run/predict_store.ts";
export type { PredictOptions } from "./pipeline/run/prediction_pipeline.ts";
export type { RunOptions } from "./pipeline/run/run_options.ts";
export { planRun, runPipeline } from "./pipeline/run/run_pipeline.ts";
export type { RunResult } from "./pipeline/run/run_result.ts";

/** Names of version 0.1, which pipeline and stage files may still import. */
export {
  FIELD,
  GRAPH,
  MESH,
  MODEL,
  PREDICTION,
  STATISTICS,
  SUBDOMAINS,
} from "./pipeline/batches/batch_schemas.ts";
export { AIRFRANS } from "./pipeline/presets/airfrans.ts";
export { DARCY } from "./pipeline/presets/darcy.ts";
export { STEP3D } from "./pipeline/presets/step3d.ts";
