/**
 * Fidelities of the flow around an aerofoil: mesh and iterations.
 *
 * @module
 */

import type { CMeshSettings } from "./c_mesh_lines.ts";

/** Names of the fidelities that ship. */
export type FidelityName = "low" | "high";

/** Mesh and iterations. */
export interface Fidelity {
  /** Unique among the fidelities that a case is solved at. */
  readonly name: string;
  /** Fidelity that is solved first, as a start. */
  readonly coarse?: Fidelity | undefined;
  readonly mesh: Omit<CMeshSettings, "firstHeight">;
  /** Dimensionless height of the cell centres at the wall, for a turbulent plate of that length. */
  readonly yPlus: number;
  /** Number of initial first-order, heavily relaxed iterations; 0 for none. */
  readonly startIterations: number;
  /** Maximum number of all iterations. */
  readonly iterations: number;
  /** Residual of the pressure at which the solver stops. */
  readonly pressureTolerance: number;
  /** Residual of all other fields at which the solver stops. */
  readonly tolerance: number;
}

/** Wall functions on 15,624 cells. */
const LOW: Fidelity = {
  name: "low",
  mesh: {
    sideCells: 88,
    wakeCells: 38,
    normalCells: 62,
    leadingSpacing: 0.0018,
    trailingSpacing: 0.005,
    radius: 20,
    wallResolved: false,
  },
  yPlus: 40,
  startIterations: 0,
  iterations: 2000,
  pressureTolerance: 2e-6,
  tolerance: 2e-6,
};

/** A resolved wall, on 108,800 cells. */
const HIGH: Fidelity = {
  name: "high",
  coarse: LOW,
  mesh: {
    sideCells: 240,
    wakeCells: 100,
    normalCells: 160,
    leadingSpacing: 0.0008,
    trailingSpacing: 0.001,
    radius: 100,
    wallResolved: true,
  },
  yPlus: 1,
  startIterations: 100,
  iterations: 2000,
  pressureTolerance: 1e-6,
  tolerance: 1e-7,
};

/** The fidelities that ship. */
export const FIDELITIES: Readonly<Record<FidelityName, Fidelity>> = { low: LOW, high: HIGH };
