/**
 * Runs a pipeline of built-in and custom stages to its end: prepare, execute, finish.
 *
 * @module
 */

import { join } from "node:path";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import { executeRun } from "./execute_run.ts";
import { earlierResult, finishRun } from "./finish_run.ts";
import { type Plan, planPipeline } from "./plan/plan.ts";
import { prepareRun, stageSources } from "./prepared_run.ts";
import { withRetries } from "./resume/retries.ts";
import type { RunOptions } from "./run_options.ts";
import type { RunResult } from "./run_result.ts";
import { checkData } from "./check_data.ts";
import { validPipeline } from "./valid_pipeline.ts";

/**
 * Runs a pipeline to its end. With an `evaluate` stage, it also writes `metrics.json` and
 * `report.html`.
 *
 * Trainings retain their last two checkpoints in `directory/checkpoints` until the run finishes. A
 * run that resumes from one gives bit for bit the parameters of an uninterrupted run on the same
 * device and number of ranks, and the same to rounding on others.
 *
 * @throws {PipelineError} If the pipeline is invalid or its data do not fit it, listing every
 * problem; nothing was started or written.
 * @throws {StageError} If a stage fails: the first one, with its rank.
 * @throws {UserError} If the directory holds another run, or checkpoints that cannot be resumed, if
 * the run cannot fit the memory, or if the signal was aborted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { runPipeline } from "./run_pipeline.ts";
 *
 * // As read from a JSON file: definePipeline() would not compile.
 * const pipeline = {
 *   name: "mine",
 *   stages: { meshes: { run: "laod", with: { store: "data/mine.zarr" } } },
 * };
 * await assert.rejects(runPipeline(pipeline), /no built-in stage "laod", did you mean "load"\?/);
 * ```
 */
export async function runPipeline(
  spec: PipelineSpec,
  options: RunOptions = {},
): Promise<RunResult> {
  const { directory = join("out", spec.name), command = "", retries = 0, onRetry } = options;
  return await withRetries(
    (attempt) => runOnce(spec, { ...options, ...attempt }),
    { directory, command, retries, onRetry },
  );
}

async function runOnce(spec: PipelineSpec, options: RunOptions): Promise<RunResult> {
  await using prepared = await prepareRun(spec, options);
  options.onStart?.(prepared.start);
  if (prepared.start.state === "finished") return earlierResult(prepared);
  return await finishRun(await executeRun(prepared));
}

/**
 * Predicts the graphs, memory and time of a run, without running or writing anything.
 *
 * It draws the first graphs, counts a step on them, and times a short one: sizes are exact, memory
 * is within about 20 % of the maximum of the process, and times are rough. {@linkcode runPipeline}
 * plans too, and refuses a run that cannot fit.
 *
 * @returns Undefined for a pipeline that trains nothing, or trains on graphs of custom stages.
 * @throws {PipelineError} If the pipeline is invalid, or a store that it reads is missing or
 * damaged, listing every problem.
 */
export async function planRun(
  spec: PipelineSpec,
  { base, signal }: Pick<RunOptions, "base" | "signal"> = {},
): Promise<Plan | undefined> {
  const complete = await validPipeline(spec, stageSources(base));
  await checkData(complete);
  return await planPipeline(complete.pipeline, signal);
}
