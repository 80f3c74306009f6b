/**
 * A flow to be solved, whatever its geometry.
 *
 * @module
 */

import type { VtkMesh } from "../../../io/vtk/write_vtk.ts";

/**
 * What is noted of a case, in `<case>_case.json` and `cases.json`; keys as in other data sets of
 * this layout.
 */
export interface CaseRecord {
  readonly name: string;
  /** Whether the case belongs into the data set. */
  readonly accepted: boolean;
  /** Why it does not. */
  readonly reason?: string | undefined;
  /** Whether the residuals fell below what was asked for. */
  readonly converged: boolean;
  /** All that tells one way of solving the case from another: cases of one data set must agree. */
  readonly fidelity: string;
  readonly [key: string]: unknown;
}

/** A case that was solved, or tried. */
export interface SolvedCase {
  readonly record: CaseRecord;
  /** Meshes by file name; none where the case is not accepted. */
  readonly files: Readonly<Record<string, VtkMesh>>;
}

/** A case that is to be solved. */
export interface FlowCase {
  readonly name: string;
  readonly fidelity: string;
  /** Writes what OpenFOAM reads, without solving it. */
  write(directory: string): Promise<void>;
  /**
   * Solves the case.
   *
   * @param directory Of its own, for OpenFOAM's files
   */
  solve(directory: string, signal?: AbortSignal): Promise<SolvedCase>;
}
