/**
 * The figures of a finished job: what it ran, on which data, and what that took.
 *
 * @module
 */

import { join } from "node:path";
import { writeText } from "../../../io/atomic_write.ts";
import { ifPresent } from "../../../io/if_present.ts";
import type { CodeHasher } from "../../engine/definition/code_hash.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { validPipeline } from "../../run/valid_pipeline.ts";
import type { RunReport } from "../../engine/workers/run_report.ts";
import { runDifferences } from "../../run/identity/identity_differences.ts";
import { checkpointIdentity, identifyPipeline } from "../../run/identity/pipeline_identity.ts";
import type { RunSummary } from "../../run/run_result.ts";
import { STAGES } from "../../stages/registry.ts";
import { type RunIdentity, runIdentity } from "../../training/checkpoint_file.ts";
import type { PlannedJob } from "./planned_job.ts";

/** Figures of a finished job. */
export interface JobFigures {
  /** The pipeline that ran. */
  readonly spec: PipelineSpec;
  /** The data and the code that it ran on. */
  readonly identity: RunIdentity;
  /** Steps, loss and errors. */
  readonly summary: RunSummary;
  /** Duration of the process that finished it. */
  readonly seconds: number;
  /** Peak memory of that process, which ran nothing else. */
  readonly peakBytes: number;
  /** Mean time from one training step to the next; absent below two steps. */
  readonly stepSeconds?: number | undefined;
  /** Rows, bytes and times of every stage and rank. */
  readonly stages: RunReport["stages"];
}

/** The file that is written last into the directory of a job: it exists if the job is done. */
const FIGURES_FILE = "figures.json";

/** Writes the figures of a job that has just finished. */
export async function writeFigures(directory: string, figures: JobFigures): Promise<void> {
  await writeText(join(directory, FIGURES_FILE), JSON.stringify(figures));
}

/** Removes the figures of an earlier run before a job starts. */
export async function removeFigures(directory: string): Promise<void> {
  await Deno.remove(join(directory, FIGURES_FILE)).catch(() => {});
}

/** The figures of the job that last finished in a directory, whichever job that was. */
export async function readFigures(directory: string): Promise<JobFigures | undefined> {
  const figures = await readJson<JobFigures>(join(directory, FIGURES_FILE));
  const isComplete = runIdentity.safeParse(figures?.identity).success &&
    figures?.summary !== undefined;
  return isComplete ? figures : undefined;
}

/** The contents of a file of a job; undefined if it is absent, or not JSON as jobs write it. */
export async function readJson<Contents>(path: string): Promise<Contents | undefined> {
  try {
    return JSON.parse(await ifPresent(Deno.readTextFile(path)) ?? "");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * How the pipeline or the data of a finished job differ from those of a planned one, as the end of
 * a sentence; undefined if the job need not run again.
 */
export function figuresDifference(
  { spec, identity }: JobFigures,
  job: PlannedJob,
  current: RunIdentity,
): string | undefined {
  const difference = runDifferences(identity, current);
  if (difference !== undefined || hasSameSpec(spec, job)) return difference;
  // The identity leaves out where a run happens, but times and memory depend on it.
  return "its ranks or its device differ";
}

/** Whether figures belong to the pipeline of a job; its data may have changed. */
export function hasSameSpec(spec: PipelineSpec, job: Pick<PlannedJob, "spec">): boolean {
  return JSON.stringify(spec) === JSON.stringify(job.spec);
}

/**
 * Identity that a job has now.
 *
 * @param hasher Shared by several jobs, so that the code is read once for all of them
 * @throws {PipelineError} If the pipeline of the job is not valid.
 */
export async function identityOf(
  { spec, base }: PlannedJob,
  hasher?: CodeHasher,
): Promise<RunIdentity> {
  const complete = await validPipeline(spec, { registry: STAGES, base });
  const identity = await identifyPipeline(complete.spec, complete.pipeline, { code: hasher });
  return checkpointIdentity(identity);
}
