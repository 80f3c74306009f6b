/**
 * The pipeline of any data set: trains on the split `train`, tests on the split `test`.
 *
 * @module
 */

import type { PipelineSpec } from "../engine/definition/spec.ts";
import { definePipeline } from "../stages/built_in_pipeline.ts";
import type { ExplainedGraph, GraphChoice } from "./graph_choice.ts";
import { NETWORK } from "./preset.ts";
import { withValidation } from "./with_validation.ts";

/** Everything that a preset fixes, chosen from the data. */
export interface OwnDataChoice {
  /** Name of the pipeline, and of the directory for its results. */
  readonly name: string;
  /** Path of the store. */
  readonly store: string;
  /** Fields that the network reads and predicts. @default those with the role in the store */
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly graph: GraphChoice & Pick<ExplainedGraph, "grading">;
  /** Number P of ranks that train and predict together. */
  readonly ranks: number;
  readonly device: "auto" | "webgpu" | "cpu";
  readonly seed: number;
  readonly learningRate: number;
  /** Passes over the training meshes. */
  readonly epochs: number;
  /** Covers of each test mesh to average. */
  readonly rounds: number;
  /** Whether there are meshes to validate on. */
  readonly validation: boolean;
  /** Whether there are meshes to test on. */
  readonly tests: boolean;
  /**
   * Whether the meshes have cells, from which the distance to their boundary follows, and which
   * `.vtu` files of predictions need.
   */
  readonly cells: boolean;
}

/** Training meshes below which a network follows the noise of each step rather than their mean. */
const FEW_MESHES = 16;

/** Peak learning rate of Muon for a number of training meshes. */
export function learningRateFor(meshCount: number): number {
  return meshCount < FEW_MESHES ? 6e-3 : 0.012;
}

/** Weight of the gradient loss; half and twice as much gave the same errors on Darcy flow. */
const GRADIENT_LOSS = 0.05;

/**
 * Ratio of wide to narrow spacings up to which nodes are drawn evenly; random nodes have 2 to 3.5.
 * Near walls, where a mesh is far denser, even draws were worse than random ones.
 */
const MAX_EVEN_GRADING = 4;

/** The pipeline as plain data; its test inherits fields, edges and overlap from the training. */
export function ownDataPipeline(choice: OwnDataChoice): PipelineSpec {
  const { name, store, graph, ranks, device, seed, learningRate, epochs, rounds } = choice;
  const { edges, radius, maxEdges, nodes, isApart = false } = graph;
  const isEven = edges !== "given" && graph.grading <= MAX_EVEN_GRADING;
  const draw = isEven ? { draw: "stratified" as const } : {};
  // Edges of unlimited length have no overlap that holds them: every edge is retained.
  const overlap = edges === "radius" ? { overlap: radius } : {};
  const partition = { parts: ranks, ...overlap };
  const rule = edges === "given" ? { edges } : { edges, radius, maxEdges };
  const apart = isApart ? { allowDisconnected: true } : {};
  const derived = choice.cells ? [{ kind: "distance", to: "boundary" } as const] : [];
  const readsCells = edges === "given" || choice.cells ? { cells: true } : {};
  const fields = namedFields(choice);
  const meshes = { store, split: "train", ...fields, ...readsCells };
  const training: PipelineSpec["stages"] = {
    meshes: { run: "load", with: meshes },
    inputs: { run: "derive", from: "meshes", with: { fields: derived } },
    statistics: { run: "statistics", from: "inputs" },
    subdomains: { run: "partition", from: "inputs", with: partition },
    graphs: {
      run: "sample",
      from: "subdomains",
      with: { nodes, ...rule, ...draw, ...apart, epochs, seed },
    },
    model: {
      run: "train",
      from: ["graphs", "statistics"],
      ranks,
      with: {
        ...NETWORK,
        optimizer: "muon",
        learningRate,
        gradientLoss: GRADIENT_LOSS,
        seed,
        device,
      },
    },
  };
  const testCells = choice.cells ? { cells: true } : {};
  const files: PipelineSpec["stages"] = choice.cells
    ? { files: { run: "vtk", from: "fields" } }
    : {};
  const testing: PipelineSpec["stages"] = {
    tests: { run: "load", with: { store, split: "test", ...testCells, ...readsCells } },
    testInputs: { run: "derive", from: "tests" },
    testSubdomains: { run: "partition", from: "testInputs", with: { parts: ranks } },
    testGraphs: {
      run: "sample",
      from: "testSubdomains",
      with: { mode: "cover", nodes, rounds, seed },
    },
    predictions: { run: "predict", from: ["model", "testGraphs"], ranks, with: { device } },
    fields: { run: "stitch", from: ["predictions", "testSubdomains"] },
    store: { run: "write", from: "fields" },
    ...files,
    report: { run: "evaluate", from: ["fields", "model", "inputs"] },
  };
  const stages = choice.tests ? { ...training, ...testing } : training;
  const pipeline = definePipeline({ name, stages });
  return choice.validation ? withValidation(pipeline) : pipeline;
}

/** Options of a `load` stage that name its fields. */
function namedFields({ inputs, targets }: OwnDataChoice): object {
  const named = inputs === undefined ? {} : { inputs };
  return targets === undefined ? named : { ...named, targets };
}
