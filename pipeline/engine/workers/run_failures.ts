/**
 * What a run ends with that ends early.
 *
 * @module
 */

import { messageOf, StageError, UserError } from "../../../errors.ts";
import { withRemedy } from "../permissions/stage_permissions.ts";

/** A rank of a stage, as an error names it. */
export interface PlacedRank {
  readonly stage: { readonly name: string; readonly ranks: number };
  readonly rank: number;
}

/** The failure of a stage, told with its reason. */
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

/** The end of a run that its user stopped; its name is that of an abort. */
export function stopError(pipeline: string, reason: unknown): UserError {
  const error = new UserError(`Pipeline "${pipeline}" was stopped: ${messageOf(reason)}`, {
    cause: reason,
  });
  error.name = "AbortError";
  return error;
}

/** The end of a run in which nobody can go on. */
export function deadlockError(pipeline: string, running: readonly PlacedRank[]): UserError {
  const waiting = running.map(({ stage, rank }) => `"${stage.name}" rank ${rank}`);
  return new UserError(
    `Pipeline "${pipeline}" stands still as every stage waits for a batch or a message ` +
      "that never comes: " +
      waiting.join(", "),
  );
}
