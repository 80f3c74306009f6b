/**
 * Automatic restarts of a run after a failure, from its last checkpoint.
 *
 * @module
 */

import { StageError } from "../../../errors.ts";
import { listCheckpoints } from "../../training/checkpoints.ts";
import { checkpointDirectory } from "../run_directory.ts";
import type { RunStart } from "./starting_point.ts";

/** A restart. */
export interface Retry {
  /** The failure before it. */
  readonly error: StageError;
  /** Where the run resumes. */
  readonly start: RunStart;
  /** Number of the restart, from 1, and their maximum. */
  readonly number: number;
  readonly retries: number;
}

/** Options of `withRetries`. */
export interface RetryOptions {
  /** Directory of the run. */
  readonly directory: string;
  /** The command that repeats the run; empty if there is none. */
  readonly command: string;
  readonly retries: number;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** Options of a restarted run. */
export interface Attempt {
  readonly resume: true;
  readonly onStart: (start: RunStart) => void;
}

/** Names of errors that would recur. */
const REFUSALS = [
  "UserError",
  "DataError",
  "PipelineError",
  "PermissionError",
  "DeviceUnavailableError",
];

/**
 * Calls `run`, and calls it again up to `retries` times after a stage has failed. The run then
 * resumes from its last checkpoint or, without one, starts from the beginning.
 *
 * A stage that refuses its task, and any failure other than a stage's, is not retried.
 *
 * @throws {StageError} If the last attempt fails; its message names the last checkpoint.
 */
export async function withRetries<Result>(
  run: (attempt?: Attempt) => Promise<Result>,
  { directory, command, retries, onRetry }: RetryOptions,
): Promise<Result> {
  let attempt: Attempt | undefined;
  for (let number = 1;; number++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (!(error instanceof StageError)) throw error;
      const complete = await withCheckpoint(error, directory, command);
      if (number > retries || isRefusal(error)) throw complete;
      attempt = { resume: true, onStart: (start) => onRetry?.({ error, start, number, retries }) };
    }
  }
}

function isRefusal({ cause }: StageError): boolean {
  return cause instanceof Error && REFUSALS.includes(cause.name);
}

/** Whether a stage refuses its options or numbers, which a resumed run would have too. */
function isTrainingRefusal({ cause }: StageError): boolean {
  return cause instanceof Error && cause.name === "UserError";
}

/** The error with the last checkpoint of every training, and how to resume from it. */
async function withCheckpoint(
  error: StageError,
  directory: string,
  command: string,
): Promise<StageError> {
  const checkpoints = await listCheckpoints(checkpointDirectory(directory));
  const byStage = Map.groupBy(checkpoints, ({ stage }) => stage);
  const latest = [...byStage.values()].map(([{ path, step }]) => `"${path}" at step ${step}`);
  if (latest.length === 0) return error;
  const subject = latest.length === 1 ? "checkpoint is" : "checkpoints are";
  const refused = isTrainingRefusal(error) ? byStage.get(error.stage)?.[0] : undefined;
  const resume = command === "" ? "resume the run" : `resume with: ${command} --resume`;
  const remedy = refused === undefined
    ? resume
    : "a resumed run would stop again; start another from its parameters with other options: " +
      `--init-from "${refused.path}"`;
  const message = `${error.message}\nThe last ${subject} ${latest.join(" and ")}; ${remedy}`;
  return new StageError(message, error.stage, error.rank, { cause: error.cause });
}
