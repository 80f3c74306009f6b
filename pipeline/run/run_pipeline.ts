/**
 * Runs a pipeline of the built-in stages and of the user's own, and completes its report.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { ContentHasher } from "../../io/content_hash.ts";
import type { RunEvent, RunReport } from "../engine/workers/run_report.ts";
import { CodeHasher } from "../engine/definition/code_hash.ts";
import { runStages } from "../engine/workers/run_stages.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import {
  type PipelinePlan,
  type StageSources,
  validatePipeline,
} from "../engine/definition/validate.ts";
import type { PlanComparison, ReportData } from "../reporting/report_data.ts";
import type { CheckpointInterval } from "../training/checkpoints.ts";
import { STAGES } from "../stages/registry.ts";
import { CachedRun } from "./cache/cached_run.ts";
import { checkFit, thisMachine } from "./plan/machine.ts";
import { type Plan, planPipeline } from "./plan/plan.ts";
import { PeakMemory } from "./plan/peak_memory.ts";
import { StepTimes } from "./plan/step_times.ts";
import { checkpointed } from "./resume/checkpointed.ts";
import { type Retry, withRetries } from "./resume/retries.ts";
import { runIdentityOf } from "./resume/run_identity.ts";
import { FRESH_START, resumedStart, type RunStart } from "./resume/run_start.ts";
import { checkpointDirectory, claimDirectory, type ClaimedDirectory } from "./run_directory.ts";
import {
  readReport,
  REPORT_FILES,
  REPORT_MODULES,
  type RunRecord,
  stageSummary,
  writeReport,
} from "./report_files.ts";

/** How a pipeline is run. */
export interface RunOptions {
  /** Directory for the results; made if absent. @default "out/NAME" */
  readonly directory?: string | undefined;
  /** Whether the results of another run in the directory are replaced. @default false */
  readonly overwrite?: boolean | undefined;
  /**
   * Whether to go on from the checkpoints of a run that was killed, if there are any. @default
   * false
   */
  readonly resume?: boolean | undefined;
  /** How often trainings keep a checkpoint. @default every 60 seconds, and at their end */
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /**
   * Directory in which the results of stages are kept, and looked up: a stage whose code, options,
   * data and inputs are those of an earlier run does not run again. A run that goes on from a
   * checkpoint neither takes results from it nor keeps any.
   *
   * @default none; `deno task pipeline` uses `.haloflow/cache`
   */
  readonly cache?: string | undefined;
  /** Called once, before anything runs. */
  readonly onStart?: ((start: RunStart) => void) | undefined;
  /**
   * Waits until the machine has room for a run of this plan. Nothing has started by then, and the
   * run takes its time from there.
   *
   * @default throws if it has no room now
   */
  readonly admit?: ((plan: Plan | undefined) => Promise<void>) | undefined;
  /** What paths of the user's own stages are relative to. @default the working directory */
  readonly base?: string | URL | undefined;
  /** The command that repeats the run, for the report. */
  readonly command?: string | undefined;
  /** Title of the report. @default the name of the pipeline */
  readonly title?: string | undefined;
  /**
   * How often the run starts again by itself after a stage has failed: from its last checkpoint, or
   * without one from its beginning. What a stage refuses as it cannot be done as asked, it is not
   * asked again. The thread of a stage that hangs stays beside the next run until the process ends.
   *
   * @default 0
   */
  readonly retries?: number | undefined;
  /** Called before the run starts again. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** How long a stage may stand still before it has failed. @default 5 */
  readonly silenceSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** What a run gives back. */
export interface RunResult {
  /** Where the run started: nothing ran where it was finished or cached. */
  readonly start: RunStart;
  /** Rows, bytes and times of every stage and rank. */
  readonly run: RunReport;
  /** What was predicted before the run; absent where there is nothing to plan. */
  readonly plan: Plan | undefined;
  /** What `report.html` shows; absent for a pipeline without a `report` stage. */
  readonly report: ReportData | undefined;
  readonly directory: string;
}

/**
 * Runs a pipeline to its end. With a `report` stage, also writes `metrics.json` and `report.html`.
 *
 * Trainings keep their last two checkpoints in `directory/checkpoints` until the run is done. A run
 * that was killed and goes on from there gives bit for bit the parameters of one that was not, on
 * the same device and as many ranks; on others, the same to rounding.
 *
 * @throws {PipelineError} Listing everything that is wrong with the pipeline; nothing was started
 * or written.
 * @throws {StageError} Naming the stage that failed first, and its rank.
 * @throws {UserError} If the directory holds another run, or only checkpoints that cannot be gone
 * on from, the run cannot fit the memory, or the signal was aborted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { definePipeline } from "../engine/definition/spec.ts";
 * import { runPipeline } from "./run_pipeline.ts";
 *
 * const pipeline = definePipeline({
 *   name: "mine",
 *   stages: { meshes: { run: "laod", with: { store: "data/mine.zarr" } } },
 * });
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

/**
 * Runs a pipeline from its beginning or from where it can go on, to its end or its first failure.
 */
async function runOnce(spec: PipelineSpec, options: RunOptions): Promise<RunResult> {
  const {
    directory = join("out", spec.name),
    overwrite = false,
    base,
    command = "",
    title = spec.name,
  } = options;
  const { resume = false, checkpointEvery = { seconds: 60 } } = options;
  const sources = sourcesOf(base);
  const pipeline = await validatePipeline(spec, sources);
  const code = new CodeHasher();
  const contents = new ContentHasher();
  const identity = await runIdentityOf(spec, pipeline, code, contents);
  const from = resume ? await resumedStart(directory, identity, sources) : FRESH_START;
  const page = { modules: REPORT_MODULES, files: REPORT_FILES, settings: [title] };
  const warn = (message: string) =>
    options.onEvent?.({ type: "warning", stage: "cache", rank: 0, seconds: 0, message });
  await using cached = options.cache === undefined || from.state !== "afresh"
    ? undefined
    : await CachedRun.plan(pipeline, { directory: options.cache, page, code, contents, warn });
  const start = cached === undefined ? from : cachedStart(cached, from);
  options.onStart?.(start);
  const nothing: RunReport = { name: spec.name, seconds: 0, stages: {} };
  if (start.state === "finished") {
    return { start, run: nothing, plan: undefined, report: undefined, directory };
  }
  const trains = [...pipeline.stages.values()].some(({ name, stage }) =>
    stage.name === "train" && cached?.runs(name) !== false
  );
  let plan: Plan | undefined, claim: ClaimedDirectory | undefined;
  let steps = new StepTimes("");
  const machine = thisMachine();
  const memory = new PeakMemory();
  const prepare = async () => {
    if (trains) plan = await planOf(pipeline, options.signal);
    if (plan !== undefined) {
      checkFit(plan, options.admit === undefined ? machine : undefined);
      steps = new StepTimes(plan.training.stage);
    }
    await options.admit?.(plan);
    claim = await claimDirectory(directory, spec, {
      overwrite,
      resumes: start.state === "resumed",
    });
    await cached?.restore(directory);
  };
  // While workers start: the first step comes sooner. The engine waits for it, but a failure may
  // come before that.
  const ready = prepare();
  ready.catch(() => undefined);
  try {
    if (options.admit !== undefined) await ready;
    const running = checkpointed(spec, {
      directory: checkpointDirectory(directory),
      every: checkpointEvery,
      run: identity,
      points: start.trainings,
    });
    const { silenceSeconds, signal, onEvent } = options;
    const hear = (event: RunEvent) => {
      steps.hear(event);
      memory.sample();
      cached?.hear(event);
      onEvent?.(event);
    };
    const run = cached?.isWhole ? await ready.then(() => nothing) : await runStages(running, {
      ...sources,
      code,
      directory,
      ready,
      silenceSeconds,
      signal,
      onEvent: hear,
      modes: cached?.modes,
    });
    const record = cached?.pageNote as RunRecord | undefined ?? {
      title,
      command,
      seconds: run.seconds,
      stages: [...pipeline.stages.values()].map((stage) =>
        stageSummary(stage, run.stages[stage.name], cached)
      ),
      ...(cached !== undefined && !trains && { runSteps: 0 }),
      // What was planned is a whole run.
      ...(plan && start.state === "afresh" && !start.cached?.length &&
        { plan: comparison(plan, memory.bytes, steps.stepSeconds, run.seconds) }),
    };
    const report = await readReport(directory, record);
    const isNew = report !== undefined && cached?.pageNote === undefined;
    if (isNew) await writeReport(directory, report);
    await claim?.release();
    await cached?.keep(directory, isNew ? record : undefined);
    return { start, run, plan, report, directory };
  } catch (error) {
    await ready.catch(() => undefined);
    await cached?.keep(directory);
    await claim?.restore();
    throw error;
  }
}

/**
 * What a run of a pipeline will take; runs and writes nothing.
 *
 * Draws the first graphs, counts a step on them, and times a short one: sizes are exact, memory is
 * within some 20 % of what the process has at most, and times are rough. {@linkcode runPipeline}
 * plans too, and refuses what cannot fit.
 *
 * @returns Undefined for a pipeline that trains nothing, or on graphs of stages that are not built
 * in.
 * @throws {PipelineError} Listing everything that is wrong with the pipeline.
 * @throws {DataError} If a store that it reads is missing or damaged.
 */
export async function planRun(
  spec: PipelineSpec,
  { base, signal }: Pick<RunOptions, "base" | "signal"> = {},
): Promise<Plan | undefined> {
  return await planPipeline(await validatePipeline(spec, sourcesOf(base)), signal);
}

/** Where the stages of a pipeline come from. */
function sourcesOf(base: RunOptions["base"]): StageSources {
  return { registry: STAGES, ...(base !== undefined && { base }) };
}

/** The start of a run some of whose stages need not run. */
function cachedStart(cached: CachedRun, start: RunStart): RunStart {
  const state = cached.isWhole ? "cached" : start.state;
  return { ...start, state, cached: cached.stages };
}

/** The plan of a run that is about to start. */
async function planOf(
  pipeline: PipelinePlan,
  signal: AbortSignal | undefined,
): Promise<Plan | undefined> {
  try {
    return await planPipeline(pipeline, signal);
  } catch (error) {
    // A refusal is final. What a stage cannot do fails again in the run, which then names the
    // stage.
    if (error instanceof Error && error.constructor === UserError) throw error;
    return undefined;
  }
}

/** What was predicted, beside what was measured. */
function comparison(
  plan: Plan,
  peakBytes: number,
  stepSeconds: number | undefined,
  seconds: number,
): PlanComparison {
  return {
    peakBytes: { predicted: plan.peakBytes, measured: peakBytes },
    ...(stepSeconds !== undefined && {
      stepSeconds: { predicted: plan.training.stepSeconds, measured: stepSeconds },
    }),
    seconds: { predicted: plan.seconds, measured: seconds },
  };
}
