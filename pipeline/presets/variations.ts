/**
 * Runs of one pipeline with different settings, each in a process and a directory of its own, to be read together.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import type { RunEvent, RunReport } from "../engine/report.ts";
import type { PipelineSpec } from "../engine/spec.ts";
import { type Measurements, readMeasurements } from "../stages/measurements_file.ts";
import { PeakMemory } from "./plan/peak_memory.ts";
import { StepTimes } from "./plan/step_times.ts";
import { runPipeline } from "./run.ts";

/** One of the runs. */
export interface Variation {
  /** Of its directory. */
  readonly name: string;
  /** Of its report, if it makes one. */
  readonly title: string;
  /** The command that repeats it, for its report. */
  readonly command?: string | undefined;
  readonly spec: PipelineSpec;
}

/** What is known of a run when it is over. */
export interface RunFigures {
  /** The pipeline that ran. */
  readonly spec: PipelineSpec;
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

/** The run that a directory holds, if it is that of the variation and is done. */
export async function readFinishedRun(
  variation: Variation,
  directory: string,
): Promise<FinishedRun | undefined> {
  let figures: RunFigures;
  try {
    figures = JSON.parse(await Deno.readTextFile(join(directory, FIGURES_FILE)));
  } catch (error) {
    // A file that is no JSON is none of ours: the run is made again.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (JSON.stringify(figures.spec) !== JSON.stringify(variation.spec)) return undefined;
  return { variation, directory, figures, measurements: await readMeasurements(directory) };
}

/**
 * Runs a variation in this process, and replaces what an earlier one left in its directory.
 *
 * @throws As {@linkcode runPipeline}.
 */
export async function runVariation(
  { spec, title, command = "" }: Variation,
  directory: string,
  { signal, onEvent }: { readonly signal: AbortSignal; readonly onEvent: (event: RunEvent) => void },
): Promise<void> {
  await Deno.remove(join(directory, FIGURES_FILE)).catch(() => {});
  const training = Object.keys(spec.stages).find((name) => spec.stages[name].run === "train");
  const steps = new StepTimes(training ?? ""), memory = new PeakMemory();
  const hear = (event: RunEvent) => {
    steps.hear(event);
    memory.sample();
    onEvent(event);
  };
  const { run } = await runPipeline(spec, {
    directory,
    overwrite: true,
    title,
    command,
    signal,
    onEvent: hear,
  });
  const figures: RunFigures = {
    ...{ spec, seconds: run.seconds, peakBytes: memory.bytes, stepSeconds: steps.stepSeconds },
    stages: run.stages,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(figures));
  await writeFileAtomically(join(directory, FIGURES_FILE), bytes, { overwrite: true });
}
