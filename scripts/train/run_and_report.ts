/**
 * Runs a pipeline as a command does: progress, retries, results.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { countOf, formatPercent } from "../../format.ts";
import type { PipelineSpec } from "../../pipeline/engine/definition/spec.ts";
import type { ValidationCurve } from "../../pipeline/reporting/report_data.ts";
import { briefMetricsText, metricsText } from "../../pipeline/reporting/tables/metrics_text.ts";
import { CACHE_DIRECTORY } from "../../pipeline/run/cache/stage_cache.ts";
import { checkFit, thisMachine } from "../../pipeline/run/plan/machine.ts";
import type { Retry } from "../../pipeline/run/resume/retries.ts";
import type { RunStart } from "../../pipeline/run/resume/starting_point.ts";
import { checkpointDirectory } from "../../pipeline/run/run_directory.ts";
import { planRun, runPipeline } from "../../pipeline/run/run_pipeline.ts";
import { listCheckpoints } from "../../pipeline/training/checkpoints.ts";
import { ageText } from "../command/age_text.ts";
import { interruptSignal, pauseCommand } from "../command/command_line.ts";
import { shellWord } from "../command/command_text.ts";
import { projectPath } from "../command/paths.ts";
import type { RunFlags } from "../options/run_flags.ts";
import { comparisonText, planText } from "../progress/plan_text.ts";
import { startRunProgress } from "../progress/run_progress.ts";

/** A pipeline to run, and how its report names it. */
export interface NamedPipeline {
  readonly spec: PipelineSpec;
  /** Base of the paths of custom stages. @default the working directory */
  readonly base?: URL | undefined;
  readonly title: string;
  /** The command that repeats the run. */
  readonly command: string;
  /** Data to predict with the model, for the next command. @default the store of the run */
  readonly newData?: string | undefined;
}

/** Directory of the results. */
export function resultsDirectory({ name }: Pick<PipelineSpec, "name">, { out }: RunFlags): string {
  return out ?? projectPath(join("out", name));
}

/** Runs a pipeline with progress, and prints its errors and the next commands. */
export async function runAndReport(
  { spec, base, title, command, newData }: NamedPipeline,
  flags: RunFlags,
): Promise<void> {
  const directory = resultsDirectory(spec, flags);
  let progress = startRunProgress();
  const stopWaiting = waitForPause(flags);
  const { start, report } = await runPipeline(spec, {
    directory,
    overwrite: flags.overwrite,
    resume: flags.resume,
    checkpointEvery: flags.checkpointEvery,
    cache: flags.cache ? CACHE_DIRECTORY : undefined,
    onStart(start) {
      if (flags.resume) printStart(start, directory);
      printCached(start);
    },
    retries: flags.retries,
    onRetry(retry) {
      progress.stop();
      printRetry(retry);
      progress = startRunProgress();
    },
    base,
    title,
    command,
    signal: interruptSignal,
    onEvent: (event) => progress.show(event),
  }).catch(async (error: unknown) => {
    progress.stop();
    if (interruptSignal.aborted) await printResumption(directory, command);
    throw error;
  }).finally(() => {
    stopWaiting();
    progress.stop();
  });
  if (start.state === "finished") return;
  if (report !== undefined) {
    console.log(flags.details ? metricsText(report.metrics) : briefMetricsText(report.metrics));
    const { runSteps = report.steps } = report;
    const part = runSteps === report.steps ? "" : `${runSteps} of `;
    const steps = part + countOf(report.steps, "step");
    const when = start.state === "cached" ? " when it ran" : "";
    const time = `${report.seconds.toFixed(1)} s in total${when}`;
    console.log(`${steps} on ${countOf(report.ranks, "rank")} (${report.device}), ${time}`);
    if (report.validation !== undefined) console.log(validationText(report.validation));
    if (report.plan !== undefined) console.log(comparisonText(report.plan));
  }
  console.log(
    report === undefined
      ? `Results are in ${directory}`
      : `Open ${join(directory, "report.html")}; then: ${predictCommand(directory, spec, newData)}`,
  );
}

/**
 * Pauses the run after the time of `--for`, and at SIGUSR1, which Slurm sends before the limit of a
 * job.
 *
 * @returns Stops waiting
 */
function waitForPause({ for: time }: RunFlags): () => void {
  const timer = time && setTimeout(
    () => pauseCommand(`--for ${time.text} is over`),
    Math.max(0, 1000 * time.seconds - performance.now()),
  );
  const onSignal = () => pauseCommand("it received SIGUSR1");
  const hasSignal = Deno.build.os !== "windows";
  if (hasSignal) Deno.addSignalListener("SIGUSR1", onSignal);
  return () => {
    if (timer !== undefined) clearTimeout(timer);
    if (hasSignal) Deno.removeSignalListener("SIGUSR1", onSignal);
  };
}

/** Prints the command that resumes a run that was stopped. */
async function printResumption(directory: string, command: string): Promise<void> {
  const [latest] = await listCheckpoints(checkpointDirectory(directory));
  if (latest === undefined || command === "") return;
  console.error(`Checkpoint at step ${latest.step}; resume with: ${command} --resume`);
}

/** The validation of the retained model, next to that of the best one. */
function validationText({ points, bestStep, keptStep }: ValidationCurve): string {
  const errorAt = (step: number | undefined) =>
    formatPercent(points.find((point) => point.step === step)?.relativeL2 ?? NaN);
  const kept = `Validation: relative L2 ${errorAt(keptStep)}`;
  return bestStep === keptStep
    ? `${kept}, the best of ${points.length}, at step ${keptStep}, which is retained`
    : `${kept} at step ${keptStep}, which is retained; the best of ${points.length} is ` +
      `${errorAt(bestStep)} at step ${bestStep}`;
}

/**
 * Plan of a run as text.
 *
 * @throws {UserError} If the run cannot be planned or does not fit the machine.
 */
export async function planOf(spec: PipelineSpec, base?: URL): Promise<string> {
  const planned = await planRun(spec, { base, signal: interruptSignal });
  if (planned === undefined) {
    throw new UserError(
      `Cannot plan "${spec.name}": it must train on graphs of built-in stages; run it without ` +
        "--plan",
    );
  }
  const machine = thisMachine();
  checkFit(planned, machine);
  return planText(planned, machine);
}

/** Prints the stages whose results come from the cache. */
function printCached({ state, cached = [] }: RunStart): void {
  if (cached.length === 0) return;
  const first = cached.reduce((a, b) => a.savedAt < b.savedAt ? a : b);
  const what = state === "cached"
    ? "the complete run"
    : cached.map(({ stage }) => stage).join(", ");
  console.log(`cached: ${what}, created ${ageText(first.savedAt)}`);
}

/** Prints the point at which a run resumes. */
function printStart({ state, trainings, warnings }: RunStart, directory: string): void {
  for (const warning of warnings) console.error(`warning: ${warning}`);
  if (state === "afresh") console.log(`no checkpoint in ${directory}: starting afresh`);
  if (state === "finished") console.log(`the run in ${directory} is finished: nothing to resume`);
  for (const { stage, step, steps } of trainings) {
    const name = trainings.length > 1 ? `${stage}: ` : "";
    console.log(`${name}resumed at step ${step} of ${steps}`);
  }
}

/** Prints the reason for a retry and where it resumes. */
function printRetry({ error, start: { trainings, warnings }, number, retries }: Retry): void {
  const steps = trainings.map(({ stage, step, steps }) =>
    `"${stage}" resumed at step ${step} of ${steps}`
  );
  const where = steps.join(", ") || "from the beginning, as there is no checkpoint";
  for (const warning of [error.message, ...warnings]) console.error(`warning: ${warning}`);
  console.error(`retry ${number} of ${retries}: ${where}`);
}

/** The command that predicts other data, or the data set of the run. */
function predictCommand(
  directory: string,
  { stages }: PipelineSpec,
  newData: string | undefined,
): string {
  const run = shellWord(directory);
  if (newData !== undefined) return `deno task predict ${run} ${newData} --vtk predicted`;
  const stores = Object.values(stages).flatMap(({ run, with: options }) =>
    run === "load" && typeof options?.store === "string" ? [shellWord(options.store)] : []
  );
  const out = shellWord(projectPath("predicted.zarr"));
  return `deno task predict ${run} ${stores[0] ?? "STORE"} --out ${out}`;
}
