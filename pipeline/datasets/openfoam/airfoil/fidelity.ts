/**
 * How finely the flow around an aerofoil is solved.
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
  /** Solved first, to start from. */
  readonly coarse?: Fidelity | undefined;
  readonly mesh: Omit<CMeshSettings, "firstHeight">;
  /**
   * Dimensionless height of the centres of the cells at the wall, of a turbulent plate of the same
   * length.
   */
  readonly yPlus: number;
  /** First iterations, of first order and heavily relaxed; 0 for none. */
  readonly startIterations: number;
  /** Most iterations in all. */
  readonly iterations: number;
  /** Residuals at which the solver stops: of pressure, and of all else. */
  readonly pressureTolerance: number;
  readonly tolerance: number;
}

/** Wall functions on 15,624 cells. */
const low: Fidelity = {
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

/** A wall that is resolved, on 108,800 cells. */
const high: Fidelity = {
  name: "high",
  coarse: low,
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
export const fidelities: Readonly<Record<FidelityName, Fidelity>> = { low, high };
