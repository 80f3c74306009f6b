/**
 * What the jobs of a batch have left in their directories.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileAtomically } from "../../../io/atomic_write.ts";
import type { CodeHasher } from "../../engine/code_hash.ts";
import { codeDifferences } from "../resume/run_identity.ts";
import type { RunSummary } from "../run_summary.ts";
import { identityOf, readFigures, readFiguresOf, type RunFigures } from "../variations.ts";
import type { PlannedJob } from "./planned_jobs.ts";

/** A job with how it ended. */
export interface JobResult {
  readonly job: PlannedJob;
  readonly directory: string;
  /** "resumed" if it is done, but went on from a checkpoint on the way. */
  readonly state: "done" | "resumed" | "failed";
  /** Why it failed. */
  readonly reason?: string;
  readonly summary: RunSummary;
  readonly seconds?: number;
  readonly peakBytes?: number;
}

/** Says in the directory of a job that it failed. */
const FAILURE_FILE = "failure.json";

/** What the error stream of the processes of a job had to say. */
const LOG_FILE = "log.txt";

interface Failure {
  readonly spec: PlannedJob["spec"];
  readonly reason: string;
}

/** The directory of a job. */
export function jobDirectory(batch: string, { name }: Pick<PlannedJob, "name">): string {
  return join(batch, name);
}

/** Where the messages of a job are. */
export function jobLog(batch: string, job: Pick<PlannedJob, "name">): string {
  return join(jobDirectory(batch, job), LOG_FILE);
}

/** Whether a job is done, with the same pipeline and on the same data, and what of its code has changed since. */
export async function finishedJob(
  job: PlannedJob,
  batch: string,
  hasher: CodeHasher,
): Promise<{ readonly changedCode: readonly string[] } | undefined> {
  const figures = await readFigures(job, jobDirectory(batch, job), hasher);
  return figures && { changedCode: codeDifferences(figures.identity, await identityOf(job, hasher)) };
}

/** Writes that a job failed. */
export async function writeFailure(job: PlannedJob, batch: string, reason: string): Promise<void> {
  const failure: Failure = { spec: job.spec, reason };
  const bytes = new TextEncoder().encode(JSON.stringify(failure));
  await writeFileAtomically(join(jobDirectory(batch, job), FAILURE_FILE), bytes, { overwrite: true });
}

/** Forgets that a job failed: it is tried again. */
export async function clearFailure(job: PlannedJob, batch: string): Promise<void> {
  try {
    await Deno.remove(join(jobDirectory(batch, job), FAILURE_FILE));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** How a job ended, whichever process ran it; undefined if it has not, or is another one by now. */
export async function readResult(job: PlannedJob, batch: string): Promise<JobResult | undefined> {
  const directory = jobDirectory(batch, job);
  const figures = await readFiguresOf(job.spec, directory);
  if (figures !== undefined) return { job, directory, ...done(figures) };
  const failure = await readFailure(directory);
  if (failure === undefined || JSON.stringify(failure.spec) !== JSON.stringify(job.spec)) return undefined;
  return { job, directory, state: "failed", reason: failure.reason, summary: {} };
}

function done({ summary, seconds, peakBytes }: RunFigures): Omit<JobResult, "job" | "directory"> {
  const isResumed = (summary.runSteps ?? 0) < (summary.steps ?? 0);
  return { state: isResumed ? "resumed" : "done", summary, seconds, peakBytes };
}

async function readFailure(directory: string): Promise<Failure | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(join(directory, FAILURE_FILE)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
