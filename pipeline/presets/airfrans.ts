/**
 * AirfRANS, flow around aerofoils: velocity, pressure and turbulent viscosity from the shape and
 * the inlet velocity.
 *
 * @module
 */

import { flowPreset, wallInputs } from "./flow_preset.ts";
import type { Preset } from "./preset.ts";

/**
 * Scales of the targets, as in wind tunnels: at these Reynolds numbers, the flow is nearly
 * proportional to its inlet.
 */
const DIVISORS = {
  velocity: { velocityInlet: 1 },
  pressure: { velocityInlet: 2 },
  nut: { velocityInlet: 1 },
};

/**
 * The flow without friction, which follows from the wall and the inlet alone, and functions of the
 * distance to the wall, which vary where it is small.
 */
const DERIVED = {
  "potential flow": [{ kind: "panel", velocity: "velocityInlet" }],
  "wall distances": wallInputs({ layer: 0.001, lengths: [0.01, 0.05, 0.25] }),
} as const;

/** Low fidelity: meshes of 10,000 nodes, with wall functions. */
const LOW = flowPreset({
  name: "airfrans",
  description:
    "Flow around aerofoils: velocity, pressure and turbulent viscosity (--fidelity low or high)",
  title: "Aerofoils of low fidelity",
  store: "pipeline/datasets/stores/airfrans_low.zarr",
  divisors: DIVISORS,
  derived: DERIVED,
  edgeInputs: "ends",
  wallWeight: 10,
  // The viscosity has most of the loss; lift and drag follow from the pressure.
  fieldWeights: { pressure: 4 },
  radius: 0.5,
  maxEdges: 16,
  nodes: 1000,
  epochs: 100,
  paperEpochs: 90,
  learningRate: 0.012,
  adamLearningRate: 6e-3,
  rounds: 2,
});

/**
 * High fidelity: meshes of 67,000 nodes, resolved at the wall. Two cases do not show how the flow
 * depends on its inlet, so the training includes those of low fidelity. Both data sets have the
 * same splits, so the test case is unseen at either fidelity.
 */
const HIGH = flowPreset({
  name: "airfrans_high",
  description:
    "Flow around aerofoils, resolved at the wall: velocity, pressure and turbulent viscosity",
  title: "Aerofoils of high fidelity",
  store: "pipeline/datasets/stores/airfrans_high.zarr",
  more: "pipeline/datasets/stores/airfrans_low.zarr",
  divisors: DIVISORS,
  derived: DERIVED,
  edgeInputs: "ends",
  wallWeight: 10,
  radius: 0.5,
  maxEdges: 16,
  nodes: 1000,
  epochs: 70,
  learningRate: 0.012,
  adamLearningRate: 6e-3,
  rounds: 2,
});

/** The AirfRANS preset, of low fidelity by default. */
export const AIRFRANS: Preset = { ...LOW, fidelities: { low: LOW, high: HIGH } };
