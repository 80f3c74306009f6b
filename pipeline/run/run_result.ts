/**
 * Result of a run.
 *
 * @module
 */

import type { RunReport } from "../engine/workers/run_report.ts";
import { networkRow, type ReportData } from "../reporting/report_data.ts";
import type { RunIdentity } from "../training/checkpoint_file.ts";
import type { Plan } from "./plan/plan.ts";
import type { RunStart } from "./resume/starting_point.ts";
import type { RunFigures } from "./run_meters.ts";

/** Result of `runPipeline`. */
export interface RunResult {
  /** Where the run started; nothing ran if it was finished or cached. */
  readonly start: RunStart;
  /** The pipeline, data, code and versions that ran. */
  readonly identity: RunIdentity;
  /** Rows, bytes and times of every stage and rank. */
  readonly run: RunReport;
  /** The prediction made before the run; undefined for a pipeline that cannot be planned. */
  readonly plan: Plan | undefined;
  /** Measured memory and step time, and the last progress of the training. */
  readonly figures: RunFigures;
  /** Content of `report.html`; undefined for a pipeline without an `evaluate` stage. */
  readonly report: ReportData | undefined;
  readonly directory: string;
}

/** Steps, loss and errors of a run; undefined where it does not measure them. */
export interface RunSummary {
  /** Optimizer steps in total, and those of this run alone: the others preceded its checkpoint. */
  readonly steps?: number | undefined;
  readonly runSteps?: number | undefined;
  /** Loss of the last step. */
  readonly loss?: number | undefined;
  /** Errors on the test samples. */
  readonly rmse?: number | undefined;
  readonly normalisedRmse?: number | undefined;
  /** Mean over the samples. */
  readonly relativeL2?: number | undefined;
}

/** The summary of a run; without an `evaluate` stage it has no errors. */
export function summaryOf(
  { start, report, figures: { training, progress } }: Pick<
    RunResult,
    "start" | "report" | "figures"
  >,
): RunSummary {
  if (report === undefined) {
    if (progress === undefined) return {};
    const before = start.trainings.find(({ stage }) => stage === training)?.step ?? 0;
    return { steps: progress.done, runSteps: progress.done - before, loss: progress.values?.loss };
  }
  const { rmse, normalisedRmse, relativeL2 } = networkRow(report).metrics;
  return {
    steps: report.steps,
    runSteps: report.runSteps ?? report.steps,
    loss: report.lossCurve.at(-1)?.loss,
    rmse,
    normalisedRmse,
    relativeL2: relativeL2.mean,
  };
}
