/**
 * The runs of a comparison with their figures.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { RankReport, StageReport } from "../../engine/workers/run_report.ts";
import type { MetricsRow } from "../../reporting/report_data.ts";
import type { FinishedJob } from "../batch/job_results.ts";

/** A run of one network with one seed. */
export interface ComparedRun {
  /** Label of the network, such as "DS-MPNN_2". */
  readonly network: string;
  readonly seed: number;
  /** Directory of its report. */
  readonly directory: string;
  /** Errors of the network and of the baselines. */
  readonly metrics: readonly MetricsRow[];
  /** Training loss by step. */
  readonly losses: readonly number[];
  readonly parameterCount: number;
  readonly learningRate: number;
  readonly device: string;
  /** Duration of the run. */
  readonly seconds: number;
  /** Time from one step to the next; undefined for a training of one step. */
  readonly stepSeconds: number | undefined;
  /**
   * Time to predict a test sample, including messages between ranks and a share of the start-up of
   * the workers.
   */
  readonly predictionSeconds: number;
  /** Peak memory of the process, which ran nothing else. */
  readonly peakBytes: number;
}

/** A comparison of networks. */
export interface Comparison {
  /** Name of the flow, such as "Darcy flow". */
  readonly title: string;
  /** The command that repeats the comparison. */
  readonly command: string;
  /** Processor cores that the ranks of a run share. */
  readonly coreCount: number;
  /** At least one run of each network, networks in the order of the table. */
  readonly runs: readonly ComparedRun[];
}

/** The runs by network, in the order of their first runs. */
export function runsByNetwork(
  runs: readonly ComparedRun[],
): ReadonlyMap<string, readonly ComparedRun[]> {
  return Map.groupBy(runs, ({ network }) => network);
}

/**
 * The figures of a finished job of a comparison.
 *
 * @throws {DataError} If its pipeline has no evaluate stage.
 */
export function comparedRun(
  { network, seed }: Pick<ComparedRun, "network" | "seed">,
  { directory, figures, measurements }: FinishedJob,
): ComparedRun {
  if (measurements === undefined) {
    throw new DataError(`Cannot compare "${directory}": its run must have an evaluate stage`);
  }
  const { metrics, lossCurve, settings, device } = measurements;
  const { seconds, stepSeconds, peakBytes, stages } = figures;
  return {
    network,
    seed,
    directory,
    metrics,
    device,
    seconds,
    stepSeconds,
    peakBytes,
    losses: lossCurve.map(({ loss }) => loss),
    parameterCount: Number(settings.parameters),
    learningRate: Number(settings.learningRate),
    predictionSeconds: predictionSeconds(Object.values(stages)) / metrics[0].metrics.sampleCount,
  };
}

/** Time of the slowest rank for all samples: work and messages, but not waiting for graphs. */
function predictionSeconds(stages: readonly StageReport[]): number {
  const seconds = ({ busySeconds, peerWaitSeconds }: RankReport) => busySeconds + peerWaitSeconds;
  const ranks = stages.filter(({ run }) => run === "predict").flatMap(({ ranks }) => ranks);
  return Math.max(...ranks.map(seconds));
}
