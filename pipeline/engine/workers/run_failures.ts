/**
 * Errors with which a run ends early.
 *
 * @module
 */

import { messageOf, StageError, UserError } from "../../../errors.ts";
import { withRemedy } from "../permissions/stage_permissions.ts";

/** A rank of a stage, as named in an error. */
export interface PlacedRank {
  readonly stage: { readonly name: string; readonly ranks: number };
  readonly rank: number;
}

/** Returns the error of a stage that failed for the reason `message`. */
export function stageError(
  { stage, rank }: PlacedRank,
  message: string,
  cause?: Error,
): StageError {
  const where = stage.ranks > 1 ? ` at rank ${rank}` : "";
  const reason = withRemedy(message).replace(/^Cannot /, "cannot ");
  return new StageError(`Stage "${stage.name}" failed${where}: ${reason}`, stage.name, rank, {
    cause,
  });
}

/** Returns the `AbortError` of a run that was stopped by the user. */
export function stopError(pipeline: string, reason: unknown): UserError {
  const error = new UserError(`Pipeline "${pipeline}" was stopped: ${messageOf(reason)}`, {
    cause: reason,
  });
  error.name = "AbortError";
  return error;
}

/** Returns the error of a run in which no stage can continue. */
export function deadlockError(pipeline: string, running: readonly PlacedRank[]): UserError {
  const waiting = running.map(({ stage, rank }) => `"${stage.name}" rank ${rank}`);
  return new UserError(
    `Pipeline "${pipeline}" is deadlocked: every stage waits for a batch or a message that is ` +
      `never sent: ${waiting.join(", ")}`,
  );
}
