/**
 * A run as JSON: the contents of `metrics.json`.
 *
 * @module
 */

import type { CoefficientMetrics, ForceMetrics } from "../flow/force_metrics.ts";
import {
  type MetricsRow,
  networkRow,
  type ReportData,
  type ValidationCurve,
} from "../report_data.ts";
import type { ErrorFigures } from "./metrics.ts";
import type { GroupErrors, SurfaceMetrics } from "./surface_metrics.ts";

/**
 * The run as plain data for `JSON.stringify`, with keys in a fixed order, no field values, and
 * `null` for figures that are not defined. `steps` counts all optimizer steps, and those of this
 * run alone, without the ones before it was resumed.
 */
export function metricsJson(data: ReportData) {
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
      outOfRange: data.outOfRange,
    },
    steps: { total: data.steps, run: data.runSteps ?? data.steps },
    seconds: data.seconds,
    ranks: data.ranks,
    device: data.device,
    finalLoss: data.lossCurve.at(-1)?.loss,
    validation: data.validation && validationJson(data.validation),
    certify: data.certify,
    plan: data.plan,
    settings: data.settings,
    stages: data.stages,
  };
}

function validationJson({ points, bestStep, keptStep }: ValidationCurve) {
  return {
    bestStep,
    keptStep,
    points: points.map(({ step, relativeL2, normalisedRmse }) => ({
      step,
      relativeL2: finite(relativeL2),
      normalisedRmse: finite(normalisedRmse),
    })),
  };
}

function methodJson({ metrics, surface, forces }: MetricsRow) {
  return {
    ...errorJson(metrics),
    fields: mapValues(metrics.fields, (field) => ({
      unit: field.unit,
      ...errorJson(field),
      truthInDeviations: field.truthInDeviations,
    })),
    borders: metrics.borders,
    surface: surface && surfaceJson(surface),
    forces: forces && forceJson(forces),
  };
}

function errorJson({ rmse, normalisedRmse, relativeL2 }: ErrorFigures) {
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

function surfaceJson({ surface, volume }: SurfaceMetrics) {
  return { surface: groupJson(surface), volume: groupJson(volume) };
}

function groupJson({ nodeCount, columns, normalisedMse }: GroupErrors) {
  return {
    nodeCount,
    normalisedMse,
    columns: mapValues(columns, ({ normalisedMse, relativeL2 }) => ({
      normalisedMse,
      relativeL2: finite(relativeL2),
    })),
  };
}

function forceJson({ coefficients, inletRegression, ...flow }: ForceMetrics) {
  const { friction, cellHeight, reference } = flow;
  return {
    friction,
    cellHeight: finite(cellHeight),
    ...reference,
    coefficients: mapValues(coefficients, coefficientJson),
    inletRegression: inletRegression && mapValues(inletRegression, coefficientJson),
  };
}

function coefficientJson(coefficient: CoefficientMetrics) {
  return {
    meanAbsoluteError: finite(coefficient.meanAbsoluteError),
    rangeError: finite(coefficient.rangeError),
    meanRelativeError: finite(coefficient.meanRelativeError),
    rankCorrelation: finite(coefficient.rankCorrelation),
    samples: coefficient.samples,
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
