/**
 * The checkpoints from which the trainings of an unfinished run resume.
 *
 * @module
 */

import { DataError, UserError } from "../../../errors.ts";
import {
  type Checkpoint,
  readCheckpoint,
  type RunIdentity,
} from "../../training/checkpoint_file.ts";
import { type CheckpointPlace, listCheckpoints } from "../../training/checkpoints.ts";
import { codeDifferences, runDifferences } from "../identity/identity_differences.ts";

/** Where a training resumes. */
export interface ResumePoint {
  /** Name of the stage that trains. */
  readonly stage: string;
  /** Path of the checkpoint. */
  readonly path: string;
  /** Number of steps before the checkpoint, and in total. */
  readonly step: number;
  readonly steps: number;
}

/** Where the trainings of a run resume. */
export interface ResumePoints {
  /** One per training that has a checkpoint. */
  readonly points: readonly ResumePoint[];
  /** Warnings for the user, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The latest valid checkpoint of every training in `directory`.
 *
 * @throws {UserError} If all checkpoints of a training are damaged or of a newer format, or if they
 * are of another run than `current`.
 */
export async function findResumePoints(
  directory: string,
  current: RunIdentity,
): Promise<ResumePoints> {
  const byStage = Map.groupBy(await listCheckpoints(directory), ({ stage }) => stage);
  const points: ResumePoint[] = [];
  const warnings: string[] = [];
  for (const [stage, places] of byStage) {
    const refusals: DataError[] = [];
    const found = await latestValid(places, current, refusals);
    if (found === undefined) {
      const messages = refusals.map(({ message }) => message);
      throw new UserError(messages.join("\n"), { cause: refusals[0] });
    }
    const { path, checkpoint: { progress: { step, steps }, run } } = found;
    points.push({ stage, path, step, steps });
    for (const { message } of refusals) warnings.push(`${message}; resuming from step ${step}`);
    const changed = codeDifferences(run, current);
    if (changed.length === 0) continue;
    warnings.push(
      `The code has changed since checkpoint "${path}" (${changed.join(", ")}): the result may ` +
        "differ from that of an uninterrupted run",
    );
  }
  return { points, warnings };
}

/**
 * The latest checkpoint of a training that is not damaged; damaged ones are added to `refusals`.
 *
 * @throws {UserError} If it is of another run: then all are.
 */
async function latestValid(
  places: readonly CheckpointPlace[],
  current: RunIdentity,
  refusals: DataError[],
): Promise<{ readonly path: string; readonly checkpoint: Checkpoint } | undefined> {
  for (const { path } of places) {
    try {
      const checkpoint = await readCheckpoint(path);
      const differences = runDifferences(checkpoint.run, current);
      if (differences === undefined) return { path, checkpoint };
      throw new UserError(
        `Cannot resume from "${path}": pipeline and data must be those of the checkpoint, but ` +
          `${differences}; use the same options, or another directory`,
      );
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      refusals.push(error);
    }
  }
  return undefined;
}
