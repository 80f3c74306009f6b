/**
 * The model that a job starts from: a file, or what an earlier job of the batch will leave.
 *
 * @module
 */

import { join } from "node:path";
import { didYouMean } from "../../../errors.ts";
import { overrideOptions, type PipelineSpec } from "../../engine/definition/spec.ts";
import type { ExpandedJob } from "./job_grid.ts";
import { JobProblem } from "./job_pipeline.ts";
import type { PlannedJob } from "./planned_job.ts";

/** A model to start from. */
export interface WarmStart {
  readonly model: string;
  /** The job that makes it. */
  readonly job?: string | undefined;
}

/** More names than these are not listed. */
const MOST_LISTED = 6;

/**
 * What a job starts from; undefined if it draws its parameters.
 *
 * The name of a job wins over that of an entry, and both win over a file. Of an entry with a grid,
 * it is the job that has the same value as this one for every key of that grid.
 *
 * @param jobs All of the batch
 * @param planned Those before, as far as they can run
 * @param directory That of the batch
 * @throws {JobProblem} If there is no such model, or it is not clear which.
 */
export async function warmStart(
  job: ExpandedJob,
  jobs: readonly ExpandedJob[],
  planned: readonly PlannedJob[],
  directory: string,
): Promise<WarmStart | undefined> {
  const { init_from: wanted } = job.settings;
  if (wanted === undefined) return undefined;
  const named = jobs.filter(({ name }) => name === wanted);
  const found = named.length > 0 ? named : jobs.filter(({ entry }) => entry === wanted);
  if (found.length === 0) return await modelFile(job, wanted, jobs);
  const like = found.filter((other) =>
    [...other.varied].every(([key, value]) => sameValue(job, key, value))
  );
  const candidates = named.length > 0 ? named : like;
  if (candidates.length !== 1) throw unclear(job, wanted, found, candidates);
  const [{ name }] = candidates;
  if (jobs.findIndex((other) => other.name === name) >= jobs.indexOf(job)) {
    throw new JobProblem(
      "init_from",
      `Cannot start job "${job.name}" from "${name}" as that must come earlier in the ` +
        "list: it comes later",
    );
  }
  const before = planned.find((other) => other.name === name);
  // What is wrong with it is said already.
  return { job: name, model: join(directory, name, before ? modelFileOf(before.spec) : "") };
}

/**
 * The pipeline with its training started from a model.
 *
 * @throws {JobProblem} If it does not have one training.
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
    `Cannot start job "${name}" from a model as its pipeline must have one train stage: it ` +
      `has ${trainings.length}`,
  );
}

/** Names of the stages that train. */
export function trainingsOf({ stages }: PipelineSpec): readonly string[] {
  return Object.keys(stages).filter((name) => stages[name]?.run === "train");
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
  try {
    if ((await Deno.stat(path)).isFile) return { model: path };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
  }
  const names = [...new Set(jobs.flatMap(({ name, entry }) => [entry, name]))].filter((name) =>
    name !== job.name
  );
  throw new JobProblem(
    "init_from",
    `Cannot start job "${job.name}" from "${path}": there is no model file and no job of ` +
      "that name, " +
      didYouMean(path, names.slice(0, 1000)),
  );
}

/**
 * Whether a job has a value for a key of a grid: in its own grid, as a setting, or as an option.
 */
function sameValue(
  { varied, settings, common, own }: ExpandedJob,
  key: string,
  value: unknown,
): boolean {
  const option = [...common, ...own].findLast(({ path }) => path === key)?.value;
  const mine = varied.get(key) ?? Reflect.get(settings, key) ?? option;
  return JSON.stringify(mine) === JSON.stringify(value);
}

function unclear(
  job: ExpandedJob,
  wanted: string,
  found: readonly ExpandedJob[],
  candidates: readonly ExpandedJob[],
): JobProblem {
  const keys = [...found[0].varied.keys()].map((key) => `"${key}"`).join(" and ");
  const names = (candidates.length > 0 ? candidates : found).slice(0, MOST_LISTED).map(({ name }) =>
    name
  );
  return new JobProblem(
    "init_from",
    `Cannot start job "${job.name}" from "${wanted}" as one of its jobs must have the same ` +
      `${keys}: ` +
      `${candidates.length} of ${found.length} have; name one, such as ${names.join(", ")}`,
  );
}
