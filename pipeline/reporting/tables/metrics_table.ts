/**
 * The errors of the network next to those of the baselines.
 *
 * @module
 */

import { formatNumber, formatPercent } from "../../../format.ts";
import type { ErrorFigures } from "../metrics/metrics.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import { groupRow, methodRows, numbersTable } from "./numbers_table.ts";

/** The columns of every table of errors, in the report and on the terminal. */
export const ERROR_COLUMNS: readonly {
  readonly title: string;
  readonly value: (figures: ErrorFigures) => number;
  readonly format: (value: number) => string;
}[] = [
  { title: "relative L2, mean", value: ({ relativeL2 }) => relativeL2.mean, format: formatPercent },
  { title: "median", value: ({ relativeL2 }) => relativeL2.median, format: formatPercent },
  { title: "worst", value: ({ relativeL2 }) => relativeL2.worst, format: formatPercent },
  { title: "RMSE", value: ({ rmse }) => rmse, format: (value) => formatNumber(value) },
  {
    title: "normalised RMSE",
    value: ({ normalisedRmse }) => normalisedRmse,
    format: (value) => formatNumber(value),
  },
];

/** One group of rows: all fields together, or one field. */
export interface ErrorGroup {
  /** Name and unit. */
  readonly title: string;
  /** The figures of each method, in the order of the rows. */
  readonly figures: readonly ErrorFigures[];
}

/** All fields together, then each field if there are several. */
export function errorGroups(rows: readonly MetricsRow[]): ErrorGroup[] {
  const fields = Object.entries(rows[0]?.metrics.fields ?? {}).map(([name, { unit }]) => ({
    title: unit === "" ? name : `${name} (${unit})`,
    figures: rows.map(({ metrics }) => metrics.fields[name]),
  }));
  if (fields.length === 1) return fields;
  return [{ title: "all fields", figures: rows.map(({ metrics }) => metrics) }, ...fields];
}

/** RMS of the truth in deviations from which on relative L2 hides the size of the errors. */
const MAX_TRUTH_IN_DEVIATIONS = 10;

/** A sentence about each field whose relative L2 is small for any prediction near the mean. */
export function levelNotes(rows: readonly MetricsRow[]): string[] {
  const fields = Object.entries(rows[0]?.metrics.fields ?? {});
  return fields.filter(([, figures]) => figures.truthInDeviations > MAX_TRUTH_IN_DEVIATIONS).map(
    ([name, { truthInDeviations }]) =>
      `Relative L2 is of the full value: ${name} is ${formatNumber(truthInDeviations)} times its ` +
      "deviation in training. Its normalised RMSE is the error relative to that deviation.",
  );
}

/** The table, with the smallest value of each column and group in bold. */
export function metricsTable(rows: readonly MetricsRow[]): Markup {
  const groups = errorGroups(rows);
  const heads = ["on the test samples", ...ERROR_COLUMNS.map(({ title }) => title)];
  const bodies = groups.map(({ title, figures }) => {
    const columns = ERROR_COLUMNS.map(({ value, format }) => ({
      values: figures.map(value),
      format,
      marksSmallest: true,
    }));
    const body = methodRows(rows, columns);
    return groups.length > 1 ? [groupRow(title, heads.length), ...body] : body;
  });
  const notes = levelNotes(rows).map((note) => markup`<p class="note">${note}</p>`);
  return markup`${numbersTable("Table of errors", heads, bodies)}${notes}`;
}
