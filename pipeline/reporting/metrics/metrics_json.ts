/**
 * A run as JSON: the contents of `metrics.json`.
 *
 * @module
 */

import type { ForceMetrics } from "../flow/force_metrics.ts";
import { type MetricsRow, networkRow, type ReportData } from "../report_data.ts";
import type { BorderError } from "./border_errors.ts";
import type { ErrorFigures, Metrics } from "./metrics.ts";
import type { GroupErrors, SurfaceMetrics } from "./surface_metrics.ts";

/** The errors of one method; `null` stands for a figure that is not defined. */
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

/** Errors over a group of nodes. */
export interface GroupJson {
  readonly nodeCount: number;
  /** Mean over the columns of the mean squared error on normalised fields. */
  readonly normalisedMse: number;
  readonly columns: Readonly<
    Record<string, { readonly normalisedMse: number; readonly relativeL2: number | null }>
  >;
}

/** Errors on walls and in the volume. */
export interface SurfaceJson {
  readonly surface: GroupJson;
  readonly volume: GroupJson;
}

/** Error and Spearman's rank correlation of a force coefficient. */
export interface CoefficientJson {
  readonly meanRelativeError: number | null;
  readonly rankCorrelation: number | null;
  readonly samples: ForceMetrics["coefficients"][string]["samples"];
}

/** Lift and drag. */
export interface ForceJson {
  readonly friction: boolean;
  readonly cellHeight: number | null;
  readonly viscosity: number;
  readonly chord: number;
  readonly coefficients: Readonly<Record<string, CoefficientJson>>;
}

/** A complete run. */
export interface RunJson {
  readonly title: string;
  readonly command: string;
  readonly test: MethodJson & {
    readonly sampleCount: number;
    readonly nodeCount: number;
    readonly baselines: Readonly<Record<string, MethodJson>>;
    readonly samples: Metrics["relativeL2"]["samples"];
  };
  /** All optimizer steps, and those of this run alone, without the ones before it was resumed. */
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

/** The run as plain data for `JSON.stringify`, with keys in a fixed order and no field values. */
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
  return {
    ...errorJson(metrics),
    fields: mapValues(metrics.fields, (field) => ({ unit: field.unit, ...errorJson(field) })),
    borders: metrics.borders,
    surface: surface && surfaceJson(surface),
    forces: forces && forceJson(forces),
  };
}

function errorJson({ rmse, normalisedRmse, relativeL2 }: ErrorFigures): ErrorJson {
  const { mean, median, worst, medianId, worstId, zeroTruthIds } = relativeL2;
  return {
    rmse,
    normalisedRmse,
    relativeL2: {
      mean: finite(mean),
      median: finite(median),
      worst: finite(worst),
      medianId,
      worstId,
      zeroTruthIds,
    },
  };
}

function surfaceJson({ surface, volume }: SurfaceMetrics): SurfaceJson {
  return { surface: groupJson(surface), volume: groupJson(volume) };
}

function groupJson({ nodeCount, columns, normalisedMse }: GroupErrors): GroupJson {
  return {
    nodeCount,
    normalisedMse,
    columns: mapValues(columns, ({ normalisedMse, relativeL2 }) => ({
      normalisedMse,
      relativeL2: finite(relativeL2),
    })),
  };
}

function forceJson({ friction, cellHeight, reference, coefficients }: ForceMetrics): ForceJson {
  return {
    friction,
    cellHeight: finite(cellHeight),
    ...reference,
    coefficients: mapValues(coefficients, ({ meanRelativeError, rankCorrelation, samples }) => ({
      meanRelativeError: finite(meanRelativeError),
      rankCorrelation: finite(rankCorrelation),
      samples,
    })),
  };
}

/** A record with the same keys and converted values. */
function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  convert: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value)]));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
