/**
 * Presets of real flows, which differ in their data and in a few numbers. To train on all nodes
 * instead of a sample, use `--set stages.graphs.with.nodes=all`; to predict all at once,
 * `--set stages.testGraphs.with.nodes=all`.
 *
 * @module
 */

import { openMeshStore } from "../../io/mesh_store.ts";
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
  /** Radius of the graphs and overlap of the subdomains, in metres. */
  readonly radius: number;
  /** Maximum number of random neighbours within the radius. */
  readonly maxEdges: number;
  /** Number of sampled nodes of a mesh. */
  readonly nodes: number;
  readonly epochs: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Number of covers of a test mesh to average. */
  readonly rounds: number;
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
    pieces: {},
    async prepare(choice) {
      await openMeshStore(choice.store);
      return false;
    },
    build: (choice) => flowPipeline(flow, choice),
  };
}

function flowPipeline(
  { name, radius, maxEdges, nodes, epochs, learningRate, rounds, ...flow }: Flow,
  { ranks, device, store, seed }: PresetChoice,
): PipelineSpec {
  const more = flow.more !== undefined && store === flow.store
    ? { more: [{ store: flow.more }] }
    : {};
  const scaling = flow.divisors === undefined ? {} : { with: { divisors: flow.divisors } };
  return definePipeline({
    name,
    stages: {
      meshes: { run: "load", with: { store, split: "train", ...more } },
      statistics: { run: "statistics", from: "meshes", ...scaling },
      subdomains: { run: "partition", from: "meshes", with: { parts: ranks, overlap: radius } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { nodes, radius, maxEdges, epochs, seed },
      },
      model: {
        run: "train",
        from: ["graphs", "statistics"],
        ranks,
        with: { ...NETWORK, learningRate, seed, device },
      },
      tests: { run: "load", with: { store, split: "test", cells: true } },
      testSubdomains: { run: "partition", from: "tests", with: { parts: ranks } },
      testGraphs: {
        run: "sample",
        from: "testSubdomains",
        with: { mode: "cover", nodes, rounds, seed },
      },
      predictions: { run: "predict", from: ["model", "testGraphs"], ranks, with: { device } },
      fields: { run: "stitch", from: ["predictions", "testSubdomains"] },
      store: { run: "write", from: "fields" },
      files: { run: "vtk", from: "fields" },
      report: { run: "evaluate", from: ["fields", "model", "meshes"] },
    },
  });
}
