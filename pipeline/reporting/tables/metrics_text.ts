/**
 * The errors of a run on the terminal and as JSON.
 *
 * @module
 */

import type { BorderError } from "../metrics/border_errors.ts";
import { ERROR_COLUMNS, errorGroups } from "./metrics_table.ts";
import { formatNumber } from "../../../format.ts";
import type { ErrorFigures, Metrics } from "../metrics/metrics.ts";
import { type MetricsRow, networkRow, type ReportData } from "../report_data.ts";
import { textTable } from "./text_table.ts";
import {
  type ForceJson,
  forceJson,
  forceLines,
  type SurfaceJson,
  surfaceJson,
  surfaceLines,
} from "./wall_tables.ts";

/**
 * The errors of the network beside the baselines, as text without colours; then those at the wall,
 * lift and drag, where the data tell.
 *
 * @param title Head of the first column.
 */
export function metricsText(rows: readonly MetricsRow[], title = "on the test samples"): string {
  const groups = errorGroups(rows);
  const several = groups.length > 1;
  const lines = textTable(
    title,
    ERROR_COLUMNS.map(({ title }) => title),
    groups.flatMap(({ title, unit, rows }) => [
      ...(several ? [[unit === "" ? title : `${title} (${unit})`]] : []),
      ...rows.map(({ label, figures }) => [
        several ? `  ${label}` : label,
        ...ERROR_COLUMNS.map(({ value, format }) => format(value(figures))),
      ]),
    ]),
  );
  const borders = rows.find(({ method }) => method === "network")?.metrics.borders;
  if (borders?.ratio !== undefined) lines.push(borderText(borders));
  return [...lines, ...surfaceLines(rows), ...forceLines(rows)].join("\n");
}

/** The errors of one method as JSON; `null` stands for a figure that is not defined. */
export interface ErrorJson {
  readonly rmse: number;
  readonly normalisedRmse: number;
  readonly relativeL2: {
    readonly mean: number | null;
    readonly median: number | null;
    readonly worst: number | null;
    readonly medianId?: string | undefined;
    readonly worstId?: string | undefined;
    readonly zeroTruthIds: readonly string[];
  };
}

/** The errors of all fields together and of each field. */
export interface MethodJson extends ErrorJson {
  readonly fields: Readonly<Record<string, ErrorJson & { readonly unit: string }>>;
  readonly borders?: BorderError | undefined;
  readonly surface?: SurfaceJson | undefined;
  readonly forces?: ForceJson | undefined;
}

/** What a program needs to know of a run. */
export interface RunJson {
  readonly title: string;
  readonly command: string;
  readonly test: MethodJson & {
    readonly sampleCount: number;
    readonly nodeCount: number;
    readonly baselines: Readonly<Record<string, MethodJson>>;
    readonly samples: Metrics["relativeL2"]["samples"];
  };
  /**
   * Optimizer steps in all, and those of this run alone: the others were taken before it was
   * killed.
   */
  readonly steps: { readonly total: number; readonly run: number };
  readonly seconds: number;
  readonly ranks: number;
  readonly device: string;
  readonly finalLoss?: number | undefined;
  readonly certify?: ReportData["certify"] | undefined;
  readonly plan?: ReportData["plan"] | undefined;
  readonly settings: ReportData["settings"];
  readonly stages: ReportData["stages"];
}

/** The run as plain data for `JSON.stringify`: keys in a fixed order, no field values. */
export function metricsJson(data: ReportData): RunJson {
  const network = networkRow(data);
  const { metrics } = network;
  const baselines = data.metrics.filter(({ method }) => method !== "network");
  return {
    title: data.title,
    command: data.command,
    test: {
      ...methodJson(network),
      baselines: Object.fromEntries(baselines.map((row) => [row.method, methodJson(row)])),
      sampleCount: metrics.sampleCount,
      nodeCount: metrics.nodeCount,
      samples: metrics.relativeL2.samples,
    },
    steps: { total: data.steps, run: data.runSteps ?? data.steps },
    seconds: data.seconds,
    ranks: data.ranks,
    device: data.device,
    finalLoss: data.lossCurve.at(-1)?.loss,
    certify: data.certify,
    plan: data.plan,
    settings: data.settings,
    stages: data.stages,
  };
}

function methodJson({ metrics, surface, forces }: MetricsRow): MethodJson {
  const fields = Object.entries(metrics.fields)
    .map(([name, field]) => [name, { unit: field.unit, ...errorJson(field) }]);
  return {
    ...errorJson(metrics),
    fields: Object.fromEntries(fields),
    borders: metrics.borders,
    surface: surface && surfaceJson(surface),
    forces: forces && forceJson(forces),
  };
}

function errorJson({ rmse, normalisedRmse, relativeL2 }: ErrorFigures): ErrorJson {
  const { mean, median, worst, medianId, worstId, zeroTruthIds } = relativeL2;
  const defined = (value: number) => Number.isFinite(value) ? value : null;
  return {
    rmse,
    normalisedRmse,
    relativeL2: {
      mean: defined(mean),
      median: defined(median),
      worst: defined(worst),
      medianId,
      worstId,
      zeroTruthIds,
    },
  };
}

function borderText({ border, interior }: BorderError): string {
  return " Normalised RMSE of the network near subdomain borders " +
    `${formatNumber(border.normalisedRmse)}, ` +
    `elsewhere ${formatNumber(interior.normalisedRmse)}`;
}
