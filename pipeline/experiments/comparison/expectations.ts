/**
 * Expectations of a comparison of networks, and whether they are met.
 *
 * @module
 */

import { countOf, formatNumber, formatPercent } from "../../../format.ts";
import type { Metrics } from "../../reporting/metrics/metrics.ts";
import type { MetricsRow } from "../../reporting/report_data.ts";
import { type ComparedRun, runsByNetwork } from "./compared_run.ts";
import { methodRow } from "./comparison_table.ts";
import { spreadOf } from "./spread.ts";

/** The network on one rank, with which the others are compared, and the baseline of the paper. */
export const SINGLE_RANK = "S-MPNN";
export const GRAPH_CONVOLUTION = "GCN";

/** Steps in which rounding errors are still small: later ones are chaotic in float32. */
export const EQUAL_STEPS = 20;

/** Maximum difference of a loss in these steps, relative to that of one rank. */
export const LOSS_TOLERANCE = 1e-4;

/** Maximum relative difference of the final RMSE from that of one rank. */
const RMSE_TOLERANCE = 0.03;

/** Ratio above which a network is clearly worse: over three times the tolerance of equality. */
const CLEARLY_WORSE = 1.1;

/**
 * The errors that are judged: in physical units, as in the paper, and with equal weights of all
 * outputs.
 */
const ERRORS = { rmse: "RMSE", normalisedRmse: "normalised RMSE" } as const satisfies Partial<
  Record<keyof Metrics, string>
>;

/** One of the errors that are judged. */
export type JudgedError = keyof typeof ERRORS;

/** One expectation. */
export interface Expectation {
  /** The expectation, as a sentence. */
  readonly claim: string;
  /** The figure that was found, next to the one that is expected. */
  readonly found: string;
  readonly met: boolean;
}

/**
 * The expectations of the networks that ran; errors are judged by their means over the seeds.
 *
 * @param runs Runs of each network in the same order of seeds, as {@linkcode checkEqualTerms}
 * ensures
 */
export function expectations(runs: readonly ComparedRun[]): Expectation[] {
  const networks = runsByNetwork(runs);
  const single = networks.get(SINGLE_RANK);
  const others = [...networks].filter(([network]) => network !== SINGLE_RANK);
  const parallel = others.filter(([network]) => network !== GRAPH_CONVOLUTION);
  const convolution = networks.get(GRAPH_CONVOLUTION);
  return [
    ...(single === undefined ? [] : [
      ...parallel.map(([, runs]) => equalLosses(runs, single)),
      ...parallel.map(([, runs]) => equalErrors(runs, single)),
      ...(convolution === undefined ? [] : [clearlyWorse(convolution, single)]),
    ]),
    ...[...networks.values()].flatMap((runs) => [
      beatsBaselines(runs, "rmse"),
      beatsBaselines(runs, "normalisedRmse"),
    ]),
  ];
}

/** Mean error of one network divided by that of another. */
export function errorRatio(
  runs: readonly ComparedRun[],
  others: readonly ComparedRun[],
  error: JudgedError = "rmse",
): number {
  return meanError(runs, "network", error) / meanError(others, "network", error);
}

/** Distance of the network below the better baseline, as a share of the error of that baseline. */
export function baselineMargin(
  runs: readonly ComparedRun[],
  error: JudgedError,
): { readonly share: number; readonly baseline: string } {
  const baselines = runs[0].metrics.filter(({ method }) => method !== "network");
  const margins = baselines.map(({ method, label }) => ({
    share: 1 - meanError(runs, "network", error) / meanError(runs, method, error),
    baseline: label,
  }));
  return margins.reduce((least, margin) => margin.share < least.share ? margin : least);
}

function meanError(
  runs: readonly ComparedRun[],
  method: MetricsRow["method"],
  error: JudgedError,
): number {
  return spreadOf(runs.map((run) => methodRow(run, method).metrics[error])).mean;
}

function equalLosses(runs: readonly ComparedRun[], single: readonly ComparedRun[]): Expectation {
  const steps = Math.min(EQUAL_STEPS, ...[...runs, ...single].map(({ losses }) => losses.length));
  const largest = Math.max(
    ...runs.flatMap(({ losses }, k) =>
      losses.slice(0, steps).map((loss, step) => Math.abs(loss / single[k].losses[step] - 1))
    ),
  );
  return {
    claim: `${runs[0].network} has the losses of ${SINGLE_RANK} over the first ` +
      `${countOf(steps, "step")}`,
    found: `largest relative difference ${formatNumber(largest, 2)}, expected at most ` +
      `${formatNumber(LOSS_TOLERANCE, 1)}`,
    met: largest <= LOSS_TOLERANCE,
  };
}

function equalErrors(runs: readonly ComparedRun[], single: readonly ComparedRun[]): Expectation {
  const ratio = errorRatio(runs, single);
  return {
    claim: `${runs[0].network} ends with the RMSE of ${SINGLE_RANK}`,
    found: `${formatNumber(ratio, 4)} times, expected 1 ± ${RMSE_TOLERANCE}`,
    met: Math.abs(ratio - 1) <= RMSE_TOLERANCE,
  };
}

/**
 * Judged with equal weights of all outputs: in physical units, the output with the largest values
 * would dominate.
 */
function clearlyWorse(runs: readonly ComparedRun[], single: readonly ComparedRun[]): Expectation {
  const ratio = errorRatio(runs, single, "normalisedRmse");
  return {
    claim: `${runs[0].network} is clearly worse than ${SINGLE_RANK}`,
    found: `${ERRORS.normalisedRmse} ${formatNumber(ratio)} times, expected at least ` +
      `${CLEARLY_WORSE}; ${ERRORS.rmse} ${formatNumber(errorRatio(runs, single))} times`,
    met: ratio >= CLEARLY_WORSE,
  };
}

function beatsBaselines(runs: readonly ComparedRun[], error: JudgedError): Expectation {
  const { share, baseline } = baselineMargin(runs, error);
  const side = share > 0 ? "below" : "above";
  return {
    claim: `${runs[0].network} beats every baseline in ${ERRORS[error]}`,
    found: `${formatPercent(Math.abs(share))} ${side} the ${baseline.toLowerCase()}`,
    met: share > 0,
  };
}
