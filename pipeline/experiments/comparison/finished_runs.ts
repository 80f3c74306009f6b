/**
 * The figures of a run that is over, as a comparison needs them.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { RankReport, StageReport } from "../../engine/workers/run_report.ts";
import type { ComparedRun } from "./compared_run.ts";
import type { FinishedRun } from "../variations.ts";
import type { PlannedRun } from "./planned_runs.ts";

/**
 * The figures of a planned run.
 *
 * @param finished What it left
 * @throws {DataError} If it measured nothing.
 */
export function comparedRun(
  { network, seed }: PlannedRun,
  { directory, figures, measurements }: FinishedRun,
): ComparedRun {
  if (measurements === undefined) {
    throw new DataError(
      `Cannot compare "${directory}" as its run must have a report stage: it has none`,
    );
  }
  const { metrics, lossCurve, settings, device } = measurements;
  const stages = Object.values(figures.stages);
  return {
    network,
    seed,
    directory,
    metrics,
    device,
    seconds: figures.seconds,
    stepSeconds: figures.stepSeconds,
    peakBytes: figures.peakBytes,
    losses: lossCurve.map(({ loss }) => loss),
    parameterCount: Number(settings.parameters),
    learningRate: Number(settings.learningRate),
    predictionSeconds: predictionSeconds(stages) / metrics[0].metrics.sampleCount,
  };
}

/**
 * Time of the slowest rank for all samples: at work, or waiting for messages of the others, but not
 * for graphs.
 */
function predictionSeconds(stages: readonly StageReport[]): number {
  const seconds = ({ busySeconds, peerWaitSeconds }: RankReport) => busySeconds + peerWaitSeconds;
  const ranks = stages.filter(({ run }) => run === "predict").flatMap(({ ranks }) => ranks);
  return Math.max(...ranks.map(seconds));
}
