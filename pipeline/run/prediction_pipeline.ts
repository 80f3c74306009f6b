/**
 * The pipeline that predicts a store with a trained model.
 *
 * @module
 */

import { givenCount } from "../derived/derivation.ts";
import type { PipelineSpec, StageSpec } from "../engine/definition/spec.ts";
import type { RunEvent } from "../engine/workers/run_report.ts";
import { type CoverMode, groupSizeOf } from "../prediction/cover.ts";
import { definePipeline } from "../stages/built_in_pipeline.ts";
import type { TrainedModel } from "../training/model_batch.ts";

/** Options of `predictStore`. */
export interface PredictOptions {
  /** Split of the store to predict. @default "test" */
  readonly split?: string | undefined;
  /**
   * "cover": groups of nodes; "full": one graph of all nodes.
   * @default as the pipeline of the training predicted
   */
  readonly mode?: CoverMode | undefined;
  /** Maximum number of nodes in a group. @default as in the pipeline of the training */
  readonly nodes?: number | undefined;
  /** Number of covers to average. @default as in the pipeline of the training */
  readonly rounds?: number | undefined;
  /** Number of ranks that predict together. @default 1 */
  readonly ranks?: number | undefined;
  /** @default "auto" */
  readonly device?: "auto" | "webgpu" | "cpu" | undefined;
  /** Seed of the sampling. @default as in the pipeline of the training */
  readonly seed?: number | undefined;
  /**
   * Maximum length of an edge, in units of the positions; not used for nearest neighbours.
   * @default that of the training
   */
  readonly radius?: number | undefined;
  /**
   * Maximum number of edges per node, or number of its nearest neighbours.
   * @default as in the pipeline of the training
   */
  readonly maxEdges?: number | undefined;
  /**
   * Length of a local linear fit of the predictions, in local spacings; 0 for none.
   * @default as in the pipeline of the training
   */
  readonly fitLength?: number | undefined;
  /** Directory for the samples as `.vtu` files for ParaView. @default none are written */
  readonly vtk?: string | undefined;
  /** Whether to replace a store at `out` and a directory at `vtk`. @default false */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** Store, model and options of a prediction. */
export interface PredictionChoice extends Omit<PredictOptions, "signal" | "onEvent"> {
  /** Path of the model file. */
  readonly model: string;
  /** Path of the store with the meshes. */
  readonly store: string;
  /** Path of the store to write. */
  readonly out: string;
  /** Fields of the store; targets that it lacks are not read. */
  readonly storeFields: readonly string[];
  /** Whether the store has the cells of its meshes. */
  readonly storeCells: boolean;
}

/**
 * The pipeline that reads the inputs of a model from a store, partitions and covers its meshes,
 * predicts, stitches, writes and scores.
 */
export function predictionPipeline(
  trained: TrainedModel,
  choice: PredictionChoice,
): PipelineSpec {
  const { dimensions, graphRule, inputNames, targetNames, covers } = trained;
  const { model, store, split = "test", rounds = covers?.rounds ?? 1, ranks = 1 } = choice;
  const { out, overwrite = false, device = "auto", storeFields, vtk } = choice;
  const seed = choice.seed ?? covers?.seed ?? 0;
  const radius = choice.radius ?? graphRule.radius;
  const maxEdges = choice.maxEdges ?? covers?.maxEdges ?? graphRule.maxEdges;
  const fitLength = choice.fitLength ?? covers?.fitLength;
  const isGiven = graphRule.edges === "given";
  // A model of given graphs reads the edges of the store, unless radius and number are chosen.
  const rule = isGiven && maxEdges === 0 ? { edges: "given" as const } : {
    edges: isGiven ? "radius" as const : graphRule.edges,
    radius: radius > 0 ? radius : undefined,
    maxEdges,
    edgeDraw: graphRule.draw ?? (covers?.draw && "uniform" as const),
  };
  const order = covers?.draw === "stratified" || graphRule.draw === "stratified" || undefined;
  const nodes = groupSizeOf(trained, choice);
  const { derived = [] } = trained;
  const inputs = fieldsOf(inputNames.slice(dimensions, givenCount(derived, trained)));
  const targets = fieldsOf(targetNames).filter((name) => storeFields.includes(name));
  const pipeline = definePipeline({
    name: "predict",
    stages: {
      model: { run: "read_model", with: { file: model } },
      meshes: { run: "load", with: { store, split, inputs, targets, cells: choice.storeCells } },
      subdomains: { run: "partition", from: "meshes", with: { parts: ranks, order } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { mode: "cover", nodes, rounds, draw: covers?.draw, ...rule, seed },
      },
      predictions: { run: "predict", from: ["model", "graphs"], ranks, with: { device } },
      fields: { run: "stitch", from: ["predictions", "subdomains"], with: { fitLength } },
      store: { run: "write", from: "fields", with: { store: out, split, overwrite } },
      measures: { run: "score", from: ["fields", "model"] },
    },
  });
  const stages: Record<string, StageSpec> = { ...pipeline.stages };
  if (derived.length > 0) {
    stages.inputs = { run: "derive", from: "meshes", with: { fields: derived } };
    stages.subdomains = { ...stages.subdomains, from: "inputs" };
  }
  if (vtk !== undefined) {
    stages.vtk = { run: "vtk", from: "fields", with: { directory: vtk, overwrite } };
  }
  return { ...pipeline, stages };
}

/** The fields of columns such as `velocity.x`, each once. */
function fieldsOf(columns: readonly string[]): readonly string[] {
  return [...new Set(columns.map((column) => column.split(".")[0]))];
}
