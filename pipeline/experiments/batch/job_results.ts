/**
 * Results that the jobs of a batch have left in their directories.
 *
 * @module
 */

import { join } from "node:path";
import { writeText } from "../../../io/atomic_write.ts";
import { ifPresent } from "../../../io/if_present.ts";
import type { CodeHasher } from "../../engine/definition/code_hash.ts";
import { type Measurements, readMeasurements } from "../../reporting/measurements_file.ts";
import { codeDifferences } from "../../run/identity/identity_differences.ts";
import type { RunSummary } from "../../run/run_result.ts";
import {
  figuresDifference,
  hasSameSpec,
  identityOf,
  type JobFigures,
  readFigures,
  readJson,
} from "./job_figures.ts";
import type { PlannedJob } from "./planned_job.ts";

/** How a job ended. */
export interface JobResult<Job extends PlannedJob = PlannedJob> {
  readonly job: Job;
  readonly directory: string;
  /** "resumed" if it is done, but resumed from a checkpoint on the way. */
  readonly state: "done" | "resumed" | "failed";
  /** Why it failed. */
  readonly reason?: string | undefined;
  readonly summary: RunSummary;
  readonly seconds?: number | undefined;
  readonly peakBytes?: number | undefined;
}

/** A job that is done, with everything that it measured. */
export interface FinishedJob {
  readonly job: PlannedJob;
  readonly directory: string;
  readonly figures: JobFigures;
  /** Errors and losses; undefined for a pipeline without an `evaluate` stage. */
  readonly measurements: Measurements | undefined;
}

/** The file in the directory of a job that failed. */
const FAILURE_FILE = "failure.json";

/** The file with everything that the processes of a job printed to their error streams. */
const LOG_FILE = "log.txt";

interface Failure {
  readonly spec: PlannedJob["spec"];
  readonly reason: string;
}

/** The directory of a job. */
export function jobDirectory(batch: string, { name }: Pick<PlannedJob, "name">): string {
  return join(batch, name);
}

/** The path of the log of a job. */
export function jobLog(batch: string, job: Pick<PlannedJob, "name">): string {
  return join(jobDirectory(batch, job), LOG_FILE);
}

/** State of a job before it runs. */
export interface EarlierJob {
  /** Whether it is done, with the same pipeline and on the same data. */
  readonly isDone: boolean;
  /** Changes since it was done, as sentences. */
  readonly warnings: readonly string[];
}

/** Checks whether an earlier process has finished a job. */
export async function earlierJob(
  job: PlannedJob,
  batch: string,
  hasher: CodeHasher,
): Promise<EarlierJob> {
  const directory = jobDirectory(batch, job);
  const figures = await readFigures(directory);
  if (figures === undefined) return { isDone: false, warnings: [] };
  const current = await identityOf(job, hasher);
  const difference = figuresDifference(figures, job, current);
  if (difference !== undefined) {
    return { isDone: false, warnings: [`It runs again because it has changed: ${difference}`] };
  }
  const code = codeDifferences(figures.identity, current).join(", ");
  const warning = `It was done by other code (${code}); remove "${directory}" to run it again`;
  return { isDone: true, warnings: code === "" ? [] : [warning] };
}

/** Writes that a job failed. */
export async function writeFailure(job: PlannedJob, batch: string, reason: string): Promise<void> {
  const failure: Failure = { spec: job.spec, reason };
  await writeText(join(jobDirectory(batch, job), FAILURE_FILE), JSON.stringify(failure));
}

/** Removes the failure of a job that is tried again. */
export async function clearFailure(job: PlannedJob, batch: string): Promise<void> {
  await ifPresent(Deno.remove(join(jobDirectory(batch, job), FAILURE_FILE)));
}

/**
 * How a job ended, whichever process ran it; undefined if it has not ended or its pipeline has
 * changed since.
 */
export async function readResult<Job extends PlannedJob>(
  job: Job,
  batch: string,
): Promise<JobResult<Job> | undefined> {
  const directory = jobDirectory(batch, job);
  const figures = await readFigures(directory);
  if (figures !== undefined && hasSameSpec(figures.spec, job)) {
    const { summary, seconds, peakBytes } = figures;
    const isResumed = (summary.runSteps ?? 0) < (summary.steps ?? 0);
    const state = isResumed ? "resumed" : "done";
    return { job, directory, state, summary, seconds, peakBytes };
  }
  const failure = await readJson<Failure>(join(directory, FAILURE_FILE));
  if (failure === undefined || !hasSameSpec(failure.spec, job)) return undefined;
  return { job, directory, state: "failed", reason: failure.reason, summary: {} };
}

/** Everything that a job measured; undefined if it is not done or its pipeline has changed. */
export async function readFinishedJob(
  job: PlannedJob,
  batch: string,
): Promise<FinishedJob | undefined> {
  const directory = jobDirectory(batch, job);
  const figures = await readFigures(directory);
  if (figures === undefined || !hasSameSpec(figures.spec, job)) return undefined;
  return { job, directory, figures, measurements: await readMeasurements(directory) };
}
