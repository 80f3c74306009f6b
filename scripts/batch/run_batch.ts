/**
 * Runs the jobs of a batch that are not done, and prints their progress.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { countOf } from "../../format.ts";
import { CodeHasher } from "../../pipeline/engine/definition/code_hash.ts";
import { validPipeline } from "../../pipeline/run/valid_pipeline.ts";
import {
  clearFailure,
  earlierJob,
  type FinishedJob,
  jobLog,
  readFinishedJob,
  readResult,
  writeFailure,
} from "../../pipeline/experiments/batch/job_results.ts";
import { MemoryBudget } from "../../pipeline/experiments/batch/memory_budget.ts";
import type { PlannedJob } from "../../pipeline/experiments/batch/planned_job.ts";
import { figuresText } from "../../pipeline/experiments/batch/results_table.ts";
import { type Ended, runSchedule } from "../../pipeline/experiments/batch/schedule.ts";
import { thisMachine } from "../../pipeline/run/plan/machine.ts";
import { STAGES } from "../../pipeline/stages/registry.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";
import { interruptSignal } from "../command/command_line.ts";
import { type BatchProgress, startBatchProgress } from "./batch_progress.ts";
import type { JobMessage } from "./job_messages.ts";
import { runJob } from "./run_job.ts";

/** How a batch runs. */
export interface BatchOptions {
  /** Directory that holds those of the jobs. */
  readonly directory: string;
  /** Maximum number of jobs that run at once. @default 1 */
  readonly maxJobs?: number | undefined;
  /** Memory that all running jobs share. @default the memory that is available */
  readonly memoryBytes?: number | undefined;
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /** Whether unfinished jobs resume from their checkpoints. @default true */
  readonly resume?: boolean | undefined;
  /** Called after a job has ended and before those that start from it begin. */
  readonly onEnd?: (() => Promise<unknown>) | undefined;
}

/**
 * Runs the jobs that are not done, each in its own process. After an interrupt, no more jobs start
 * and those that run write a checkpoint.
 *
 * @returns How each job ended, by name
 */
export async function runBatch(
  jobs: readonly PlannedJob[],
  options: BatchOptions,
): Promise<ReadonlyMap<string, Ended>> {
  const progress = startBatchProgress();
  const batch = new RunningBatch(jobs.length, options, progress);
  try {
    return await runSchedule(jobs, {
      maxJobs: options.maxJobs ?? 1,
      signal: interruptSignal,
      run: (job, attempt) => batch.run(job, attempt),
      onEnd: (job, ended) => batch.end(job, ended),
    });
  } finally {
    progress.stop();
  }
}

/**
 * Throws unless all jobs are done.
 *
 * @param what Name of the batch in the message, such as "comparison"
 * @throws {UserError} If a job has failed or the command was interrupted.
 */
export function checkAllDone(ended: ReadonlyMap<string, Ended>, what: string): void {
  if (interruptSignal.aborted) {
    console.error("stopped: run the same command to continue");
    throw new UserError(`Cannot finish the ${what}: interrupted`);
  }
  const failed = [...ended.values()].filter(({ state }) => state === "failed").length;
  if (failed === 0) return;
  throw new UserError(
    `Cannot finish the ${what}: ${countOf(failed, "job")} of ${ended.size} failed; see the logs ` +
      "named above, then run the same command again",
  );
}

/**
 * Finishes all jobs and reads what they measured.
 *
 * @param what Name of the batch in messages
 * @returns The jobs in their order
 * @throws {PipelineError} If the pipeline of a job is not valid; nothing was started.
 * @throws {UserError} If a job has failed or the command was interrupted.
 */
export async function finishJobs(
  jobs: readonly PlannedJob[],
  what: string,
  options: BatchOptions,
): Promise<readonly FinishedJob[]> {
  for (const { spec, base } of jobs) await validPipeline(spec, { registry: STAGES, base });
  checkAllDone(await runBatch(jobs, options), what);
  const finished = await Promise.all(jobs.map((job) => readFinishedJob(job, options.directory)));
  return finished.filter((job) => job !== undefined);
}

class RunningBatch {
  readonly #count: number;
  readonly #options: BatchOptions;
  readonly #progress: BatchProgress;
  readonly #memory: MemoryBudget;
  /** Code of the jobs that are done; later changes of the code are ignored. */
  readonly #hasher = new CodeHasher();
  readonly #doneBefore = new Set<string>();
  #endCount = 0;

  constructor(count: number, options: BatchOptions, progress: BatchProgress) {
    const available = thisMachine()?.availableBytes ?? Number.MAX_SAFE_INTEGER;
    this.#count = count;
    this.#options = options;
    this.#progress = progress;
    this.#memory = new MemoryBudget(options.memoryBytes ?? available);
  }

  /** Runs a job unless it is done. */
  async run(job: PlannedJob, attempt: number): Promise<void> {
    const { directory, checkpointEvery, resume = true } = this.#options;
    const { isDone, warnings } = await earlierJob(job, directory, this.#hasher);
    for (const warning of warnings) this.#progress.print(`${job.name}: warning: ${warning}`);
    if (isDone) return void this.#doneBefore.add(job.name);
    await clearFailure(job, directory);
    const again = attempt > 1 ? ` again (${attempt} of ${1 + (job.retries ?? 0)})` : "";
    this.#progress.print(`${job.name}: starts${again}`);
    try {
      await runJob(job, attempt, {
        directory,
        memory: this.#memory,
        checkpointEvery,
        resume,
        signal: interruptSignal,
        onMessage: (message) => this.#receive(job, message),
      });
    } finally {
      this.#progress.finish(job.name);
    }
    if (await readResult(job, directory) === undefined) {
      throw new UserError("Its process exited with code 0 but left no figures");
    }
  }

  /** Prints how a job ended. */
  async end(job: PlannedJob, ended: Ended): Promise<void> {
    const { directory, onEnd } = this.#options;
    if (ended.state === "stopped") return this.#progress.print(`${job.name}: stopped`);
    const place = `(${++this.#endCount} of ${this.#count})`;
    if (this.#doneBefore.has(job.name)) {
      return this.#progress.print(`${job.name}: done before ${place}`);
    }
    if (ended.state === "failed") {
      const { reason, attempts } = ended;
      await writeFailure(job, directory, reason);
      const log = attempts === 0 ? "" : `; see ${jobLog(directory, job)}`;
      this.#progress.print(`${job.name}: FAILED ${place}: ${reason}${log}`);
    }
    await onEnd?.();
    const result = await readResult(job, directory);
    if (ended.state === "done" && result !== undefined) {
      this.#progress.print(`${job.name}: done: ${figuresText(result)} ${place}`);
    }
  }

  #receive({ name }: PlannedJob, message: JobMessage): void {
    if (message.type === "progress") {
      this.#progress.update(name, message.done, message.total, message.loss);
    } else if (message.type === "resumed") {
      this.#progress.print(`${name}: resumed at step ${message.step} of ${message.steps}`);
    } else if (message.type === "warning") {
      this.#progress.print(`${name}: warning: ${message.message}`);
    }
  }
}
