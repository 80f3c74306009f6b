/**
 * Darcy flow: pressure from a map of two materials, on samples that are generated if absent.
 *
 * @module
 */

import { ensureDarcyStore } from "../datasets/darcy/darcy_store.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import { definePipeline } from "../stages/built_in_pipeline.ts";
import { NETWORK, type Preset, type PresetChoice } from "./preset.ts";
import { withValidation } from "./with_validation.ts";

const DATA = { count: 160, resolution: 85, seed: 1 };

/** Radius of the graphs and overlap of the subdomains, in units of the domain length. */
const RADIUS = 0.2;

/**
 * Inputs that 400 of 7,225 nodes do not show: the medium between them, and where the boundary is.
 * The lengths are about the spacing of the sampled nodes, and half of it.
 */
const DERIVED = [
  { kind: "smoothed", field: "coefficient", length: 0.05 },
  { kind: "inverseMean", field: "coefficient", length: 0.05 },
  { kind: "gradient", field: "coefficient", length: 0.025 },
  { kind: "distance", to: "box" },
] as const;

/** The Darcy preset. */
export const DARCY: Preset = {
  name: "darcy",
  description: "Darcy flow on a grid: pressure from a random medium of two materials",
  title: "Darcy flow",
  defaults: { ranks: 2, device: "auto", store: "data/darcy.zarr", seed: 0, validation: true },
  // The 8 nearest nodes on average; exactly 8 would not show where the boundary is.
  gcnEdges: { radius: 0.08 },
  pieces: {
    "derived inputs": ["stages.inputs.with.fields=[]"],
    "stratified draws": ["stages.graphs.with.draw=uniform"],
    "Muon": ["stages.model.with.optimizer=adam", "stages.model.with.learningRate=0.006"],
    "gradient loss": ["stages.model.with.gradientLoss=0"],
    "local fit": ["stages.fields.with.fitLength=0"],
    "large groups": ["stages.testGraphs.with.nodes=400", "stages.testGraphs.with.rounds=4"],
  },
  prepare: ({ store }, { onProgress, ...watch }) =>
    ensureDarcyStore(store, DATA, { ...watch, onProgress: (done) => onProgress(done, DATA.count) }),
  build: ({ validation, ...choice }) =>
    validation === true ? withValidation(darcyPipeline(choice)) : darcyPipeline(choice),
};

function darcyPipeline(
  { ranks, device, store, seed }: Omit<PresetChoice, "validation">,
): PipelineSpec {
  return definePipeline({
    name: "darcy",
    stages: {
      meshes: { run: "load", with: { store, split: "train" } },
      inputs: { run: "derive", from: "meshes", with: { fields: DERIVED } },
      statistics: { run: "statistics", from: "inputs" },
      subdomains: { run: "partition", from: "inputs", with: { parts: ranks, overlap: RADIUS } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: {
          nodes: 400,
          radius: RADIUS,
          maxEdges: 32,
          draw: "stratified",
          epochs: 15,
          seed,
        },
      },
      model: {
        run: "train",
        from: ["graphs", "statistics"],
        ranks,
        with: {
          ...NETWORK,
          optimizer: "muon",
          learningRate: 0.012,
          gradientLoss: 0.05,
          seed,
          device,
        },
      },
      tests: { run: "load", with: { store, split: "test" } },
      testInputs: { run: "derive", from: "tests" },
      testSubdomains: { run: "partition", from: "testInputs", with: { parts: ranks } },
      testGraphs: {
        run: "sample",
        from: "testSubdomains",
        with: { mode: "cover", nodes: 800, rounds: 2, seed },
      },
      predictions: { run: "predict", from: ["model", "testGraphs"], ranks, with: { device } },
      fields: {
        run: "stitch",
        from: ["predictions", "testSubdomains"],
        with: { fitLength: 1 },
      },
      store: { run: "write", from: "fields" },
      report: { run: "evaluate", from: ["fields", "model", "inputs"] },
    },
  });
}
