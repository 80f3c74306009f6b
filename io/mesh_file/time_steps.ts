/**
 * The steps of a time series that are read.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { SourceOptions } from "./mesh_file.ts";

/** Requested times match those of files up to this relative difference: files round them. */
const TIME_TOLERANCE = 1e-6;
/** Times in an error. */
const MAX_TIMES = 10;

/**
 * Chooses steps of a series.
 *
 * @param path File or folder, for errors
 * @param times Time of each step, ascending
 * @returns Indices of the steps, ascending
 * @throws {DataError} If the series has no step of a requested time
 */
export function selectSteps(
  path: string,
  times: readonly number[],
  choice: SourceOptions["times"] = "last",
): readonly number[] {
  if (choice === "all") return times.map((_, step) => step);
  if (choice === "last") return times.length === 0 ? [] : [times.length - 1];
  const scale = Math.max(...times.map(Math.abs), 0);
  const steps = choice.map((time) => {
    const step = times.findIndex((other) => Math.abs(other - time) <= TIME_TOLERANCE * scale);
    if (step >= 0) return step;
    const more = times.length > MAX_TIMES ? `, ... (${times.length} in all)` : "";
    throw new DataError(
      `Cannot read time ${time} of "${path}": no such time step, known: ` +
        `${times.slice(0, MAX_TIMES).join(", ")}${more}`,
    );
  });
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** The note about steps that are not read, if any. */
export function stepNotes(
  stem: string,
  times: readonly number[],
  steps: readonly number[],
): readonly string[] {
  if (steps.length === times.length) return [];
  const read = steps.length === 1 ? `time ${times[steps[0]]}` : `${steps.length}`;
  return [`Read ${read} of the ${times.length} time steps of "${stem}"; --times all reads all`];
}
