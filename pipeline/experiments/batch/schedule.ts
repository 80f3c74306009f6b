/**
 * Runs the jobs of a batch: several at once, each after the one that it starts from, and again when
 * it fails.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import type { ChainedJob } from "./shards.ts";

/** A job that may be tried again. */
export interface ScheduledJob extends ChainedJob {
  readonly retries: number;
}

/** How a job ended. */
export type Ended =
  | { readonly state: "done" }
  | { readonly state: "failed"; readonly reason: string; readonly attempts: number }
  /** It was stopped before its end, or never started. */
  | { readonly state: "stopped" };

/** How jobs are run. */
export interface Schedule<J> {
  /** How many at once. */
  readonly atOnce: number;
  /** When aborted, no more jobs start; those that run are stopped by whoever runs them. */
  readonly signal: AbortSignal;
  /** Runs a job once; an error that it throws is why it failed. */
  readonly run: (job: J, attempt: number) => Promise<void>;
  /** Called when a job has ended, before its successors start. */
  readonly onEnd: (job: J, ended: Ended) => Promise<void>;
}

/** Thrown by `run` for a failure that another attempt cannot change. */
export class FinalFailure extends Error {
  override name = "FinalFailure";
}

/**
 * Runs all jobs and gives how each ended, by name. A failure ends no other job but those that start
 * from the one that failed.
 *
 * @param jobs Each comes after the one that it starts from; one that is not among them is taken as
 * done.
 */
export async function runSchedule<J extends ScheduledJob>(
  jobs: readonly J[],
  { atOnce, signal, run, onEnd }: Schedule<J>,
): Promise<ReadonlyMap<string, Ended>> {
  const waiting = [...jobs];
  const ended = new Map<string, Ended>();
  const running = new Set<Promise<void>>();
  const names = new Set(jobs.map(({ name }) => name));
  const isReady = ({ after }: J) => after === undefined || !names.has(after) || ended.has(after);
  const runJob = async (job: J) => {
    const before = job.after === undefined ? undefined : ended.get(job.after);
    const how = before === undefined || before.state === "done"
      ? await attempts(job, run, signal)
      : before.state === "stopped"
      ? before
      : failedBefore(job);
    await onEnd(job, how);
    ended.set(job.name, how);
  };
  while (waiting.length > 0 || running.size > 0) {
    while (running.size < atOnce && !signal.aborted) {
      const next = waiting.findIndex(isReady);
      if (next < 0) break;
      const [job] = waiting.splice(next, 1);
      const work = runJob(job).finally(() => running.delete(work));
      running.add(work);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  for (const { name } of waiting) ended.set(name, { state: "stopped" });
  return ended;
}

async function attempts<J extends ScheduledJob>(
  job: J,
  run: Schedule<J>["run"],
  signal: AbortSignal,
): Promise<Ended> {
  for (let attempt = 1;; attempt++) {
    if (signal.aborted) return { state: "stopped" };
    try {
      await run(job, attempt);
      return { state: "done" };
    } catch (error) {
      if (signal.aborted) return { state: "stopped" };
      if (attempt <= job.retries && !(error instanceof FinalFailure)) continue;
      return { state: "failed", reason: messageOf(error), attempts: attempt };
    }
  }
}

function failedBefore({ after }: ScheduledJob): Ended {
  return {
    state: "failed",
    reason: `Cannot start from the model of job "${after}" as it failed`,
    attempts: 0,
  };
}
