/**
 * Runs the jobs of a batch that are not done, and tells of it.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { CodeHasher } from "../../pipeline/engine/definition/code_hash.ts";
import {
  clearFailure,
  heldJob,
  jobLog,
  readResult,
  writeFailure,
} from "../../pipeline/experiments/batch/job_results.ts";
import { MemoryBudget } from "../../pipeline/experiments/batch/memory_budget.ts";
import type { PlannedJob } from "../../pipeline/experiments/batch/planned_job.ts";
import { writeResults } from "../../pipeline/experiments/batch/results_table.ts";
import { type Ended, runSchedule } from "../../pipeline/experiments/batch/schedule.ts";
import { countOf } from "../../format.ts";
import type { CheckpointInterval } from "../../pipeline/training/checkpoints.ts";
import { interruptSignal } from "../command/command_line.ts";
import { type BatchProgress, startBatchProgress } from "./batch_progress.ts";
import type { JobMessage } from "./job_messages.ts";
import { figuresText, resultsText } from "./results_text.ts";
import { runJob } from "./run_job.ts";

/** How a batch is run. */
export interface BatchOptions {
  readonly directory: string;
  /** Jobs at once. */
  readonly atOnce: number;
  /** What they may take together. */
  readonly memoryBytes: number;
  readonly checkpointEvery?: CheckpointInterval | undefined;
}

/**
 * Runs the jobs of a shard that are not done, and keeps the table of the whole batch.
 *
 * @param all Of the batch
 * @param mine Those to run
 * @returns How many failed.
 * @throws {UserError} After an interrupt; checkpoints are kept.
 */
export async function runBatch(
  all: readonly PlannedJob[],
  mine: readonly PlannedJob[],
  options: BatchOptions,
): Promise<number> {
  const { directory } = options;
  const progress = startBatchProgress();
  const batch = new RunningBatch(all, mine.length, options, progress);
  let ended: ReadonlyMap<string, Ended>;
  try {
    ended = await runSchedule(mine, {
      atOnce: options.atOnce,
      signal: interruptSignal,
      run: (job, attempt) => batch.run(job, attempt),
      onEnd: (job, how) => batch.end(job, how),
    });
  } finally {
    progress.stop();
  }
  const results = await writeResults(all, directory, interruptSignal);
  const names = new Set(mine.map(({ name }) => name));
  const rows = results.filter(({ job }) => names.has(job.name));
  if (rows.length > 0) console.log(`${resultsText(rows)}\n`);
  console.log(
    `Results of ${countOf(results.length, "job")} are in ${join(directory, "results.csv")} ` +
      "and results.arrow",
  );
  if (interruptSignal.aborted) {
    console.error("stopped: the same command goes on from here");
    throw new UserError("Cannot go on as the command was interrupted");
  }
  return [...ended.values()].filter(({ state }) => state === "failed").length;
}

class RunningBatch {
  readonly #all: readonly PlannedJob[];
  readonly #count: number;
  readonly #options: BatchOptions;
  readonly #progress: BatchProgress;
  readonly #memory: MemoryBudget;
  /** Of what is done already; code that changes meanwhile is not looked at. */
  readonly #hasher = new CodeHasher();
  readonly #doneBefore = new Set<string>();
  #endCount = 0;

  constructor(
    all: readonly PlannedJob[],
    count: number,
    options: BatchOptions,
    progress: BatchProgress,
  ) {
    this.#all = all;
    this.#count = count;
    this.#options = options;
    this.#progress = progress;
    this.#memory = new MemoryBudget(options.memoryBytes);
  }

  /** Runs a job unless it is done. */
  async run(job: PlannedJob, attempt: number): Promise<void> {
    const { directory, checkpointEvery } = this.#options;
    const { isDone, warnings } = await heldJob(job, directory, this.#hasher);
    for (const warning of warnings) this.#progress.say(`${job.name}: warning: ${warning}`);
    if (isDone) return void this.#doneBefore.add(job.name);
    await clearFailure(job, directory);
    this.#progress.say(
      `${job.name}: starts${attempt > 1 ? ` again (${attempt} of ${job.retries + 1})` : ""}`,
    );
    try {
      await runJob(job, attempt, {
        directory,
        memory: this.#memory,
        checkpointEvery,
        signal: interruptSignal,
        onMessage: (message) => this.#hear(job, message),
      });
    } finally {
      this.#progress.finish(job.name);
    }
    if (await readResult(job, directory) === undefined) {
      throw new UserError("Its process ended well but left no figures");
    }
  }

  /** Says how a job ended, and adds it to the table. */
  async end(job: PlannedJob, ended: Ended): Promise<void> {
    const { directory } = this.#options;
    if (ended.state === "stopped") return this.#progress.say(`${job.name}: stopped`);
    const which = `(${++this.#endCount} of ${this.#count})`;
    if (this.#doneBefore.has(job.name)) {
      return this.#progress.say(`${job.name}: done before ${which}`);
    }
    if (ended.state === "failed") {
      const { reason, attempts } = ended;
      await writeFailure(job, directory, reason);
      const log = attempts === 0 ? "" : `; see ${jobLog(directory, job)}`;
      this.#progress.say(`${job.name}: FAILED ${which}: ${reason}${log}`);
    }
    const results = await writeResults(this.#all, directory, interruptSignal);
    const result = results.find(({ job: { name } }) => name === job.name);
    if (ended.state === "done" && result !== undefined) {
      this.#progress.say(`${job.name}: done: ${figuresText(result)} ${which}`);
    }
  }

  #hear({ name }: PlannedJob, message: JobMessage): void {
    if (message.type === "progress") {
      this.#progress.update(name, message.done, message.total, message.loss);
    } else if (message.type === "resumed") {
      this.#progress.say(`${name}: resumed at step ${message.step} of ${message.steps}`);
    } else if (message.type === "warning") {
      this.#progress.say(`${name}: warning: ${message.message}`);
    }
  }
}
