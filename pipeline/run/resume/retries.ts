/**
 * A run that goes on by itself after a failure, from its last checkpoint.
 *
 * @module
 */

import { StageError } from "../../../errors.ts";
import { listCheckpoints } from "../../training/checkpoints.ts";
import { checkpointDirectory } from "../run_directory.ts";
import type { RunStart } from "./starting_point.ts";

/** A run that starts again. */
export interface Retry {
  /** What ended the run before. */
  readonly error: StageError;
  /** Where it goes on. */
  readonly start: RunStart;
  /** Number of the retry, from 1, of the `retries` that there may be. */
  readonly number: number;
  readonly retries: number;
}

/** How often a run may fail, and what is said of it. */
export interface RetryOptions {
  /** Directory of the run. */
  readonly directory: string;
  /** The command that repeats the run; empty if there is none. */
  readonly command: string;
  readonly retries: number;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** How one of several runs starts. */
export interface Attempt {
  readonly resume: true;
  readonly onStart: (start: RunStart) => void;
}

/** Errors for what cannot be done as asked: it could not the next time either. */
const REFUSALS = [
  "UserError",
  "DataError",
  "PipelineError",
  "PermissionError",
  "DeviceUnavailableError",
];

/**
 * The result of `run`, which is called again after a stage has failed, up to `retries` times, to go
 * on from the last checkpoint or, without one, from the beginning.
 *
 * What a stage refuses is not tried again, nor is anything but the failure of a stage.
 *
 * @throws {StageError} The last failure, with the last checkpoint in its message.
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
      const told = await tellCheckpoint(error, directory, command);
      if (number > retries || isRefusal(error)) throw told;
      attempt = { resume: true, onStart: (start) => onRetry?.({ error, start, number, retries }) };
    }
  }
}

function isRefusal({ cause }: StageError): boolean {
  return cause instanceof Error && REFUSALS.includes(cause.name);
}

/** The error with the last checkpoint of every training, and how to go on from there. */
async function tellCheckpoint(
  error: StageError,
  directory: string,
  command: string,
): Promise<StageError> {
  const byStage = Map.groupBy(
    await listCheckpoints(checkpointDirectory(directory)),
    ({ stage }) => stage,
  );
  const latest = [...byStage.values()].map(([{ path, step }]) => `"${path}" at step ${step}`);
  if (latest.length === 0) return error;
  const [noun, verb] = latest.length === 1 ? ["checkpoint", "is"] : ["checkpoints", "are"];
  const remedy = command === "" ? "resume the run to go on" : `go on with: ${command} --resume`;
  const message = `${error.message}\nThe last ${noun} ${verb} ${latest.join(" and ")}; ${remedy}`;
  return new StageError(message, error.stage, error.rank, { cause: error.cause });
}
