/**
 * The errors of a run on the terminal.
 *
 * @module
 */

import { formatNumber, formatPercent } from "../../../format.ts";
import type { MetricsRow } from "../report_data.ts";
import { FORCE_COLUMNS, forceMethods } from "./force_table.ts";
import { ERROR_COLUMNS, errorGroups, levelNotes } from "./metrics_table.ts";
import { SURFACE_COLUMNS } from "./surface_table.ts";
import { textTable } from "./text_table.ts";

/**
 * The errors of the network next to those of the baselines as text without colours, then errors at
 * the wall and lift and drag, if the data describe walls.
 *
 * @param title Head of the first column
 */
export function metricsText(rows: readonly MetricsRow[], title = "on the test samples"): string {
  const network = rows.find(({ method }) => method === "network");
  return [
    ...errorLines(rows, title),
    ...(network ? [...borderLines(network), ...surfaceLines(network)] : []),
    ...(network?.forces ? forceLines(rows, network.forces) : []),
  ].join("\n");
}

/** Fields up to which a brief table has one group each, so that it fits a terminal of 24 rows. */
const MAX_BRIEF_FIELDS = 3;

/**
 * The errors of the network and of the best baseline, and those of lift and drag, in at most 20
 * lines; `metricsText` has all of them.
 */
export function briefMetricsText(rows: readonly MetricsRow[]): string {
  const network = rows.find(({ method }) => method === "network");
  const [best] = rows.filter(({ method }) => method !== "network")
    .sort((a, b) => a.metrics.relativeL2.mean - b.metrics.relativeL2.mean);
  const shown = [network, best].filter((row) => row !== undefined);
  const { coefficients = {} } = network?.forces ?? {};
  return [
    ...errorLines(shown, "on the test samples", MAX_BRIEF_FIELDS),
    ...Object.entries(coefficients).map(([name, { rangeError, rankCorrelation }]) =>
      ` ${name}: error ${formatPercent(rangeError)} of its range, rank correlation ` +
      formatNumber(rankCorrelation)
    ),
  ].join("\n");
}

function errorLines(
  rows: readonly MetricsRow[],
  title: string,
  maxFields = Infinity,
): string[] {
  const all = errorGroups(rows);
  const groups = all.length > maxFields + 1 ? all.slice(0, 1) : all;
  const isGrouped = groups.length > 1;
  const lines = groups.flatMap(({ title, figures }) => {
    const group = rows.map(({ label }, k) => [
      isGrouped ? `  ${label}` : label,
      ...ERROR_COLUMNS.map(({ value, format }) => format(value(figures[k]))),
    ]);
    return isGrouped ? [[title], ...group] : group;
  });
  const table = textTable(title, ERROR_COLUMNS.map(({ title }) => title), lines);
  return [...table, ...levelNotes(rows).map((note) => ` ${note}`)];
}

function borderLines({ metrics: { borders } }: MetricsRow): string[] {
  if (borders?.ratio === undefined) return [];
  const { border, interior } = borders;
  return [
    " Normalised RMSE of the network near subdomain borders " +
    `${formatNumber(border.normalisedRmse)}, elsewhere ${formatNumber(interior.normalisedRmse)}`,
  ];
}

function surfaceLines({ surface }: MetricsRow): string[] {
  if (surface === undefined) return [];
  const heads = SURFACE_COLUMNS.map(({ title }) => title);
  const lines = Object.keys(surface.volume.columns).map((name) => [
    name,
    ...SURFACE_COLUMNS.map(({ group, value, format }) =>
      format(value(surface[group].columns[name]))
    ),
  ]);
  return ["", ...textTable("network, at the wall", heads, lines)];
}

function forceLines(
  rows: readonly MetricsRow[],
  { coefficients, friction, cellHeight }: NonNullable<MetricsRow["forces"]>,
): string[] {
  const lines = Object.keys(coefficients).flatMap((name) => [
    [name],
    ...forceMethods(rows, name).map(({ label, coefficient }) => [
      `  ${label}`,
      ...FORCE_COLUMNS.map(({ value, format }) => format(coefficient ? value(coefficient) : NaN)),
    ]),
  ]);
  const heads = FORCE_COLUMNS.map(({ title }) => title);
  const notes = friction ? [] : [
    " Pressure alone: the mesh is too coarse at the wall for friction",
    ` (first cells y⁺ ≥ ${formatNumber(cellHeight, 2)} high)`,
  ];
  return ["", ...textTable("coefficients", heads, lines), ...notes];
}
