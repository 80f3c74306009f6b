/**
 * Rows and bytes that passed through a stage.
 *
 * @module
 */

import type { RankReport } from "../engine/workers/run_report.ts";
import type { StageSummary } from "../reporting/report_data.ts";

/** Rows and bytes of a stage over its ranks. */
export function trafficOf(
  ranks: readonly RankReport[],
): Pick<StageSummary, "rows" | "bytesIn" | "bytesOut"> {
  return {
    rows: sumOf(ranks, ({ outputRows, inputRows }) => outputRows || inputRows),
    bytesIn: sumOf(ranks, ({ inputBytes }) => inputBytes),
    bytesOut: sumOf(ranks, ({ outputBytes }) => outputBytes),
  };
}

/** Sum of a figure over the ranks. */
export function sumOf(ranks: readonly RankReport[], value: (rank: RankReport) => number): number {
  return ranks.reduce((total, rank) => total + value(rank), 0);
}
