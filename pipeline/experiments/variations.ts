/**
 * Runs of one pipeline with different settings, each in a process and a directory of its own, to be
 * read together.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import type { CodeHasher } from "../engine/definition/code_hash.ts";
import type { RunEvent, RunReport } from "../engine/workers/run_report.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import { validatePipeline } from "../engine/definition/validate.ts";
import { type RunIdentity, runIdentity } from "../training/checkpoint_file.ts";
import { type Measurements, readMeasurements } from "../reporting/measurements_file.ts";
import { STAGES } from "../stages/registry.ts";
import { runDifferences } from "../run/identity/identity_differences.ts";
import { checkpointIdentity, identifyPipeline } from "../run/identity/pipeline_identity.ts";
import { findResumePoints } from "../run/resume/resume_points.ts";
import { checkpointDirectory } from "../run/run_directory.ts";
import type { RunOptions } from "../run/run_options.ts";
import { runPipeline } from "../run/run_pipeline.ts";
import { type RunSummary, summaryOf } from "../run/run_result.ts";

/** One of the runs. */
export interface Variation {
  /** Of its directory. */
  readonly name: string;
  /** Of its report, if it makes one. */
  readonly title: string;
  /** The command that repeats it, for its report. */
  readonly command?: string | undefined;
  readonly spec: PipelineSpec;
  /** What paths of the user's own stages are relative to. @default the working directory */
  readonly base?: string | undefined;
}

/** What is known of a run when it is over. */
export interface RunFigures {
  /** The pipeline that ran. */
  readonly spec: PipelineSpec;
  /** The data that it read, and the code. */
  readonly identity: RunIdentity;
  /** Steps, loss and errors. */
  readonly summary: RunSummary;
  /** Of the process that ended it. */
  readonly seconds: number;
  /** Most bytes of the process, which must have run nothing else. */
  readonly peakBytes: number;
  /** Mean time from one training step to the next; absent without two steps. */
  readonly stepSeconds?: number | undefined;
  /** Rows, bytes and times of every stage and rank. */
  readonly stages: RunReport["stages"];
}

/** A run with what it left. */
export interface FinishedRun {
  readonly variation: Variation;
  readonly directory: string;
  readonly figures: RunFigures;
  /** Errors and losses; undefined for a pipeline without a `report` stage. */
  readonly measurements: Measurements | undefined;
}

/** The file in the directory of a run that is written last: it is there when the run is done. */
const FIGURES_FILE = "figures.json";

/** The figures of the last run that was done in a directory, whatever it was of. */
export async function readFigures(directory: string): Promise<RunFigures | undefined> {
  let figures: RunFigures;
  try {
    figures = JSON.parse(await Deno.readTextFile(join(directory, FIGURES_FILE)));
  } catch (error) {
    // A file that is no JSON is none of ours: the run is made again.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const isWhole = runIdentity.safeParse(figures?.identity).success && figures.summary !== undefined;
  return isWhole ? figures : undefined;
}

/**
 * What makes the run of figures another than a variation would be now: its pipeline or its data.
 * The end of a sentence, or undefined where it need not be made again.
 */
export function figuresDifference(
  { spec, identity }: RunFigures,
  variation: Variation,
  here: RunIdentity,
): string | undefined {
  const difference = runDifferences(identity, here);
  if (difference !== undefined || hasSameSpec(spec, variation)) return difference;
  // Where a run happens is not part of what it is, but of its figures.
  return "its ranks or its device are others";
}

/** Whether figures are of the pipeline of a variation; its data may have changed. */
export function hasSameSpec(spec: PipelineSpec, variation: Pick<Variation, "spec">): boolean {
  return JSON.stringify(spec) === JSON.stringify(variation.spec);
}

/**
 * The run that a directory holds, if it is that of the variation, on the same data, and is done.
 */
export async function readFinishedRun(
  variation: Variation,
  directory: string,
): Promise<FinishedRun | undefined> {
  const figures = await readFigures(directory);
  if (figures === undefined) return undefined;
  if (figuresDifference(figures, variation, await identityOf(variation)) !== undefined) {
    return undefined;
  }
  return { variation, directory, figures, measurements: await readMeasurements(directory) };
}

/**
 * What a variation is made of by now.
 *
 * @param hasher One for many variations reads the code once for all of them
 */
export async function identityOf(
  { spec, base }: Variation,
  hasher?: CodeHasher,
): Promise<RunIdentity> {
  const pipeline = await validatePipeline(spec, { registry: STAGES, base });
  return checkpointIdentity(await identifyPipeline(spec, pipeline, { code: hasher }));
}

/** How a variation is run. */
export interface VariationOptions
  extends Pick<RunOptions, "onStart" | "admit" | "checkpointEvery"> {
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
  /** Whether to go on from the checkpoints of an earlier run of the same. @default false */
  readonly resume?: boolean | undefined;
  /** Told why there is nothing to go on from, where there are checkpoints. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Runs a variation in this process, and replaces what an earlier one left in its directory.
 *
 * @throws As {@linkcode runPipeline}.
 */
export async function runVariation(
  variation: Variation,
  directory: string,
  { resume = false, onWarning, ...options }: VariationOptions,
): Promise<void> {
  const { spec, base, title, command = "" } = variation;
  await Deno.remove(join(directory, FIGURES_FILE)).catch(() => {});
  const result = await runPipeline(spec, {
    ...options,
    base,
    directory,
    title,
    command,
    overwrite: true,
    resume: resume && await canResume(directory, await identityOf(variation), onWarning),
  });
  const { run, identity, figures: { peakBytes, stepSeconds } } = result;
  const figures: RunFigures = {
    spec,
    identity,
    summary: summaryOf(result),
    seconds: run.seconds,
    peakBytes,
    stepSeconds,
    stages: run.stages,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(figures));
  await writeFileAtomically(join(directory, FIGURES_FILE), bytes, { overwrite: true });
}

/**
 * Whether there are checkpoints of the same run: those of another, or damaged ones, are given up.
 */
async function canResume(
  directory: string,
  identity: RunIdentity,
  onWarning: VariationOptions["onWarning"],
): Promise<boolean> {
  try {
    const { points } = await findResumePoints(checkpointDirectory(directory), identity);
    return points.length > 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onWarning?.(`${error.message}; starting afresh`);
    return false;
  }
}
