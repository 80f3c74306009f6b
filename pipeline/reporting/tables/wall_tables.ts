/**
 * Errors on walls, lift and drag, on the terminal and as JSON.
 *
 * @module
 */

import { SURFACE_COLUMNS } from "./surface_table.ts";
import type { ForceMetrics } from "../flow/force_metrics.ts";
import { formatNumber, formatPercent } from "../../../format.ts";
import type { MetricsRow } from "../report_data.ts";
import type { GroupErrors, SurfaceMetrics } from "../metrics/surface_metrics.ts";
import { textTable } from "./text_table.ts";

/**
 * The errors of the network on walls and away from them, as lines; none where the data do not tell.
 */
export function surfaceLines(rows: readonly MetricsRow[]): string[] {
  const surface = rows.find(({ method }) => method === "network")?.surface;
  if (surface === undefined) return [];
  const columns = Object.keys(surface.volume.columns).map((name) => [
    name,
    ...SURFACE_COLUMNS.map(({ group, value, format }) =>
      format(value(surface[group].columns[name]))
    ),
  ]);
  return [
    "",
    ...textTable("network, at the wall", SURFACE_COLUMNS.map(({ title }) => title), columns),
  ];
}

/**
 * Errors and ranks of lift and drag of every method, as lines; none where there is no body in a
 * flow.
 */
export function forceLines(rows: readonly MetricsRow[]): string[] {
  const network = rows.find(({ method }) => method === "network")?.forces;
  if (network === undefined) return [];
  const names = Object.keys(network.coefficients);
  const lines = rows.map(({ label, forces }) => [
    label,
    ...names.flatMap((name) => {
      const coefficient = forces?.coefficients[name];
      return [
        formatPercent(coefficient?.meanRelativeError ?? NaN),
        formatNumber(coefficient?.rankCorrelation ?? NaN),
      ];
    }),
  ]);
  const heads = names.flatMap((name) => [`${name}, error`, "rank corr."]);
  const notes = network.friction ? [] : [
    " Pressure alone: the mesh is too coarse at the wall for friction",
    ` (first cells y⁺ ≥ ${formatNumber(network.cellHeight, 2)} high)`,
  ];
  return ["", ...textTable("coefficients", heads, lines), ...notes];
}

/** Errors over a group of nodes as JSON. */
export interface GroupJson {
  readonly nodeCount: number;
  /** Mean over the columns of the mean squared error on normalised fields. */
  readonly normalisedMse: number;
  readonly columns: Readonly<
    Record<string, { readonly normalisedMse: number; readonly relativeL2: number | null }>
  >;
}

/** Errors on walls and in the volume as JSON. */
export interface SurfaceJson {
  readonly surface: GroupJson;
  readonly volume: GroupJson;
}

/** Lift and drag as JSON; the rank correlation is Spearman's. */
export interface ForceJson {
  readonly friction: boolean;
  readonly cellHeight: number | null;
  readonly viscosity: number;
  readonly chord: number;
  readonly coefficients: Readonly<
    Record<
      string,
      {
        readonly meanRelativeError: number | null;
        readonly rankCorrelation: number | null;
        readonly samples: ForceMetrics["coefficients"][string]["samples"];
      }
    >
  >;
}

/** `null` stands for a figure that is not defined. */
export function surfaceJson({ surface, volume }: SurfaceMetrics): SurfaceJson {
  return { surface: groupJson(surface), volume: groupJson(volume) };
}

/** `null` stands for a figure that is not defined. */
export function forceJson(
  { friction, cellHeight, reference, coefficients }: ForceMetrics,
): ForceJson {
  const entries = Object.entries(coefficients).map(([name, coefficient]) => [name, {
    meanRelativeError: defined(coefficient.meanRelativeError),
    rankCorrelation: defined(coefficient.rankCorrelation),
    samples: coefficient.samples,
  }]);
  return {
    friction,
    cellHeight: defined(cellHeight),
    ...reference,
    coefficients: Object.fromEntries(entries),
  };
}

function groupJson({ nodeCount, columns, normalisedMse }: GroupErrors): GroupJson {
  const entries = Object.entries(columns).map(([name, error]) => [name, {
    normalisedMse: error.normalisedMse,
    relativeL2: defined(error.relativeL2),
  }]);
  return { nodeCount, normalisedMse, columns: Object.fromEntries(entries) };
}

function defined(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
