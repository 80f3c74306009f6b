/**
 * Runs a job in this process.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { findResumePoints } from "../../run/resume/resume_points.ts";
import { checkpointDirectory } from "../../run/run_directory.ts";
import type { RunOptions } from "../../run/run_options.ts";
import { runPipeline } from "../../run/run_pipeline.ts";
import { summaryOf } from "../../run/run_result.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";
import { identityOf, removeFigures, writeFigures } from "./job_figures.ts";
import type { PlannedJob } from "./planned_job.ts";

/** How a job runs. */
export interface JobRunOptions
  extends Pick<RunOptions, "signal" | "onEvent" | "onStart" | "admit" | "checkpointEvery"> {
  /** Whether to resume from the checkpoints of an earlier run of the job. @default false */
  readonly resume?: boolean | undefined;
  /** Receives the reason if there are checkpoints but none can be resumed from. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Runs a job and replaces the results of an earlier run in its directory.
 *
 * @throws As {@linkcode runPipeline}.
 */
export async function runPlannedJob(
  job: PlannedJob,
  directory: string,
  { resume = false, onWarning, ...options }: JobRunOptions = {},
): Promise<void> {
  const { spec, base, title, command } = job;
  await removeFigures(directory);
  const result = await runPipeline(spec, {
    ...options,
    base,
    directory,
    title,
    command,
    overwrite: true,
    resume: resume && await canResume(directory, await identityOf(job), onWarning),
  });
  const { identity, run: { seconds, stages }, figures: { peakBytes, stepSeconds } } = result;
  const summary = summaryOf(result);
  await writeFigures(directory, {
    spec,
    identity,
    summary,
    seconds,
    peakBytes,
    stepSeconds,
    stages,
  });
}

/** Whether the same run left checkpoints; those of another run and damaged ones are ignored. */
async function canResume(
  directory: string,
  identity: RunIdentity,
  onWarning: JobRunOptions["onWarning"],
): Promise<boolean> {
  try {
    const { points } = await findResumePoints(checkpointDirectory(directory), identity);
    return points.length > 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onWarning?.(`${error.message}; starting from the beginning`);
    return false;
  }
}
