/**
 * Flow over a backward-facing step in three dimensions: velocity and pressure from the inlet speed
 * and the step's height.
 *
 * @module
 */

import { flowPreset } from "./flow_preset.ts";
import type { Preset } from "./preset.ts";

/**
 * The step preset. Its learning rate is a third of the others': seven cases do not tell the network
 * what to do with an eighth that is higher than all, and at 6e-3 the rounding of float32 decides
 * where it ends.
 */
export const STEP3D: Preset = flowPreset({
  name: "step3d",
  description: "Flow over a backward-facing step in 3-D: velocity and pressure",
  title: "Flow over a step",
  store: "pipeline/datasets/stores/step3d.zarr",
  // A flow with walls only is the same at every speed, but for the Reynolds number.
  divisors: { velocity: { inletSpeed: 1 }, pressure: { inletSpeed: 2 } },
  radius: 0.1,
  maxEdges: 16,
  nodes: 1000,
  epochs: 120,
  learningRate: 2e-3,
  rounds: 4,
});
