/**
 * The errors of lift and drag.
 *
 * @module
 */

import { formatNumber, formatPercent } from "../../../format.ts";
import { type CoefficientMetrics, LEAST_COEFFICIENT } from "../flow/force_metrics.ts";
import type { Markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import { groupRow, methodRows, numbersTable } from "./numbers_table.ts";

/** Share of the largest true coefficient below which another one is no unit of errors. */
const MIN_TRUTH_SHARE = 0.01;

/** The columns of the table, in the report and on the terminal. */
export const FORCE_COLUMNS: readonly {
  readonly title: string;
  readonly value: (coefficient: CoefficientMetrics) => number;
  readonly format: (value: number) => string;
}[] = [
  {
    title: "absolute error",
    value: ({ meanAbsoluteError }) => meanAbsoluteError,
    format: (value) => formatNumber(value),
  },
  { title: "of the range", value: ({ rangeError }) => rangeError, format: formatPercent },
  { title: "relative error", value: relativeError, format: formatPercent },
  {
    title: "rank correlation",
    value: ({ rankCorrelation }) => rankCorrelation,
    format: (value) => formatNumber(value),
  },
];

/** One group of rows per coefficient, one row per method. */
export function forceTable(rows: readonly MetricsRow[], names: readonly string[]): Markup {
  const heads = ["on the test samples", ...FORCE_COLUMNS.map(({ title }) => title)];
  const bodies = names.map((name) => {
    const figures = rows.map(({ forces }) => forces?.coefficients[name]);
    const columns = FORCE_COLUMNS.map(({ value, format }) => ({
      values: figures.map((figure) => figure ? value(figure) : NaN),
      format,
    }));
    return [groupRow(`${name} coefficient`, heads.length), ...methodRows(rows, columns)];
  });
  return numbersTable("Table of force coefficients", heads, bodies);
}

/** The mean relative error; NaN if a true coefficient is close to 0 compared to the largest one. */
function relativeError({ meanRelativeError, samples }: CoefficientMetrics): number {
  const sizes = samples.map(({ truth }) => Math.abs(truth));
  const least = Math.max(LEAST_COEFFICIENT, MIN_TRUTH_SHARE * Math.max(...sizes));
  const isMeaningful = Math.min(...sizes) >= least;
  return isMeaningful ? meanRelativeError : NaN;
}
