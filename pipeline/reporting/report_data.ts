/**
 * What a report is made of: plain data, so that a stage, a test or a notebook can fill it in.
 *
 * @module
 */

import type { CellList } from "./flow/mesh_faces.ts";
import type { ForceMetrics } from "./flow/force_metrics.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { SurfaceMetrics } from "./metrics/surface_metrics.ts";

/** Everything the report shows. Two equal values give the same report, byte for byte. */
export interface ReportData {
  /** Name of the run, such as "Darcy flow, 2 subdomains". */
  readonly title: string;
  /** The command line that repeats the run. */
  readonly command: string;
  /** The settings that define the run, in the order to show them. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Training loss per optimizer step; steps ascending. */
  readonly lossCurve: readonly LossPoint[];
  /** Loss on the validation split, where the run has one. */
  readonly validationCurve?: readonly ValidationPoint[] | undefined;
  /**
   * The network and the baselines, each measured on the same test samples; one row with method
   * "network".
   */
  readonly metrics: readonly MetricsRow[];
  /** Test samples to draw, usually the median and the worst one. */
  readonly samples: readonly ReportSample[];
  /** The pipeline as it ran, in the order of its declaration. */
  readonly stages: readonly StageSummary[];
  /** How far P ranks are from one rank, where it was checked. */
  readonly certify?: CertifyResult | undefined;
  /** Human-readable description of the device. */
  readonly device: string;
  /** Number of ranks that trained together. */
  readonly ranks: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Those that were taken by this run and not by one that it goes on from. @default all */
  readonly runSteps?: number | undefined;
  /** Duration of the whole run. */
  readonly seconds: number;
  /** What was predicted before the run, where it could be. */
  readonly plan?: PlanComparison | undefined;
}

/** Figures that were predicted before a run, beside what was measured. */
export interface PlanComparison {
  /** Most bytes of the process. */
  readonly peakBytes: Foreseen;
  /** Time from step to step; absent for a training of one step. */
  readonly stepSeconds?: Foreseen | undefined;
  /** Time of the whole run. */
  readonly seconds: Foreseen;
}

/** A figure before and after. */
export interface Foreseen {
  readonly predicted: number;
  readonly measured: number;
}

/** The loss after one optimizer step. */
export interface LossPoint {
  readonly step: number;
  /** Mean squared error on normalised targets. */
  readonly loss: number;
  readonly learningRate?: number | undefined;
}

/** The loss on the validation split at one optimizer step. */
export interface ValidationPoint {
  readonly step: number;
  readonly loss: number;
}

/** One row of the metrics table. */
export interface MetricsRow {
  readonly method: "network" | "nearestSample" | "trainingMean";
  /** Name to print, such as "Nearest training sample". */
  readonly label: string;
  readonly metrics: Metrics;
  /** Errors on walls and away from them, where the data tell which nodes lie on one. */
  readonly surface?: SurfaceMetrics | undefined;
  /** Lift and drag, where there is a body in a flow. */
  readonly forces?: ForceMetrics | undefined;
}

/** One scalar per node that is drawn as a map. */
export interface MapField {
  readonly name: string;
  /** Physical unit, "" where there is none. */
  readonly unit: string;
  /** One value per node [N]; `componentValues` takes them out of a field of several components. */
  readonly values: ArrayLike<number>;
}

/** The truth and the prediction of one scalar. */
export interface MapTarget {
  readonly name: string;
  readonly unit: string;
  /** [N]. */
  readonly truth: ArrayLike<number>;
  /** [N]. */
  readonly predicted: ArrayLike<number>;
}

/** One test sample with what is needed to draw it. */
export interface ReportSample {
  /** What the sample stands for, such as "median" or "worst". */
  readonly label: string;
  readonly id: string;
  readonly relativeL2: number;
  /** D: 2, or 3 for a mesh that is cut at the middle of its third axis; others are not drawn. */
  readonly dimensions: number;
  /** Node positions [N, D]. */
  readonly position: ArrayLike<number>;
  /** Name of a unit of length, "" where there is none. */
  readonly lengthUnit?: string | undefined;
  /** For grids: [n, m] nodes along x and y; node number i·m + j lies at x index i, y index j. */
  readonly gridShape?: readonly [number, number] | undefined;
  /**
   * The cells, where they are known: maps of meshes in two dimensions then show the mesh as it is.
   */
  readonly cells?: CellList | undefined;
  /** The part of a mesh in two dimensions that is worth seeing. @default all of it */
  readonly window?: MapWindow | undefined;
  /** Pressure along the wall of a body in a flow. */
  readonly wallPressure?: WallPressure | undefined;
  /** Inputs worth seeing, such as the permeability. */
  readonly inputs: readonly MapField[];
  readonly targets: readonly MapTarget[];
  /** Rank that owns each node [N]. */
  readonly owner: ArrayLike<number>;
}

/** A rectangle in the coordinates of the mesh. */
export interface MapWindow {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/**
 * Pressure coefficients along the lines of a wall: pressure over half the square of the inlet
 * speed.
 */
export interface WallPressure {
  /** Position along the chord of each point, line after line. */
  readonly x: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  /** Where each line starts in the points [lines + 1]; a line around a body ends where it began. */
  readonly lineOffsets: ArrayLike<number>;
}

/** One stage as it ran. */
export interface StageSummary {
  readonly name: string;
  /** Built-in stage or module that ran. */
  readonly run: string;
  readonly ranks: number;
  /** The stages whose output it reads. */
  readonly from: readonly string[];
  /** Rows it gave out (or took in, for the last stage), over all ranks. */
  readonly rows: number;
  /** Bytes it took in, over all ranks. */
  readonly bytesIn: number;
  /** Bytes it gave out, over all ranks. */
  readonly bytesOut: number;
  /** Seconds at work, mean over the ranks. */
  readonly busySeconds: number;
  /** Seconds of waiting for others, mean over the ranks. */
  readonly waitSeconds: number;
  /**
   * Whether its results are those of an earlier run: the figures are that run's, as far as known,
   * and the times 0.
   */
  readonly cached?: boolean | undefined;
}

/** Differences between P ranks and one rank, relative to the largest value of each tensor. */
export interface CertifyResult {
  readonly ranks: number;
  readonly predictionError: number;
  readonly predictionTolerance: number;
  readonly gradientError: number;
  readonly gradientTolerance: number;
}

/**
 * One component of a field as values per node.
 *
 * @param values Values [N, k], node by node
 * @param componentCount k
 * @param component Which component, from 0
 */
export function componentValues(
  values: ArrayLike<number>,
  componentCount: number,
  component: number,
): Float64Array {
  const result = new Float64Array(values.length / componentCount);
  for (let node = 0; node < result.length; node++) {
    result[node] = values[node * componentCount + component];
  }
  return result;
}

/** The row of the network. @throws {TypeError} when there is none. */
export function networkRow(data: Pick<ReportData, "metrics">): MetricsRow {
  const row = data.metrics.find(({ method }) => method === "network");
  if (row) return row;
  throw new TypeError(
    `Cannot report the run as its metrics must have a row "network": received ` +
      `${data.metrics.length} others`,
  );
}
