/**
 * Haloflow: distributed training of message passing networks on simulation meshes.
 *
 * A pipeline is plain data; every stage runs in a worker of its own, and record batches travel
 * between them.
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
 *     model: { run: "train", from: ["graphs", "scales"], ranks: 2, with: { hops: 2, width: 8, device: "cpu" } },
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

export {
  DataError,
  DeviceUnavailableError,
  type Permission,
  PermissionError,
  type PermissionKind,
  PipelineError,
  StageError,
  UserError,
} from "./errors.ts";

/** The schema library in which stages declare their options. */
export { z } from "zod";

export {
  overrideOptions,
  type PipelineOverrides,
  type PipelineSpec,
  type StagePermissions,
  type StageSpec,
} from "./pipeline/engine/definition/spec.ts";
export { definePipeline } from "./pipeline/stages/built_in_pipeline.ts";
export { confineWorkers } from "./pipeline/engine/permissions/confined_workers.ts";
export {
  defineStage,
  type Peers,
  type Progress,
  type Repeats,
  type Stage,
  type StageContext,
} from "./pipeline/engine/definition/stage.ts";
export type {
  RankReport,
  RunEvent,
  RunReport,
  StageReport,
} from "./pipeline/engine/workers/run_report.ts";
export { planRun, runPipeline } from "./pipeline/run/run_pipeline.ts";
export type { RunFigures } from "./pipeline/run/run_meters.ts";
export type { RunOptions } from "./pipeline/run/run_options.ts";
export type { RunResult } from "./pipeline/run/run_result.ts";
export type { MetricsRow, ReportData } from "./pipeline/reporting/report_data.ts";
export type { Retry } from "./pipeline/run/resume/retries.ts";
export type { RunStart } from "./pipeline/run/resume/run_start.ts";
export type { CachedStage } from "./pipeline/run/cache/cached_run.ts";
export type { ResumePoint } from "./pipeline/run/resume/resume_points.ts";
export type { CheckpointInterval } from "./pipeline/training/checkpoints.ts";
export type { Plan, TrainingPlan } from "./pipeline/run/plan/plan.ts";
export type { StepCost } from "./pipeline/model/cost.ts";
export { AIRFRANS } from "./pipeline/presets/airfrans.ts";
export { DARCY } from "./pipeline/presets/darcy.ts";
export { STEP3D } from "./pipeline/presets/step3d.ts";
export type { PrepareWatch, Preset, PresetChoice } from "./pipeline/presets/preset.ts";
export type { Job, JobSettings } from "./pipeline/experiments/batch/job.ts";

export {
  type ColumnType,
  createRecordBatch,
  type RecordBatch,
  type Row,
  type Schema,
} from "./io/record_batch.ts";
export {
  FIELD,
  GRAPH,
  MESH,
  MODEL,
  PREDICTION,
  STATISTICS,
  SUBDOMAINS,
} from "./pipeline/batches/batch_schemas.ts";

export {
  loadModel,
  type MeshInput,
  Model,
  type PredictMeshOptions,
} from "./pipeline/prediction/model.ts";
export { type PredictOptions, predictStore } from "./pipeline/run/predict_store.ts";
export type { Prediction } from "./pipeline/stages/score.ts";
export type { DeviceChoice } from "./kernels/select_device.ts";

export {
  createMeshStore,
  type FieldInfo,
  type MeshAttributes,
  type MeshCells,
  type MeshSample,
  type MeshStore,
  type MeshStoreHeader,
  type MeshStoreOptions,
  type MeshStoreWriter,
  openMeshStore,
  type ReadOptions,
} from "./io/mesh_store.ts";
export { type ConvertOptions, convertStore } from "./pipeline/datasets/convert_store.ts";
export { type AirfransOptions, openAirfrans } from "./pipeline/datasets/flows/airfrans_data.ts";
export { type EdgeListOptions, openEdgeList } from "./pipeline/datasets/edge_list.ts";
export { openVtkFiles, type VtkStoreOptions } from "./pipeline/datasets/flows/vtk_store.ts";
export type { SplitShares } from "./pipeline/datasets/splits.ts";
