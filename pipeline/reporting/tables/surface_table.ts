/**
 * The errors on walls and away from them, by the conventions of AirfRANS and Transolver.
 *
 * @module
 */

import { formatNumber, formatPercent } from "../../../format.ts";
import type { ColumnError, SurfaceMetrics } from "../metrics/surface_metrics.ts";
import type { Markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import { groupRow, methodRows, numbersTable } from "./numbers_table.ts";

/** The columns of the table, in the report and on the terminal; each names its convention. */
export const SURFACE_COLUMNS: readonly {
  readonly group: keyof SurfaceMetrics;
  readonly title: string;
  readonly value: (error: ColumnError) => number;
  readonly format: (value: number) => string;
}[] = (["volume", "surface"] as const).flatMap((group) => [
  {
    group,
    title: `${group}, normalised MSE`,
    value: ({ normalisedMse }: ColumnError) => normalisedMse,
    format: (value: number) => formatNumber(value),
  },
  {
    group,
    title: `${group}, relative L2`,
    value: ({ relativeL2 }: ColumnError) => relativeL2,
    format: formatPercent,
  },
]);

/** One group of rows per predicted value; undefined if the walls are not known. */
export function surfaceTable(rows: readonly MetricsRow[]): Markup | undefined {
  const names = Object.keys(rows[0]?.surface?.volume.columns ?? {});
  if (names.length === 0) return undefined;
  const heads = ["on the test samples", ...SURFACE_COLUMNS.map(({ title }) => title)];
  const bodies = names.map((name) => {
    const columns = SURFACE_COLUMNS.map(({ group, value, format }) => ({
      values: rows.map(({ surface }) => surface ? value(surface[group].columns[name]) : NaN),
      format,
      marksSmallest: true,
    }));
    return [groupRow(name, heads.length), ...methodRows(rows, columns)];
  });
  return numbersTable("Table of errors on walls and away from them", heads, bodies);
}
