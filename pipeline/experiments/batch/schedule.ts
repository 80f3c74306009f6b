/**
 * The schedule of a batch: several jobs at once, each after the one that it starts from, with
 * retries.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import type { PlannedJob } from "./planned_job.ts";

/** Name, order and retries of a job. */
export type ScheduledJob = Pick<PlannedJob, "name" | "after" | "retries">;

/** How a job ended. */
export type Ended =
  | { readonly state: "done" }
  | { readonly state: "failed"; readonly reason: string; readonly attempts: number }
  /** Stopped before its end, or never started. */
  | { readonly state: "stopped" };

/** How jobs run. */
export interface Schedule<J> {
  /** Maximum number of jobs that run at once. */
  readonly maxJobs: number;
  /** When aborted, no more jobs start; `run` must stop those that run. */
  readonly signal: AbortSignal;
  /** Runs a job once and throws the reason if it fails. */
  readonly run: (job: J, attempt: number) => Promise<void>;
  /** Called when a job has ended, before its successors start. */
  readonly onEnd: (job: J, ended: Ended) => Promise<void>;
}

/** Thrown by `run` for a failure that another attempt cannot change. */
export class FinalFailure extends Error {
  override name = "FinalFailure";
}

/**
 * Runs all jobs. A failure ends no other jobs except those that start from the failed one.
 *
 * @param jobs Each after the one that it starts from; one that is not among them counts as done
 * @returns How each job ended, by name.
 */
export async function runSchedule<J extends ScheduledJob>(
  jobs: readonly J[],
  { maxJobs, signal, run, onEnd }: Schedule<J>,
): Promise<ReadonlyMap<string, Ended>> {
  const waiting = [...jobs];
  const ended = new Map<string, Ended>();
  const running = new Set<Promise<void>>();
  const names = new Set(jobs.map(({ name }) => name));
  const isReady = ({ after }: J) => after === undefined || !names.has(after) || ended.has(after);
  const runJob = async (job: J) => {
    const before = job.after === undefined ? undefined : ended.get(job.after);
    const outcome = before === undefined || before.state === "done"
      ? await attempts(job, run, signal)
      : before.state === "stopped"
      ? before
      : failedBefore(job);
    await onEnd(job, outcome);
    ended.set(job.name, outcome);
  };
  while (waiting.length > 0 || running.size > 0) {
    while (running.size < maxJobs && !signal.aborted) {
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
      if (attempt <= (job.retries ?? 0) && !(error instanceof FinalFailure)) continue;
      return { state: "failed", reason: messageOf(error), attempts: attempt };
    }
  }
}

function failedBefore({ after }: ScheduledJob): Ended {
  return {
    state: "failed",
    reason: `Cannot start from the model of job "${after}": that job failed`,
    attempts: 0,
  };
}
