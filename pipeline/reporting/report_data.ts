/**
 * The contents of a report as plain data, which a stage, a test or a notebook can provide.
 *
 * @module
 */

import type { CellList } from "./flow/mesh_faces.ts";
import type { ForceMetrics } from "./flow/force_metrics.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { SurfaceMetrics } from "./metrics/surface_metrics.ts";

/** Contents of a report. Equal contents give the same report, byte for byte. */
export interface ReportData {
  /** Name of the run, such as "Darcy flow, 2 subdomains". */
  readonly title: string;
  /** The command line that repeats the run. */
  readonly command: string;
  /** The settings that define the run, in the order of the report. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Training loss per optimizer step, by ascending step. */
  readonly lossCurve: readonly LossPoint[];
  /** Errors on validation samples during the training. @default none */
  readonly validation?: ValidationCurve | undefined;
  /**
   * The network and the baselines, each measured on the same test samples; one row with method
   * "network".
   */
  readonly metrics: readonly MetricsRow[];
  /** Pictures of test samples, the one to show first at the front. */
  readonly samples: readonly DrawnSample[];
  /** Sentences about test inputs outside the range of the training. @default none */
  readonly outOfRange?: readonly string[] | undefined;
  /** Predictions of the network against the truth, one per output. */
  readonly densities?: readonly OutputDensity[] | undefined;
  /** The pipeline as it ran, in the order of its declaration. */
  readonly stages: readonly StageSummary[];
  /** Differences between P ranks and one rank, if they were checked. */
  readonly certify?: CertifyResult | undefined;
  /** Human-readable description of the device. */
  readonly device: string;
  /** Number of ranks that trained together. */
  readonly ranks: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Steps of this run alone, without those of the run that it resumed. @default all */
  readonly runSteps?: number | undefined;
  /** Duration of the complete run. */
  readonly seconds: number;
  /** Figures predicted before the run, if they could be. */
  readonly plan?: PlanComparison | undefined;
}

/** Figures predicted before a run and measured in it. */
export interface PlanComparison {
  /** Peak memory of the process. */
  readonly peakBytes: Foreseen;
  /** Time from step to step; absent for a training of one step. */
  readonly stepSeconds?: Foreseen | undefined;
  /** Time of the complete run. */
  readonly seconds: Foreseen;
}

/** A figure before and after the run. */
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

/** Errors on validation samples during a training, and the model that was retained. */
export interface ValidationCurve {
  readonly points: readonly {
    /** Steps before it. */
    readonly step: number;
    /** Mean relative L2 over the samples; NaN if it is no number. */
    readonly relativeL2: number;
    readonly normalisedRmse: number;
  }[];
  readonly bestStep?: number | undefined;
  readonly keptStep: number;
}

/** One row of the metrics table. */
export interface MetricsRow {
  readonly method: "network" | "nearestSample" | "trainingMean" | "pointwise";
  /** Printed name, such as "Nearest training sample". */
  readonly label: string;
  readonly metrics: Metrics;
  /** Errors on walls and away from them, if the walls are known. */
  readonly surface?: SurfaceMetrics | undefined;
  /** Lift and drag, if there is a body in a flow. */
  readonly forces?: ForceMetrics | undefined;
}

/** One scalar per node that is drawn as a map. */
export interface MapField {
  readonly name: string;
  /** Physical unit, "" if there is none. */
  readonly unit: string;
  /** One value per node [N]. */
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

/** One test sample with the data to draw it. */
export interface ReportSample {
  /** Rank of the sample, such as "median" or "worst". */
  readonly label: string;
  readonly id: string;
  readonly relativeL2: number;
  /** Space dimensions D: 1, 2 or 3. */
  readonly dimensions: number;
  /** Node positions [N, D]. */
  readonly position: ArrayLike<number>;
  /** For grids: [n, m] nodes along x and y; node number i·m + j lies at x index i, y index j. */
  readonly gridShape?: readonly [number, number] | undefined;
  /** The cells, if they are known: maps then show the mesh with its holes. */
  readonly cells?: CellList | undefined;
  /** The part of a mesh in two dimensions to draw. @default all of it */
  readonly window?: MapWindow | undefined;
  /** Pressure along the wall of a body in a flow. */
  readonly wallPressure?: WallPressure | undefined;
  /** Inputs to draw, such as the permeability. */
  readonly inputs: readonly MapField[];
  readonly targets: readonly MapTarget[];
  /** Rank that owns each node [N]. */
  readonly owner: ArrayLike<number>;
}

/** The pictures of a sample. */
export interface DrawnSample {
  /** Rank of the sample, such as "median" or "worst"; "" for another one. */
  readonly label: string;
  readonly id: string;
  readonly relativeL2: number;
  /** One view of a mesh in 2-D, two of a mesh in 3-D, none in 1-D. */
  readonly views: readonly DrawnView[];
  /** The fields over a mesh in 1-D. */
  readonly curves: readonly DrawnCurve[];
  /** Inputs that hardly vary over the views, with their values. */
  readonly constants: readonly string[];
  /** Names of the fields beyond those that are drawn. */
  readonly omitted: readonly string[];
  /** How the mesh is drawn, where that needs words. */
  readonly notes: readonly string[];
  readonly wallPressure?: WallPressure | undefined;
}

/** Maps of one part of a mesh. */
export interface DrawnView {
  /** The axis across which the mesh is cut, or the side from which a surface is seen. */
  readonly title: "" | "y" | "z" | "above" | "front";
  readonly width: number;
  readonly height: number;
  /** Coordinates of the outer edges. */
  readonly extent: MapWindow;
  readonly axes: readonly [string, string];
  /** Whether the axes have different scales. */
  readonly isStretched: boolean;
  /** Borders between subdomains as an SVG path in pixels. */
  readonly borders: string;
  readonly inputs: readonly DrawnMap[];
  /** Truth, prediction and error of each target. */
  readonly targets: readonly (readonly DrawnMap[])[];
}

/** A field as an image. */
export interface DrawnMap {
  readonly title: string;
  readonly name: string;
  readonly unit: string;
  readonly scale: "viridis" | "blueWhiteRed" | "greys";
  /** Values of the first and of the last of 255 colours. */
  readonly low: number;
  readonly high: number;
  readonly clipsLow: boolean;
  readonly clipsHigh: boolean;
  /** All values of a field that has only a few. */
  readonly labels: readonly number[] | undefined;
  /** PNG file with a palette, in base64. */
  readonly png: string;
}

/** A field over a mesh in 1-D. */
export interface DrawnCurve {
  readonly name: string;
  readonly unit: string;
  readonly x: readonly number[];
  readonly truth: readonly number[];
  /** Undefined for an input. */
  readonly predicted: readonly number[] | undefined;
}

/** Numbers of nodes by true and predicted value, and by error, of one output over all samples. */
export interface OutputDensity {
  readonly name: string;
  readonly unit: string;
  readonly parity: DensityGrid;
  readonly errors: DensityGrid;
}

/** Counts in bins of equal width. */
export interface DensityGrid {
  /** Lower end of the first bin. */
  readonly low: number;
  readonly width: number;
  readonly bins: number;
  /** [bins], or [bins, bins] with the predicted value in the rows. */
  readonly counts: Uint32Array;
}

/** A rectangle in the coordinates of the mesh. */
export interface MapWindow {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/**
 * Pressure coefficients along the lines of a wall: pressure divided by half the square of the inlet
 * speed.
 */
export interface WallPressure {
  /** Position along the chord of each point, line after line. */
  readonly x: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  /** First point of each line [lines + 1]; a line around a body ends at its start. */
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
  /** Rows that it sent (or received, for a last stage), over all ranks. */
  readonly rows: number;
  /** Bytes that it received, over all ranks. */
  readonly bytesIn: number;
  /** Bytes that it sent, over all ranks. */
  readonly bytesOut: number;
  /** Seconds of work, mean over the ranks. */
  readonly busySeconds: number;
  /** Seconds of waiting for other stages, mean over the ranks. */
  readonly waitSeconds: number;
  /**
   * Whether its results come from an earlier run: the figures are those of that run, as far as they
   * are known, and the times 0.
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
 * The row of the network.
 *
 * @throws {TypeError} If there is none
 */
export function networkRow(data: Pick<ReportData, "metrics">): MetricsRow {
  const row = data.metrics.find(({ method }) => method === "network");
  if (row) return row;
  throw new TypeError(
    `Cannot report run: its metrics must have a row "network", received ` +
      `${data.metrics.length} other rows`,
  );
}
