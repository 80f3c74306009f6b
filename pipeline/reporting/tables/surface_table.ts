/**
 * The errors on walls and away from them, by the conventions of AirfRANS and Transolver.
 *
 * @module
 */

import { formatNumber, formatPercent } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import type { ColumnError, SurfaceMetrics } from "../metrics/surface_metrics.ts";

/** The columns of the table, here and on the terminal; each names its convention. */
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

/**
 * One group of rows per predicted value; undefined where the data do not tell what lies on a wall.
 */
export function surfaceTable(rows: readonly MetricsRow[]): Markup | undefined {
  const names = Object.keys(rows[0]?.surface?.volume.columns ?? {});
  if (names.length === 0) return undefined;
  const heads = SURFACE_COLUMNS.map(({ title }) => markup`<th scope="col">${title}</th>`);
  const bodies = names.map((name) =>
    markup`<tbody><tr class="group"><th scope="rowgroup" colspan="${
      SURFACE_COLUMNS.length + 1
    }">${name}</th></tr>${rows.map((row) => tableRow(row, rows, name))}</tbody>`
  );
  return markup`<div class="scroll" role="region" aria-label="Table of errors on walls and away from them" tabindex="0">
<table class="numbers"><thead><tr><th scope="col">on the test samples</th>${heads}</tr></thead>${bodies}</table></div>`;
}

function tableRow(row: MetricsRow, rows: readonly MetricsRow[], name: string): Markup {
  const cells = SURFACE_COLUMNS.map(({ group, value, format }) => {
    const of = ({ surface }: MetricsRow) =>
      surface === undefined ? NaN : value(surface[group].columns[name]);
    const text = format(of(row));
    return markup`<td>${
      of(row) === Math.min(...rows.map(of)) ? markup`<b>${text}</b>` : text
    }</td>`;
  });
  return markup`<tr class="${row.method === "network" ? "network" : "baseline"}">
<th scope="row">${row.label}</th>${cells}</tr>`;
}
