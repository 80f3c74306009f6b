/**
 * The model that a job starts from: a file, or the result of an earlier job of the batch.
 *
 * @module
 */

import { join } from "node:path";
import { didYouMean } from "../../../errors.ts";
import { ifPresent } from "../../../io/if_present.ts";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import type { ExpandedJob } from "./job_grid.ts";
import { JobProblem } from "./job_pipeline.ts";
import { type PlannedJob, trainingsOf } from "./planned_job.ts";

/** A model to start from. */
export interface WarmStart {
  readonly model: string;
  /** The job that trains it. */
  readonly job?: string | undefined;
}

/** Maximum number of names in a message. */
const MAX_LISTED = 6;

/**
 * The model that a job starts from; undefined if it draws its initial parameters.
 *
 * `init_from` is the name of a job, else that of an entry, else the path of a file. For an entry
 * with a grid, it is the job that has the same value as this one for every key of that grid.
 *
 * @param jobs All jobs of the batch
 * @param planned Jobs before this one that can run
 * @param directory Directory of the batch
 * @throws {JobProblem} If there is no such model, or several jobs match.
 */
export async function warmStart(
  job: ExpandedJob,
  jobs: readonly ExpandedJob[],
  planned: readonly PlannedJob[],
  directory: string,
): Promise<WarmStart | undefined> {
  const { init_from: source } = job.settings;
  if (source === undefined) return undefined;
  const named = jobs.filter(({ name }) => name === source);
  const found = named.length > 0 ? named : jobs.filter(({ entry }) => entry === source);
  if (found.length === 0) return await modelFile(job, source, jobs);
  const like = found.filter((other) =>
    [...other.varied].every(([key, value]) => sameValue(job, key, value))
  );
  const candidates = named.length > 0 ? named : like;
  if (candidates.length !== 1) throw unclear(job, source, found, candidates);
  const [{ name }] = candidates;
  if (jobs.findIndex((other) => other.name === name) >= jobs.indexOf(job)) {
    throw new JobProblem(
      "init_from",
      `Cannot start job "${job.name}" from "${name}": that job must come earlier in the ` +
        "list, but comes later",
    );
  }
  const before = planned.find((other) => other.name === name);
  // The problems of a job that was not planned are reported already.
  return { job: name, model: join(directory, name, before ? modelFileOf(before.spec) : "") };
}

/**
 * The pipeline of a job with its training started from a model.
 *
 * @throws {JobProblem} If the pipeline does not have exactly one training.
 */
export function startFrom(
  spec: PipelineSpec,
  start: WarmStart | undefined,
  { name }: ExpandedJob,
): PipelineSpec {
  if (start === undefined) return spec;
  const trainings = trainingsOf(spec);
  if (trainings.length === 1) {
    return overrideOptions(spec, [
      `stages.${trainings[0]}.with.initFrom=${JSON.stringify(start.model)}`,
    ]);
  }
  throw new JobProblem(
    "init_from",
    `Cannot start job "${name}" from a model: its pipeline must have one train stage, but has ` +
      `${trainings.length}`,
  );
}

function modelFileOf(spec: PipelineSpec): string {
  const [training] = trainingsOf(spec);
  const name = training === undefined ? undefined : spec.stages[training].with?.modelFile;
  return typeof name === "string" ? name : "model.safetensors";
}

async function modelFile(
  job: ExpandedJob,
  path: string,
  jobs: readonly ExpandedJob[],
): Promise<WarmStart> {
  if ((await ifPresent(Deno.stat(path)))?.isFile) return { model: path };
  const names = [...new Set(jobs.flatMap(({ name, entry }) => [entry, name]))].filter((name) =>
    name !== job.name
  );
  throw new JobProblem(
    "init_from",
    `Cannot start job "${job.name}" from "${path}": no model file and no job of that name, ` +
      didYouMean(path, names.slice(0, 1000)),
  );
}

/** Whether a job has a value for a key of a grid: in its grid, as a setting, or as an option. */
function sameValue(
  { varied, settings, common, own }: ExpandedJob,
  key: string,
  value: unknown,
): boolean {
  const option = [...common, ...own].findLast(({ path }) => path === key)?.value;
  const found = varied.get(key) ?? Reflect.get(settings, key) ?? option;
  return JSON.stringify(found) === JSON.stringify(value);
}

function unclear(
  job: ExpandedJob,
  source: string,
  found: readonly ExpandedJob[],
  candidates: readonly ExpandedJob[],
): JobProblem {
  const keys = [...found[0].varied.keys()].map((key) => `"${key}"`).join(" and ");
  const names = (candidates.length > 0 ? candidates : found).slice(0, MAX_LISTED).map(({ name }) =>
    name
  );
  return new JobProblem(
    "init_from",
    `Cannot start job "${job.name}" from "${source}": one of its jobs must have the same ` +
      `${keys}, but ${candidates.length} of ${found.length} have; name one, such as ` +
      names.join(", "),
  );
}
