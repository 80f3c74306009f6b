/**
 * What a comparison of networks is expected to show, and whether it does.
 *
 * @module
 */

import { countOf, formatNumber, formatPercent } from "../../../format.ts";
import type { Metrics } from "../../reporting/metrics/metrics.ts";
import type { MetricsRow } from "../../reporting/report_data.ts";
import { type ComparedRun, runsByNetwork } from "./compared_run.ts";
import { methodRow } from "./comparison_table.ts";
import { spreadOf } from "./spread.ts";

/** The network on one rank that the others are held against, and the baseline of the paper. */
export const SINGLE_RANK = "S-MPNN";
export const GRAPH_CONVOLUTION = "GCN";

/** Steps over which rounding has not grown yet: later ones are chaotic in float32. */
export const EQUAL_STEPS = 20;

/** Largest difference of a loss in these steps, relative to that of one rank. */
export const LOSS_TOLERANCE = 1e-4;

/** How far the final RMSE may be from that of one rank. */
export const RMSE_TOLERANCE = 0.03;

/** From here on a network is clearly worse: more than three times what counts as equal. */
export const CLEARLY_WORSE = 1.1;

/**
 * The errors that are judged: as the paper defines it, in physical units, and with all outputs of
 * equal weight.
 */
const ERRORS = { rmse: "RMSE", normalisedRmse: "normalised RMSE" } as const satisfies Partial<
  Record<keyof Metrics, string>
>;

/** One of the errors that are judged. */
export type JudgedError = keyof typeof ERRORS;

/** One expectation. */
export interface Expectation {
  /** What is expected, as a sentence. */
  readonly claim: string;
  /** What was found, with the figure that was asked for. */
  readonly found: string;
  readonly met: boolean;
}

/**
 * All that can be expected of the networks that were run; errors are judged by their means over the
 * seeds.
 *
 * @param runs Those of each network in the same order of seeds, as {@linkcode checkEqualTerms}
 * makes sure
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

/** How often the mean error of one network is that of another. */
export function errorRatio(
  runs: readonly ComparedRun[],
  others: readonly ComparedRun[],
  error: JudgedError = "rmse",
): number {
  return meanError(runs, "network", error) / meanError(others, "network", error);
}

/** How far the network is below the better baseline, as a share of it. */
export function baselineMargin(
  runs: readonly ComparedRun[],
  error: JudgedError,
): { readonly share: number; readonly baseline: string } {
  const margins = runs[0].metrics.filter(({ method }) => method !== "network").map((
    { method, label },
  ) => ({
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
 * Judged with all outputs of equal weight: in physical units, that of the largest numbers decides.
 */
function clearlyWorse(runs: readonly ComparedRun[], single: readonly ComparedRun[]): Expectation {
  const ratio = errorRatio(runs, single, "normalisedRmse");
  return {
    claim: `${runs[0].network} is clearly worse than ${SINGLE_RANK}`,
    found: `${ERRORS.normalisedRmse} ${formatNumber(ratio)} times, expected at least ` +
      `${CLEARLY_WORSE}; ` +
      `${ERRORS.rmse} ${formatNumber(errorRatio(runs, single))} times`,
    met: ratio >= CLEARLY_WORSE,
  };
}

function beatsBaselines(runs: readonly ComparedRun[], error: JudgedError): Expectation {
  const { share, baseline } = baselineMargin(runs, error);
  return {
    claim: `${runs[0].network} beats both baselines in ${ERRORS[error]}`,
    found: `${formatPercent(Math.abs(share))} ${share > 0 ? "below" : "above"} the ` +
      `${lowerFirst(baseline)}`,
    met: share > 0,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
