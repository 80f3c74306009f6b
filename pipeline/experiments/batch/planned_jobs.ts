/**
 * The jobs of a batch as pipelines with all options set, checked before anything starts.
 *
 * @module
 */

import { PipelineError } from "../../../errors.ts";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { validPipeline } from "../../run/valid_pipeline.ts";
import { GRAPH_CONVOLUTION, SINGLE_RANK } from "../comparison/expectations.ts";
import { STAGES } from "../../stages/registry.ts";
import { parallelLabel } from "../comparison/networks.ts";
import type { BatchPath, BatchProblems } from "./batch_problems.ts";
import type { ExpandedJob, Setting } from "./job_grid.ts";
import { jobPipeline, JobProblem, type PresetData } from "./job_pipeline.ts";
import { type PlannedJob, trainingsOf } from "./planned_job.ts";
import { startFrom, warmStart } from "./start_from.ts";

/** A job of a batch file, with the settings that the table of results shows. */
export interface TrainingJob extends PlannedJob {
  /** The data set of a preset. */
  readonly data?: PresetData | undefined;
  /** The equivalent `pipeline` command. */
  readonly repeat: {
    readonly argument: string;
    readonly flags: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  };
  /** Label of the network, "" for a pipeline that trains none. */
  readonly network: string;
  /** Seed of the training; undefined for a pipeline that trains nothing. */
  readonly seed: number | undefined;
  /** Other settings, by the key of a job or the path of an option. */
  readonly chosen: ReadonlyMap<string, unknown>;
}

/** Options of {@linkcode planJobs}. */
export interface JobPlanOptions {
  /** Directory of the batch, which holds that of each job. */
  readonly directory: string;
  /** Imports the pipeline that a file exports. */
  readonly importPipeline: (path: string) => Promise<PipelineSpec>;
}

/** Keys of a job except for its network and its seed. */
const CHOSEN_KEYS = ["preset", "pipeline", "fidelity", "store", "device", "init_from"] as const;

/** Plans all jobs; a job that cannot run is left out and adds its problems to `problems`. */
export async function planJobs(
  jobs: readonly ExpandedJob[],
  problems: BatchProblems,
  { directory, importPipeline }: JobPlanOptions,
): Promise<readonly TrainingJob[]> {
  const planned: TrainingJob[] = [];
  for (const job of jobs) {
    try {
      const { argument, flags, network, ...pipeline } = await jobPipeline(job, importPipeline);
      const start = await warmStart(job, jobs, planned, directory);
      const settings = [...job.common, ...network, ...job.own];
      const spec = startFrom(withSettings(pipeline.spec, settings, problems), start, job);
      await checkPipeline({ ...pipeline, spec }, settings, job.places.get("name")!, problems);
      planned.push({
        name: job.name,
        ...pipeline,
        spec,
        after: start?.job,
        retries: job.settings.retries ?? 1,
        chosen: chosenOf(job),
        ...trainingOf(spec),
        repeat: {
          argument,
          flags: { ...flags, initFrom: start?.model, set: settings.map(assignment) },
        },
      });
    } catch (error) {
      if (!(error instanceof JobProblem)) throw error;
      problems.add(job.places.get(error.key) ?? job.places.get("name")!, error.message);
    }
  }
  return planned;
}

/** The setting in the form of `--set`. */
function assignment({ path, value }: Setting): string {
  return `${path}=${JSON.stringify(value)}`;
}

/** Sets the options one by one, so that each problem has a place. */
function withSettings(
  pipeline: PipelineSpec,
  settings: readonly Setting[],
  problems: BatchProblems,
): PipelineSpec {
  let spec = pipeline;
  for (const setting of settings) {
    try {
      spec = overrideOptions(spec, [assignment(setting)]);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      for (const problem of error.problems) problems.add(setting.keyPlace, problem, "key");
    }
  }
  return spec;
}

/** Adds the problems of a pipeline, each at the setting that it names. */
async function checkPipeline(
  { spec, base }: Pick<PlannedJob, "spec" | "base">,
  settings: readonly Setting[],
  place: BatchPath,
  problems: BatchProblems,
): Promise<void> {
  try {
    await validPipeline(spec, { registry: STAGES, base });
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    for (const problem of error.problems) {
      const setting = settings.findLast(({ path }) => isAbout(problem, path));
      const isName = problem.includes(": no such option");
      if (setting === undefined) problems.add(place, problem);
      else if (isName) problems.add(setting.keyPlace, problem, "key");
      else problems.add(setting.valuePlace, problem, "value");
    }
  }
}

/** Whether a problem names an option or a part of it. */
function isAbout(problem: string, path: string): boolean {
  const end = problem.indexOf(path) + path.length;
  return problem.includes(path) && !/[\w-]/.test(problem.charAt(end));
}

function chosenOf({ settings, common, own }: ExpandedJob): ReadonlyMap<string, unknown> {
  const keys = CHOSEN_KEYS.filter((key) => settings[key] !== undefined);
  return new Map<string, unknown>([
    ...keys.map((key) => [key, settings[key]] as const),
    ...[...common, ...own].map(({ path, value }) => [path, value] as const),
  ]);
}

function trainingOf(spec: PipelineSpec): Pick<TrainingJob, "network" | "seed"> {
  const [name] = trainingsOf(spec);
  if (name === undefined) return { network: "", seed: undefined };
  const { ranks = 1, with: options = {} } = spec.stages[name];
  const parallel = ranks === 1 ? SINGLE_RANK : parallelLabel(ranks);
  return {
    network: options.network === "gcn" ? GRAPH_CONVOLUTION : parallel,
    seed: Number(options.seed ?? 0),
  };
}
