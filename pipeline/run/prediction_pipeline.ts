/**
 * The pipeline that predicts a store with a trained model.
 *
 * @module
 */

import type { PipelineSpec } from "../engine/definition/spec.ts";
import { type CoverMode, groupSizeOf } from "../prediction/cover.ts";
import { definePipeline } from "../stages/built_in_pipeline.ts";
import type { TrainedModel } from "../training/model_batch.ts";

/** What is predicted, and how. */
export interface PredictionChoice {
  /** Path of the model file. */
  readonly model: string;
  /** Path of the store with the meshes. */
  readonly store: string;
  readonly split: string;
  /** Path of the store that is written. */
  readonly out: string;
  readonly overwrite: boolean;
  /**
   * "cover": groups as large as the sampled graphs of the training; "full": one graph of all nodes.
   */
  readonly mode: CoverMode;
  /** Covers that are averaged. */
  readonly rounds: number;
  readonly ranks: number;
  readonly device: "auto" | "webgpu" | "cpu";
  readonly seed: number;
  /** Longest edge, in units of the positions, if not that of the training. */
  readonly radius?: number | undefined;
  /** Most edges per node, or the number of its nearest neighbours, if not that of the training. */
  readonly maxEdges?: number | undefined;
  /** Fields the store has; targets that it lacks are not read. */
  readonly storeFields: readonly string[];
  /** Whether the store has the cells of its meshes. */
  readonly storeCells: boolean;
  /** Directory for the samples as `.vtu` files; none are written without it. */
  readonly vtk?: string | undefined;
}

/**
 * Reads the model's inputs from the store, cuts and covers its meshes, predicts, stitches, measures
 * and writes.
 */
export function predictionPipeline(
  { graphRule, inputNames, targetNames }: TrainedModel,
  choice: PredictionChoice,
): PipelineSpec {
  const {
    model,
    store,
    split,
    out,
    overwrite,
    mode,
    rounds,
    ranks,
    device,
    seed,
    storeFields,
    vtk,
  } = choice;
  const radius = choice.radius ?? graphRule.radius;
  const maxEdges = choice.maxEdges ?? graphRule.maxEdges;
  const isGiven = graphRule.edges === "given";
  // A model of given graphs reads the edges of the store, unless a radius and the most edges are
  // chosen.
  const rule = isGiven && maxEdges === 0 ? { edges: "given" as const } : {
    edges: isGiven ? "radius" as const : graphRule.edges,
    radius: radius > 0 ? radius : undefined,
    maxEdges,
  };
  const nodes = groupSizeOf(graphRule, mode);
  const fields = (
    names: readonly string[],
  ) => [...new Set(names.map((name) => name.split(".")[0]))];
  const inputs = fields(inputNames.filter((name) => !["x", "y", "z"].includes(name)));
  const targets = fields(targetNames).filter((name) => storeFields.includes(name));
  const pipeline = definePipeline({
    name: "predict",
    stages: {
      model: { run: "read_model", with: { file: model } },
      meshes: { run: "load", with: { store, split, inputs, targets, cells: choice.storeCells } },
      subdomains: { run: "partition", from: "meshes", with: { parts: ranks } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { mode: "cover", nodes, rounds, ...rule, seed },
      },
      predictions: { run: "predict", from: ["model", "graphs"], ranks, with: { device } },
      fields: { run: "stitch", from: ["predictions", "subdomains"] },
      store: { run: "write", from: "fields", with: { store: out, split, overwrite } },
      measures: { run: "score", from: ["fields", "model"] },
    },
  });
  if (vtk === undefined) return pipeline;
  const files = { run: "vtk", from: "fields", with: { directory: vtk, overwrite } };
  return { ...pipeline, stages: { ...pipeline.stages, vtk: files } };
}
