/**
 * Presets of real flows, which differ in their data and in a few numbers. To train on all nodes
 * instead of a sample, use `--set stages.graphs.with.nodes=all`; to predict all at once,
 * `--set stages.testGraphs.with.nodes=all`.
 *
 * @module
 */

import { openMeshStore } from "../../io/mesh_store.ts";
import { type Derivation, readsCells } from "../derived/derivation.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import { definePipeline } from "../stages/built_in_pipeline.ts";
import type { Divisors } from "../training/target_divisors.ts";
import { NETWORK, type Preset, type PresetChoice } from "./preset.ts";

/** A flow, with the options of its sampling and training. */
export interface Flow {
  /** Name of the preset, and of the directory for its results. */
  readonly name: string;
  readonly description: string;
  readonly title: string;
  /** Path of the data set, which ships with the project. */
  readonly store: string;
  /**
   * Path of a second data set with the same fields to train on, unless the user chooses a store.
   */
  readonly more?: string | undefined;
  /** Powers of inputs by which targets are divided. @default none */
  readonly divisors?: Divisors | undefined;
  /** Derived inputs by the piece of the recipe to which they belong. */
  readonly derived: Readonly<Record<string, readonly Derivation[]>>;
  /** Edge attributes of the kernel network. @default differences, the paper's form */
  readonly edgeInputs?: "ends" | undefined;
  /** Weight of the nodes on a wall in the loss. @default 1 */
  readonly wallWeight?: number | undefined;
  /** Weights of the squared errors of fields in the loss. @default 1 for each */
  readonly fieldWeights?: Readonly<Record<string, number>> | undefined;
  /** Radius of the graphs and overlap of the subdomains, in metres. */
  readonly radius: number;
  /** Maximum number of random neighbours within the radius. */
  readonly maxEdges: number;
  /** Number of sampled nodes of a mesh. */
  readonly nodes: number;
  readonly epochs: number;
  /** Epochs in the paper's form. @default the same */
  readonly paperEpochs?: number | undefined;
  /** Peak learning rate, and that of Adam in the paper's form. */
  readonly learningRate: number;
  readonly adamLearningRate: number;
  /** Number of covers of a test mesh to average. */
  readonly rounds: number;
}

/** Lengths of the flow near a wall, in metres. */
interface WallLengths {
  /** Thickness of the layer below which the logarithm of the distance no longer varies. */
  readonly layer: number;
  /** Distances over which the other inputs decay. */
  readonly lengths: readonly number[];
}

/** Functions of the input field `distance`, the distance to the nearest wall. */
export function wallInputs({ layer, lengths }: WallLengths): readonly Derivation[] {
  return [
    { kind: "logDistance", field: "distance", length: layer },
    ...lengths.map((length): Derivation => ({ kind: "decay", field: "distance", length })),
  ];
}

/** The preset of a flow. */
export function flowPreset(flow: Flow): Preset {
  const { name, description, title, store } = flow;
  return {
    name,
    description,
    title,
    defaults: { ranks: 2, device: "auto", store, seed: 0 },
    gcnEdges: { edges: "nearest", maxEdges: 8 },
    pieces: {
      ...derivedPieces(flow.derived),
      ...endsPiece(flow),
      ...wallPiece(flow),
      ...fieldPiece(flow),
      ...epochPiece(flow),
      "Muon": [
        "stages.model.with.optimizer=adam",
        `stages.model.with.learningRate=${flow.adamLearningRate}`,
      ],
    },
    async prepare(choice) {
      await openMeshStore(choice.store);
      return false;
    },
    build: (choice) => flowPipeline(flow, choice),
  };
}

/** The assignments that take each group of derived inputs out again. */
function derivedPieces(derived: Flow["derived"]): Record<string, readonly string[]> {
  const names = Object.keys(derived);
  return Object.fromEntries(names.map((name) => {
    const others = names.filter((other) => other !== name).flatMap((other) => derived[other]);
    return [name, [`stages.inputs.with.fields=${JSON.stringify(others)}`]];
  }));
}

/** The assignment that takes the attributes of both ends out again. */
function endsPiece({ edgeInputs }: Flow): Record<string, readonly string[]> {
  if (edgeInputs === undefined) return {};
  return { "both ends": ["stages.model.with.edgeInputs=differences"] };
}

/** The assignment that lets nodes on a wall weigh as much as all others again. */
function wallPiece({ wallWeight }: Flow): Record<string, readonly string[]> {
  if (wallWeight === undefined) return {};
  const emphasis = JSON.stringify(emphasisOf(1));
  return { "wall weight": [`stages.graphs.with.emphasis=${emphasis}`] };
}

/** The assignment that lets all fields weigh alike again. */
function fieldPiece({ fieldWeights }: Flow): Record<string, readonly string[]> {
  if (fieldWeights === undefined) return {};
  return { "field weights": ["stages.model.with.fieldWeights={}"] };
}

/** The assignment of the epochs of the paper's form; the recipe spends on more what it saves. */
function epochPiece({ paperEpochs }: Flow): Record<string, readonly string[]> {
  if (paperEpochs === undefined) return {};
  return { "more steps": [`stages.graphs.with.epochs=${paperEpochs}`] };
}

/** More weight for the nodes at which the input field `distance` is 0. */
function emphasisOf(weight: number) {
  return { input: "distance", weight };
}

function flowPipeline(
  {
    name,
    derived,
    edgeInputs,
    wallWeight,
    fieldWeights,
    radius,
    maxEdges,
    nodes,
    epochs,
    learningRate,
    rounds,
    ...flow
  }: Flow,
  { ranks, device, store, seed }: PresetChoice,
): PipelineSpec {
  const more = flow.more !== undefined && store === flow.store
    ? { more: [{ store: flow.more }] }
    : {};
  const scaling = flow.divisors === undefined ? {} : { with: { divisors: flow.divisors } };
  const fields = Object.values(derived).flat();
  const ends = edgeInputs === undefined ? {} : { edgeInputs };
  const weights = fieldWeights === undefined ? {} : { fieldWeights };
  const emphasis = wallWeight === undefined ? {} : { emphasis: emphasisOf(wallWeight) };
  const cells = fields.some(readsCells) ? { cells: true } : {};
  return definePipeline({
    name,
    stages: {
      meshes: { run: "load", with: { store, split: "train", ...cells, ...more } },
      inputs: { run: "derive", from: "meshes", with: { fields } },
      statistics: { run: "statistics", from: "inputs", ...scaling },
      subdomains: { run: "partition", from: "inputs", with: { parts: ranks, overlap: radius } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { nodes, radius, maxEdges, ...emphasis, epochs, seed },
      },
      model: {
        run: "train",
        from: ["graphs", "statistics"],
        ranks,
        with: { ...NETWORK, ...ends, ...weights, optimizer: "muon", learningRate, seed, device },
      },
      tests: { run: "load", with: { store, split: "test", cells: true } },
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
      files: { run: "vtk", from: "fields" },
      report: { run: "evaluate", from: ["fields", "model", "inputs"] },
    },
  });
}
