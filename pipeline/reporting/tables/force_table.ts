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

/** The errors of a coefficient by one method. */
interface ForceMethod {
  readonly method: MetricsRow["method"] | "inletRegression";
  /** Printed name. */
  readonly label: string;
  /** Undefined if the method predicts no forces. */
  readonly coefficient: CoefficientMetrics | undefined;
}

/** The errors of the coefficient `name` by all methods, and by a regression on the inlet. */
export function forceMethods(rows: readonly MetricsRow[], name: string): readonly ForceMethod[] {
  const methods = rows.map(({ method, label, forces }): ForceMethod => ({
    method,
    label,
    coefficient: forces?.coefficients[name],
  }));
  const regression = rows.map(({ forces }) => forces?.inletRegression?.[name])
    .find((coefficient) => coefficient !== undefined);
  if (regression === undefined) return methods;
  const label = "Regression on the inlet";
  return [...methods, { method: "inletRegression", label, coefficient: regression }];
}

/** One group of rows per coefficient, one row per method. */
export function forceTable(rows: readonly MetricsRow[], names: readonly string[]): Markup {
  const heads = ["on the test samples", ...FORCE_COLUMNS.map(({ title }) => title)];
  const bodies = names.map((name) => {
    const methods = forceMethods(rows, name);
    const columns = FORCE_COLUMNS.map(({ value, format }) => ({
      values: methods.map(({ coefficient }) => coefficient ? value(coefficient) : NaN),
      format,
    }));
    return [groupRow(`${name} coefficient`, heads.length), ...methodRows(methods, columns)];
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
