/**
 * What a run came to, in a few numbers.
 *
 * @module
 */

import type { Progress } from "../engine/definition/stage.ts";
import { networkRow } from "../reporting/report_data.ts";
import type { RunResult } from "./run_pipeline.ts";

/** Steps, loss and errors of a run; absent where it does not measure them. */
export interface RunSummary {
  /** Optimizer steps in all, and those of this process alone: the others were taken before. */
  readonly steps?: number | undefined;
  readonly runSteps?: number | undefined;
  /** Of the last step. */
  readonly loss?: number | undefined;
  /** Errors on the test samples. */
  readonly rmse?: number | undefined;
  readonly normalisedRmse?: number | undefined;
  /** Mean over the samples. */
  readonly relativeL2?: number | undefined;
}

/**
 * The summary of a run that is over. Without a `report` stage it measures no errors.
 *
 * @param training The stage that trains, and the last that it told of its progress
 */
export function summaryOf(
  { start, report }: Pick<RunResult, "start" | "report">,
  training: string | undefined,
  progress: Progress | undefined,
): RunSummary {
  if (report === undefined) {
    if (progress === undefined) return {};
    const taken = start.trainings.find(({ stage }) => stage === training)?.step ?? 0;
    return { steps: progress.done, runSteps: progress.done - taken, loss: progress.values?.loss };
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
