/**
 * What the jobs of a batch have left in their directories.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileAtomically } from "../../../io/atomic_write.ts";
import type { CodeHasher } from "../../engine/definition/code_hash.ts";
import { codeDifferences } from "../../run/identity/identity_differences.ts";
import type { RunSummary } from "../../run/run_result.ts";
import {
  figuresDifference,
  hasSameSpec,
  identityOf,
  readFigures,
  type RunFigures,
} from "../variations.ts";
import type { PlannedJob } from "./planned_job.ts";

/** A job with how it ended. */
export interface JobResult {
  readonly job: PlannedJob;
  readonly directory: string;
  /** "resumed" if it is done, but went on from a checkpoint on the way. */
  readonly state: "done" | "resumed" | "failed";
  /** Why it failed. */
  readonly reason?: string | undefined;
  readonly summary: RunSummary;
  readonly seconds?: number | undefined;
  readonly peakBytes?: number | undefined;
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

/** What is in the directory of a job before it runs. */
export interface HeldJob {
  /** Whether it is done, with the same pipeline and on the same data. */
  readonly isDone: boolean;
  /** What has changed since it was done, as sentences. */
  readonly warnings: readonly string[];
}

/** Looks for what an earlier process made of a job. */
export async function heldJob(
  job: PlannedJob,
  batch: string,
  hasher: CodeHasher,
): Promise<HeldJob> {
  const directory = jobDirectory(batch, job);
  const figures = await readFigures(directory);
  if (figures === undefined) return { isDone: false, warnings: [] };
  const here = await identityOf(job, hasher);
  const difference = figuresDifference(figures, job, here);
  if (difference !== undefined) {
    return { isDone: false, warnings: [`It is done again as it is another by now: ${difference}`] };
  }
  const code = codeDifferences(figures.identity, here);
  const warning = `It was done by other code (${
    code.join(", ")
  }); remove "${directory}" to do it again`;
  return { isDone: true, warnings: code.length > 0 ? [warning] : [] };
}

/** Writes that a job failed. */
export async function writeFailure(job: PlannedJob, batch: string, reason: string): Promise<void> {
  const failure: Failure = { spec: job.spec, reason };
  const bytes = new TextEncoder().encode(JSON.stringify(failure));
  await writeFileAtomically(join(jobDirectory(batch, job), FAILURE_FILE), bytes, {
    overwrite: true,
  });
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
  const figures = await readFigures(directory);
  if (figures !== undefined && hasSameSpec(figures.spec, job)) {
    return { job, directory, ...done(figures) };
  }
  const failure = await readFailure(directory);
  if (failure === undefined || !hasSameSpec(failure.spec, job)) return undefined;
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
