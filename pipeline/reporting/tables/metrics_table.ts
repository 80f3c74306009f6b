/**
 * The errors of the network beside those of the baselines.
 *
 * @module
 */

import { formatNumber, formatPercent } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { ErrorFigures } from "../metrics/metrics.ts";
import type { MetricsRow } from "../report_data.ts";

/** The columns of every table of errors, here and on the terminal. */
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
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly {
    readonly label: string;
    readonly network: boolean;
    readonly figures: ErrorFigures;
  }[];
}

/** All fields together, then each field where there are several. */
export function errorGroups(rows: readonly MetricsRow[]): ErrorGroup[] {
  const names = Object.keys(rows[0]?.metrics.fields ?? {});
  const group = (
    title: string,
    unit: string,
    figuresOf: (row: MetricsRow) => ErrorFigures,
  ): ErrorGroup => ({
    title,
    unit,
    rows: rows.map((row) => ({
      label: row.label,
      network: row.method === "network",
      figures: figuresOf(row),
    })),
  });
  const fields = names.map((name) =>
    group(name, rows[0].metrics.fields[name].unit, (row) => row.metrics.fields[name])
  );
  return fields.length === 1 ? fields : [group("all fields", "", (row) => row.metrics), ...fields];
}

/** The table, with the smallest value of each column and group in bold. */
export function metricsTable(rows: readonly MetricsRow[]): Markup {
  const groups = errorGroups(rows);
  const heads = ERROR_COLUMNS.map(({ title }) => markup`<th scope="col">${title}</th>`);
  const bodies = groups.map((group) =>
    markup`<tbody>${groups.length > 1 && groupRow(group)}${
      group.rows.map((row) => errorRow(row, group))
    }</tbody>`
  );
  return markup`<div class="scroll" role="region" aria-label="Table of errors" tabindex="0"><table class="numbers">
<thead><tr><th scope="col">on the test samples</th>${heads}</tr></thead>${bodies}</table></div>`;
}

function groupRow({ title, unit }: ErrorGroup): Markup {
  const name = unit === "" ? title : `${title} (${unit})`;
  return markup`<tr class="group"><th scope="rowgroup" colspan="${
    ERROR_COLUMNS.length + 1
  }">${name}</th></tr>`;
}

function errorRow(
  { label, network, figures }: ErrorGroup["rows"][number],
  group: ErrorGroup,
): Markup {
  const cells = ERROR_COLUMNS.map(({ value, format }) => {
    const smallest = Math.min(...group.rows.map((row) => value(row.figures)));
    const text = format(value(figures));
    return markup`<td>${value(figures) === smallest ? markup`<b>${text}</b>` : text}</td>`;
  });
  return markup`<tr class="${
    network ? "network" : "baseline"
  }"><th scope="row">${label}</th>${cells}</tr>`;
}
