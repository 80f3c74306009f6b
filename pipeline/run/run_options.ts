/**
 * Options of a run.
 *
 * @module
 */

import type { RunEvent } from "../engine/workers/run_report.ts";
import type { CheckpointInterval } from "../training/checkpoints.ts";
import type { Plan } from "./plan/plan.ts";
import type { Retry } from "./resume/retries.ts";
import type { RunStart } from "./resume/starting_point.ts";

/** Options of `runPipeline`. */
export interface RunOptions {
  /** Directory for the results; created if absent. @default "out/NAME" */
  readonly directory?: string | undefined;
  /** Whether to replace the results of another run in the directory. @default false */
  readonly overwrite?: boolean | undefined;
  /** Whether to resume from the checkpoints of a run that did not finish. @default false */
  readonly resume?: boolean | undefined;
  /** How often trainings write a checkpoint. @default every 60 seconds, and at their end */
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /**
   * Directory of the stage cache: a stage whose code, options, data and inputs equal those of an
   * earlier run is not run again. A run that resumes from a checkpoint does not use the cache.
   *
   * @default none; `deno task pipeline` uses `.haloflow/cache`
   */
  readonly cache?: string | undefined;
  /** Called once, before anything runs. */
  readonly onStart?: ((start: RunStart) => void) | undefined;
  /**
   * Waits until the machine has room for a run of this plan. It is called before the first worker
   * starts; the time of the run counts from its return.
   *
   * @default throws if there is no room now
   */
  readonly admit?: ((plan: Plan | undefined) => Promise<void>) | undefined;
  /** Base of relative paths to custom stages. @default the working directory */
  readonly base?: string | URL | undefined;
  /** The command that repeats the run, for the report. */
  readonly command?: string | undefined;
  /** Title of the report. @default the name of the pipeline */
  readonly title?: string | undefined;
  /**
   * Maximum number of automatic restarts after a stage has failed: from its last checkpoint, or
   * without one from the beginning. An error that would recur, such as a refused option, is not
   * retried. The thread of a stage that hangs remains until the process ends.
   *
   * @default 0
   */
  readonly retries?: number | undefined;
  /** Called before each restart. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Seconds without a sign of life after which a stage has failed. @default 5 */
  readonly silenceSeconds?: number | undefined;
  /** Stops the run when aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}
