/**
 * A flow to be solved, of any geometry.
 *
 * @module
 */

import type { VtkMesh } from "../../../io/vtk/write_vtk.ts";

/**
 * The record of a case in `<case>_case.json` and `cases.json`, with the keys of other data sets of
 * this layout.
 */
export interface CaseRecord {
  readonly name: string;
  /** Whether the case belongs to the data set. */
  readonly accepted: boolean;
  /** Reason of a rejection. */
  readonly reason?: string | undefined;
  /** Whether the residuals fell below their tolerances. */
  readonly converged: boolean;
  /** Settings of the solution, which cases of one data set must share. */
  readonly fidelity: string;
  readonly [key: string]: unknown;
}

/** Outcome of a case. */
export interface SolvedCase {
  readonly record: CaseRecord;
  /** Meshes by file name; none if the case is not accepted. */
  readonly files: Readonly<Record<string, VtkMesh>>;
}

/** A case to be solved. */
export interface FlowCase {
  readonly name: string;
  readonly fidelity: string;
  /** Writes the input of OpenFOAM without solving the case. */
  write(directory: string): Promise<void>;
  /**
   * Solves the case.
   *
   * @param directory Exclusive directory for the files of OpenFOAM
   */
  solve(directory: string, signal?: AbortSignal): Promise<SolvedCase>;
}
