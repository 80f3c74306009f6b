/**
 * A run before it starts: the pipeline, its identity, where it starts, and what is cached.
 *
 * @module
 */

import { join } from "node:path";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import type { StageSources, ValidPipeline } from "../engine/definition/validate.ts";
import { STAGES } from "../stages/registry.ts";
import type { RunIdentity } from "../training/checkpoint_file.ts";
import { CachedRun } from "./cache/cached_run.ts";
import {
  checkpointIdentity,
  identifyPipeline,
  type PipelineIdentity,
} from "./identity/pipeline_identity.ts";
import { REPORT_FILES, REPORT_MODULES } from "./write_report.ts";
import { FRESH_START, resumedStart, type RunStart } from "./resume/starting_point.ts";
import { RunMeters } from "./run_meters.ts";
import { checkData } from "./check_data.ts";
import type { RunOptions } from "./run_options.ts";
import { validPipeline } from "./valid_pipeline.ts";

/**
 * Everything that is known about a run before it starts. It holds entries of the cache until it is
 * closed.
 */
export interface PreparedRun extends AsyncDisposable {
  /** The pipeline as given, and with the options that its predictions inherit. */
  readonly spec: PipelineSpec;
  readonly complete: PipelineSpec;
  readonly settings: RunSettings;
  readonly sources: StageSources;
  readonly pipeline: ValidPipeline;
  /** The pipeline with its code, data and versions; and the same as checkpoints state it. */
  readonly identity: PipelineIdentity;
  readonly checkpointed: RunIdentity;
  readonly start: RunStart;
  /** Cached results; undefined for a run that does not use the cache. */
  readonly cached: CachedRun | undefined;
  /** Whether a stage that trains will run. */
  readonly trains: boolean;
  readonly meters: RunMeters;
}

/** Options of a run with their defaults. */
export interface RunSettings extends RunOptions {
  readonly directory: string;
  readonly overwrite: boolean;
  readonly command: string;
  readonly title: string;
}

/**
 * Prepares a run: checks the pipeline and its data, reads its code, finds the checkpoint to resume
 * from or the results in the cache. Starts and writes nothing.
 *
 * @throws {PipelineError} If the pipeline is invalid, or its data are missing or do not fit.
 * @throws {UserError} If there are checkpoints to resume from, but none of this pipeline.
 */
export async function prepareRun(spec: PipelineSpec, options: RunOptions): Promise<PreparedRun> {
  const settings = settingsOf(spec, options);
  const sources = stageSources(options.base);
  const complete = await validPipeline(spec, sources);
  const { pipeline } = complete;
  await checkData(complete);
  const trainings = [...pipeline.stages.values()].filter(({ stage }) => stage.name === "train");
  const meters = new RunMeters(trainings[0]?.name);
  const identity = await identifyPipeline(complete.spec, pipeline);
  const checkpointed = checkpointIdentity(identity);
  const from = options.resume === true
    ? await resumedStart(settings.directory, checkpointed, sources)
    : FRESH_START;
  const cached = from.state === "afresh" ? await cachedRun(identity, settings) : undefined;
  return {
    spec,
    complete: complete.spec,
    settings,
    sources,
    pipeline,
    identity,
    checkpointed,
    start: cached === undefined ? from : cachedStart(cached, from),
    cached,
    trains: trainings.some(({ name }) => cached?.runs(name) !== false),
    meters,
    async [Symbol.asyncDispose]() {
      await cached?.[Symbol.asyncDispose]();
    },
  };
}

/** Where the stages of a pipeline come from. */
export function stageSources(base: RunOptions["base"]): StageSources {
  return { registry: STAGES, base };
}

function settingsOf(spec: PipelineSpec, options: RunOptions): RunSettings {
  const { directory, overwrite = false, command = "", title = spec.name } = options;
  return { ...options, directory: directory ?? join("out", spec.name), overwrite, command, title };
}

async function cachedRun(
  identity: PipelineIdentity,
  { cache, title, onEvent }: RunSettings,
): Promise<CachedRun | undefined> {
  if (cache === undefined) return undefined;
  return await CachedRun.lookUp(identity, {
    directory: cache,
    report: { modules: REPORT_MODULES, files: REPORT_FILES, settings: [title] },
    warn: (message) => onEvent?.({ type: "warning", stage: "cache", rank: 0, seconds: 0, message }),
  });
}

/** The start of a run in which the cached stages do not run. */
function cachedStart(cached: CachedRun, start: RunStart): RunStart {
  return { ...start, state: cached.isComplete ? "cached" : start.state, cached: cached.stages };
}
