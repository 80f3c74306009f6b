/**
 * Haloflow: distributed training of message passing networks on simulation meshes.
 *
 * A pipeline is plain data; every stage runs in a worker of its own, and record batches travel between them.
 *
 * @example Define a pipeline
 * ```ts
 * import { definePipeline } from "./mod.ts";
 *
 * export default definePipeline({
 *   name: "count",
 *   stages: {
 *     meshes: { run: "load", with: { store: "data/darcy.zarr", split: "train" } },
 *     scales: { run: "statistics", from: "meshes" },
 *   },
 * });
 * ```
 *
 * @example Load a trained model and predict a mesh
 * ```ts ignore
 * import { loadModel } from "./mod.ts";
 *
 * using model = await loadModel("out/darcy/model.safetensors");
 * const { solution } = await model.predict({ position, inputs: { coefficient } });
 * ```
 *
 * @module
 */

export { DataError, DeviceUnavailableError, PipelineError, StageError, UserError } from "./errors.ts";

/** The schema library in which stages declare their options. */
export { z } from "zod";

export {
  definePipeline,
  overrideOptions,
  type PipelineSpec,
  type StageSpec,
} from "./pipeline/engine/spec.ts";
export {
  defineStage,
  type Peers,
  type Progress,
  type Stage,
  type StageContext,
} from "./pipeline/engine/stage.ts";
export type { RankReport, RunEvent, RunReport, StageReport } from "./pipeline/engine/report.ts";
export { type RunOptions, runPipeline, type RunResult } from "./pipeline/presets/run.ts";
export { DARCY } from "./pipeline/presets/darcy.ts";
export type { Preset, PresetChoice } from "./pipeline/presets/preset.ts";

export {
  type ColumnType,
  createRecordBatch,
  type RecordBatch,
  type Row,
  type Schema,
} from "./io/record_batch.ts";
export { FIELD, GRAPH, MESH, MODEL, PREDICTION, STATISTICS, SUBDOMAINS } from "./pipeline/stages/schemas.ts";

export {
  loadModel,
  Surrogate,
  type SurrogateInput,
  type SurrogateOptions,
} from "./pipeline/presets/surrogate.ts";
export { type PredictOptions, predictStore } from "./pipeline/presets/predict.ts";
export { createMeshStore, type MeshSample, type MeshStore, openMeshStore } from "./io/mesh_store.ts";
