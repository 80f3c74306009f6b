/**
 * Lift and drag from speed and angle of the inlet alone, a baseline that sees no shape.
 *
 * @module
 */

import { regressionSums, type Rows, solveRidge } from "../metrics/ridge.ts";
import {
  type Body,
  type FlowReference,
  type ForceCoefficients,
  forceCoefficients,
} from "./force_metrics.ts";

/** Penalty of the regression; features have deviation 1. */
const RIDGE = 1e-6;

/** Features of an inlet: 1, angle, its square, speed, and angle times speed. */
const FEATURE_COUNT = 5;

/** Names of the predicted coefficients, in the order of the columns. */
const COLUMNS = ["lift", "pressureLift", "drag", "pressureDrag", "cellHeight"] as const;

interface Inlet {
  /** Angle to the x axis, in radians. */
  readonly angle: number;
  readonly speed: number;
}

/**
 * A least-squares fit of force coefficients: quadratic in the angle of the inlet, and linear in its
 * speed.
 */
export class InletRegression {
  readonly #reference: FlowReference;
  readonly #inlets: Inlet[] = [];
  readonly #coefficients: ForceCoefficients[] = [];
  #fit: ((inlet: Inlet) => ForceCoefficients) | undefined;

  constructor(reference: FlowReference) {
    this.#reference = reference;
  }

  /**
   * Adds a training sample.
   *
   * @param flow Its flow as rows [N, O]
   */
  add(body: Body, flow: ArrayLike<number>): void {
    this.#inlets.push(inletOf(body));
    this.#coefficients.push(forceCoefficients(body, flow, this.#reference));
    this.#fit = undefined;
  }

  /** The coefficients of a body in its inlet; undefined with fewer samples than features. */
  predict(body: Body): ForceCoefficients | undefined {
    if (this.#inlets.length < FEATURE_COUNT) return undefined;
    this.#fit ??= fit(this.#inlets, this.#coefficients);
    return this.#fit(inletOf(body));
  }
}

function inletOf({ inlet: [x, y] }: Body): Inlet {
  return { angle: Math.atan2(y, x), speed: Math.hypot(x, y) };
}

function fit(inlets: readonly Inlet[], coefficients: readonly ForceCoefficients[]) {
  const angle = standardised(inlets.map(({ angle }) => angle));
  const speed = standardised(inlets.map(({ speed }) => speed));
  const features = (inlet: Inlet) => {
    const a = angle(inlet.angle);
    const s = speed(inlet.speed);
    return [1, a, a * a, s, a * s];
  };
  const x = rowsOf(inlets.map(features));
  const y = rowsOf(coefficients.map((sample) => COLUMNS.map((name) => sample[name])));
  const { values } = solveRidge(regressionSums(x, y), RIDGE);
  return (inlet: Inlet): ForceCoefficients => {
    const row = features(inlet);
    const predict = (column: number) =>
      row.reduce((sum, value, k) => sum + value * values[k * COLUMNS.length + column], 0);
    const [lift, pressureLift, drag, pressureDrag, cellHeight] = COLUMNS.map((_, k) => predict(k));
    return { lift, pressureLift, drag, pressureDrag, cellHeight };
  };
}

/** The map to mean 0 and deviation 1, or to 0 for values that are all equal. */
function standardised(values: readonly number[]): (value: number) => number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / values.length);
  return (value) => deviation > 0 ? (value - mean) / deviation : 0;
}

function rowsOf(rows: readonly (readonly number[])[]): Rows {
  return { values: Float64Array.from(rows.flat()), width: rows[0].length };
}
