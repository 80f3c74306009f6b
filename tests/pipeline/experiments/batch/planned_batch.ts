/** Reads, expands and plans batches, as the retrain command does before it starts. @module */

import { UserError } from "../../../../errors.ts";
import { DARCY } from "../../../../mod.ts";
import {
  type ReadBatch,
  readJobList,
  readYamlBatch,
} from "../../../../pipeline/experiments/batch/batch_file.ts";
import { expandJobs } from "../../../../pipeline/experiments/batch/job_grid.ts";
import type { Job } from "../../../../pipeline/experiments/batch/job.ts";
import { planJobs, type TrainingJob } from "../../../../pipeline/experiments/batch/planned_jobs.ts";

/** The only pipeline file. */
export const PIPELINE_FILE = "./mine.ts";

/** The jobs of a YAML text, in the directory `out`. */
export async function plannedYaml(text: string): Promise<readonly TrainingJob[]> {
  return await planned(await readYamlBatch("jobs.yaml", text));
}

/** The jobs of a list, in the directory `out`. */
export async function plannedList(...jobs: readonly Job[]): Promise<readonly TrainingJob[]> {
  return await planned(await readJobList("jobs.ts", jobs));
}

async function planned({ batch, problems }: ReadBatch): Promise<readonly TrainingJob[]> {
  const jobs = await planJobs(expandJobs(batch, problems), problems, {
    directory: "out",
    // deno-lint-ignore require-await
    async importPipeline(path) {
      if (path === PIPELINE_FILE) return { ...DARCY.build(DARCY.defaults), name: "mine" };
      throw new UserError(`Cannot read pipeline "${path}": no such file`);
    },
  });
  problems.throwIfAny();
  return jobs;
}
