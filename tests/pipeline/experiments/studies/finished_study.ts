/** Runs small studies in this process. @module */

import { parseCsv } from "../../../../io/tables/csv.ts";
import {
  jobDirectory,
  readFinishedJob,
} from "../../../../pipeline/experiments/batch/job_results.ts";
import { runPlannedJob } from "../../../../pipeline/experiments/batch/run_planned_job.ts";
import type { Study, StudyChoice } from "../../../../pipeline/experiments/studies/study.ts";
import {
  studyCsv,
  type StudyReport,
} from "../../../../pipeline/experiments/studies/study_report.ts";
import { PRESETS } from "../../../../pipeline/presets/presets.ts";
import { SMALL, writeSmallStore } from "../../../scripts/small_darcy.ts";

/** A study of five steps of a small network on a small store. */
export async function smallChoice(directory: string): Promise<StudyChoice> {
  const store = await writeSmallStore(directory);
  return {
    preset: PRESETS.darcy,
    choice: { ...PRESETS.darcy.defaults, device: "cpu", store },
    steps: 5,
    tests: 2,
    changes: [...SMALL, "stages.graphs.with.nodes=100"],
  };
}

/** The report of a study and its table. */
export interface FinishedStudy {
  readonly report: StudyReport;
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/** Runs the jobs of a study. */
export async function finishStudy(study: Study, directory: string): Promise<FinishedStudy> {
  const finished = [];
  for (const job of study.jobs) {
    await runPlannedJob(job, jobDirectory(directory, job));
    finished.push((await readFinishedJob(job, directory))!);
  }
  const report = await study.report(finished, "deno task study");
  return { report, columns: parseCsv(studyCsv(report)) };
}
