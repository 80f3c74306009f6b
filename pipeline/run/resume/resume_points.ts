/**
 * The checkpoints from which a killed run goes on.
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

/** Where a training goes on. */
export interface ResumePoint {
  /** Name of the stage that trains. */
  readonly stage: string;
  /** Path of the checkpoint. */
  readonly path: string;
  /** Steps taken, and those that there will be. */
  readonly step: number;
  readonly steps: number;
}

/** What there is to go on from. */
export interface ResumePoints {
  /** One per training that has a checkpoint. */
  readonly points: readonly ResumePoint[];
  /** What the user should know, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The latest good checkpoint of every training in `directory`.
 *
 * @throws {UserError} If a training has checkpoints, but each is damaged, of a newer format, or of
 * another run than `here`.
 */
export async function findResumePoints(
  directory: string,
  here: RunIdentity,
): Promise<ResumePoints> {
  const byStage = Map.groupBy(await listCheckpoints(directory), ({ stage }) => stage);
  const points: ResumePoint[] = [];
  const warnings: string[] = [];
  for (const [stage, places] of byStage) {
    const refusals: UserError[] = [];
    const found = await latestGood(places, here, refusals);
    if (found === undefined) throw refused(refusals);
    const { path, checkpoint: { progress: { step, steps }, run } } = found;
    points.push({ stage, path, step, steps });
    for (const { message } of refusals) warnings.push(`${message}; going back to step ${step}`);
    const changed = codeDifferences(run, here);
    if (changed.length > 0) {
      warnings.push(
        `The code has changed since checkpoint "${path}" (${changed.join(", ")}): the ` +
          "numbers may differ from those of " +
          `one run`,
      );
    }
  }
  return { points, warnings };
}

/** @throws {UserError} If the latest that is not damaged is of another run: then all are. */
async function latestGood(
  places: readonly CheckpointPlace[],
  here: RunIdentity,
  refusals: UserError[],
): Promise<{ readonly path: string; readonly checkpoint: Checkpoint } | undefined> {
  for (const { path } of places) {
    try {
      const checkpoint = await readCheckpoint(path);
      const differences = runDifferences(checkpoint.run, here);
      if (differences === undefined) return { path, checkpoint };
      throw new UserError(
        `Cannot resume from "${path}" as it must be of the same pipeline and data: ` +
          `${differences}; use the same ` +
          `options, or another directory`,
      );
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      refusals.push(error);
    }
  }
  return undefined;
}

function refused(refusals: readonly UserError[]): UserError {
  const messages = refusals.map(({ message }) => message);
  return new UserError(messages.join("\n"), { cause: refusals[0] });
}
