/**
 * The results of a batch as text for the terminal.
 *
 * @module
 */

import type { JobResult } from "../../pipeline/experiments/batch/job_results.ts";
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
} from "../../format.ts";
import { textTable } from "../../pipeline/reporting/tables/text_table.ts";

/** Columns of the table; a text is empty if the job did not measure the figure. */
const COLUMNS: readonly { readonly title: string; readonly text: (result: JobResult) => string }[] =
  [
    { title: "steps", text: ({ summary }) => given(summary.steps, formatCount) },
    { title: "loss", text: ({ summary }) => given(summary.loss, formatNumber) },
    { title: "RMSE", text: ({ summary }) => given(summary.rmse, formatNumber) },
    {
      title: "normalised RMSE",
      text: ({ summary }) => given(summary.normalisedRmse, formatNumber),
    },
    { title: "relative L2", text: ({ summary }) => given(summary.relativeL2, formatPercent) },
    { title: "time", text: ({ seconds }) => given(seconds, formatSeconds) },
    { title: "peak memory", text: ({ peakBytes }) => given(peakBytes, formatBytes) },
    { title: "state", text: ({ state }) => state },
  ];

/** The table of all jobs that have ended. */
export function resultsText(results: readonly JobResult[]): string {
  return textTable(
    "job",
    COLUMNS.map(({ title }) => title),
    results.map((result) => [result.job.name, ...COLUMNS.map(({ text }) => text(result))]),
  ).join("\n");
}

/** Main figures of a finished job: `loss 0.0123, relative L2 5.6 %, 81 s`. */
export function figuresText({ summary, seconds }: JobResult): string {
  return [
    given(summary.loss, (loss) => `loss ${formatNumber(loss)}`),
    given(summary.relativeL2, (error) => `relative L2 ${formatPercent(error)}`),
    given(seconds, formatSeconds),
  ].filter((text) => text !== "").join(", ");
}

function given(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? "" : text(value);
}
