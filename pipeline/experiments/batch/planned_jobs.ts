/**
 * What every job of a batch runs: pipelines with all options set, checked before anything starts.
 *
 * @module
 */

import { PipelineError } from "../../../errors.ts";
import { overrideOptions, type PipelineSpec } from "../../engine/definition/spec.ts";
import { validatePipeline } from "../../engine/definition/validate.ts";
import { GRAPH_CONVOLUTION, SINGLE_RANK } from "../comparison/expectations.ts";
import { STAGES } from "../../stages/registry.ts";
import { parallelLabel } from "../comparison/networks.ts";
import type { Variation } from "../variations.ts";
import type { BatchPath, BatchProblems } from "./batch_problems.ts";
import type { ExpandedJob, Setting } from "./job_grid.ts";
import { jobPipeline, JobProblem } from "./job_pipeline.ts";
import type { PlannedJob } from "./planned_job.ts";
import { startFrom, trainingsOf, warmStart } from "./start_from.ts";

/** What the jobs of a batch are planned with. */
export interface JobPlanOptions {
  /** The directory of the batch: each job has one in it. */
  readonly directory: string;
  /** Gives the pipeline that a file exports. */
  readonly importPipeline: (path: string) => Promise<PipelineSpec>;
}

/** Keys of a job whose values are neither its network nor its seed. */
const CHOSEN_KEYS = ["preset", "pipeline", "fidelity", "store", "device", "init_from"] as const;

/** All jobs as they will run; what keeps one from running is added to `problems`. */
export async function planJobs(
  jobs: readonly ExpandedJob[],
  problems: BatchProblems,
  { directory, importPipeline }: JobPlanOptions,
): Promise<readonly PlannedJob[]> {
  const planned: PlannedJob[] = [];
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

/** As `--set` takes it. */
function assignment({ path, value }: Setting): string {
  return `${path}=${JSON.stringify(value)}`;
}

/** Sets options one by one, so that each problem has its place. */
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

/** Adds what is wrong with a pipeline, at the setting that it is about. */
async function checkPipeline(
  { spec, base }: Pick<Variation, "spec" | "base">,
  settings: readonly Setting[],
  place: BatchPath,
  problems: BatchProblems,
): Promise<void> {
  try {
    await validatePipeline(spec, { registry: STAGES, base });
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    for (const problem of error.problems) {
      const setting = settings.findLast(({ path }) => isAbout(problem, path));
      const isName = problem.includes(": no such option");
      if (setting === undefined) problems.add(place, problem);
      else {problems.add(
          isName ? setting.keyPlace : setting.valuePlace,
          problem,
          isName ? "key" : "value",
        );}
    }
  }
}

/** Whether a problem names an option, or a part of it. */
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

function trainingOf(spec: PipelineSpec): Pick<PlannedJob, "network" | "seed"> {
  const [name] = trainingsOf(spec);
  if (name === undefined) return { network: "", seed: undefined };
  const { ranks = 1, with: options = {} } = spec.stages[name];
  const parallel = ranks === 1 ? SINGLE_RANK : parallelLabel(ranks);
  return {
    network: options.network === "gcn" ? GRAPH_CONVOLUTION : parallel,
    seed: Number(options.seed ?? 0),
  };
}
