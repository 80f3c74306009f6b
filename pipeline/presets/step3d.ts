/**
 * Flow over a backward-facing step in three dimensions: velocity and pressure from the inlet speed
 * and the step's height.
 *
 * @module
 */

import { flowPreset, wallInputs } from "./flow_preset.ts";
import type { Preset } from "./preset.ts";

/**
 * The step preset. Its learning rate is lower than that of the others: seven cases do not determine
 * the flow over an eighth step that is higher than all of them, and at high rates the rounding of
 * float32 decides the result.
 */
export const STEP3D: Preset = flowPreset({
  name: "step3d",
  description: "Flow over a backward-facing step in 3-D: velocity and pressure",
  title: "Flow over a step",
  store: "pipeline/datasets/stores/step3d.zarr",
  // Between walls, only the Reynolds number makes the scaled flow depend on the speed.
  divisors: { velocity: { inletSpeed: 1 }, pressure: { inletSpeed: 2 } },
  derived: { "wall distances": wallInputs({ layer: 0.001, lengths: [0.003, 0.01, 0.03] }) },
  edgeInputs: "ends",
  radius: 0.1,
  maxEdges: 16,
  nodes: 1000,
  epochs: 120,
  learningRate: 6e-3,
  adamLearningRate: 2e-3,
  rounds: 4,
});
