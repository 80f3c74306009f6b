/**
 * Darcy flow: pressure from a map of two materials, on samples that are generated if absent.
 *
 * @module
 */

import { ensureDarcyStore } from "../datasets/darcy/darcy_store.ts";
import { definePipeline } from "../stages/built_in_pipeline.ts";
import { NETWORK, type Preset } from "./preset.ts";

const DATA = { count: 160, resolution: 85, seed: 1 };

/** Radius of the graphs and overlap of the subdomains, in units of the domain length. */
const RADIUS = 0.2;

/** The Darcy preset. */
export const DARCY: Preset = {
  name: "darcy",
  description: "Darcy flow on a grid: pressure from a random medium of two materials",
  title: "Darcy flow",
  defaults: { ranks: 2, device: "auto", store: "data/darcy.zarr", seed: 0 },
  // The 8 nearest nodes on average; exactly 8 would not show where the boundary is.
  gcnEdges: { radius: 0.08 },
  pieces: {},
  prepare: ({ store }, { onProgress, ...watch }) =>
    ensureDarcyStore(store, DATA, { ...watch, onProgress: (done) => onProgress(done, DATA.count) }),
  build: ({ ranks, device, store, seed }) =>
    definePipeline({
      name: "darcy",
      stages: {
        meshes: { run: "load", with: { store, split: "train" } },
        statistics: { run: "statistics", from: "meshes" },
        subdomains: { run: "partition", from: "meshes", with: { parts: ranks, overlap: RADIUS } },
        graphs: {
          run: "sample",
          from: "subdomains",
          with: { nodes: 400, radius: RADIUS, maxEdges: 32, epochs: 15, seed },
        },
        model: {
          run: "train",
          from: ["graphs", "statistics"],
          ranks,
          with: { ...NETWORK, learningRate: 6e-3, seed, device },
        },
        tests: { run: "load", with: { store, split: "test" } },
        testSubdomains: { run: "partition", from: "tests", with: { parts: ranks } },
        testGraphs: {
          run: "sample",
          from: "testSubdomains",
          with: { mode: "cover", nodes: 400, rounds: 4, seed },
        },
        predictions: { run: "predict", from: ["model", "testGraphs"], ranks, with: { device } },
        fields: { run: "stitch", from: ["predictions", "testSubdomains"] },
        store: { run: "write", from: "fields" },
        report: { run: "evaluate", from: ["fields", "model", "meshes"] },
      },
    }),
};
