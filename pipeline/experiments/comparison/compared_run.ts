/**
 * What a comparison of networks is made of: the figures of every run.
 *
 * @module
 */

import type { MetricsRow } from "../../reporting/report_data.ts";

/** One run of one network with one seed. */
export interface ComparedRun {
  /** Name of the network, such as "DS-MPNN_2". */
  readonly network: string;
  readonly seed: number;
  /** Where its own report is. */
  readonly directory: string;
  /** Errors of the network and of the baselines. */
  readonly metrics: readonly MetricsRow[];
  /** Training loss by step. */
  readonly losses: readonly number[];
  readonly parameterCount: number;
  readonly learningRate: number;
  readonly device: string;
  /** Duration of the whole run. */
  readonly seconds: number;
  /** Time from step to step; undefined for a training of one step. */
  readonly stepSeconds: number | undefined;
  /**
   * Time of predicting a test sample, with the messages between ranks and its share of the start of
   * the workers.
   */
  readonly predictionSeconds: number;
  /** Most bytes of the process, which did nothing else. */
  readonly peakBytes: number;
}

/** What stands apart from the runs. */
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

/** The runs by network, in the order of their first run. */
export function runsByNetwork(
  runs: readonly ComparedRun[],
): ReadonlyMap<string, readonly ComparedRun[]> {
  return Map.groupBy(runs, ({ network }) => network);
}
