/**
 * Lift and drag of predicted flows against those of the true ones.
 *
 * @module
 */

import type { CellList } from "./mesh_faces.ts";
import type { Wall } from "./wall.ts";
import { AIR_VISCOSITY, dragAndLift, wallForces } from "./wall_forces.ts";

/** A body in a flow, without the flow. */
export interface Body {
  /** Node positions [N, 2]. */
  readonly position: ArrayLike<number>;
  readonly cells: CellList;
  readonly wall: Wall;
  /** Velocity far upstream, in m/s. */
  readonly inlet: readonly [number, number];
  /** Columns of the kinematic pressure and of the velocity components in a flow [N, O]. */
  readonly columns: { readonly pressure: number; readonly velocity: readonly [number, number] };
}

/**
 * Constants of the coefficients that the data do not hold, besides the inlet velocity and
 * density 1.
 */
export interface FlowReference {
  /** Kinematic viscosity, in m²/s. */
  readonly viscosity: number;
  /** Length of the chord, in units of the positions. */
  readonly chord: number;
}

/** The air and the aerofoils of AirfRANS. */
export const AIRFRANS_REFERENCE: FlowReference = { viscosity: AIR_VISCOSITY, chord: 1 };

/** The coefficients of one flow on one body. */
export interface ForceCoefficients {
  readonly lift: number;
  readonly pressureLift: number;
  readonly drag: number;
  readonly pressureDrag: number;
  /** Height of the first cells in viscous units (`WallForces.cellHeight`). */
  readonly cellHeight: number;
}

/** A coefficient over all test samples. */
export interface CoefficientMetrics {
  /** Mean of |predicted − truth| over the samples. */
  readonly meanAbsoluteError: number;
  /**
   * The same divided by the range of the true coefficients over the samples; NaN if that is 0
   * within rounding, as for one sample.
   */
  readonly rangeError: number;
  /** Mean of |predicted − truth| / |truth| over the samples whose true coefficient is not 0. */
  readonly meanRelativeError: number;
  /**
   * Spearman's rank correlation of predicted and true coefficients; NaN if one is constant
   * within rounding, or for fewer than three samples.
   */
  readonly rankCorrelation: number;
  readonly samples: readonly {
    readonly id: string;
    readonly truth: number;
    readonly predicted: number;
  }[];
}

/** Lift and drag over all test samples. */
export interface ForceMetrics {
  /**
   * Whether friction is included: the true flow resolves the layer at the wall in which velocity is
   * proportional to height. If the solver used wall functions instead, the gradients of the fields
   * at the wall are meaningless.
   */
  readonly friction: boolean;
  /** Largest `cellHeight` of the true flows. */
  readonly cellHeight: number;
  readonly reference: FlowReference;
  /** By name: "lift" and "drag" with friction, else "pressure lift" and "pressure drag". */
  readonly coefficients: Readonly<Record<string, CoefficientMetrics>>;
  /** The same of a regression on speed and angle of the inlet, a baseline that sees no shape. */
  readonly inletRegression?: Readonly<Record<string, CoefficientMetrics>> | undefined;
}

/** Coefficients of float32 fields below which there is only rounding. */
export const LEAST_COEFFICIENT = 1e-6;

/** Samples without which a ranking means nothing: two are in order half of the time. */
const MIN_RANKED_SAMPLES = 3;

/** End of the linear layer of a turbulent profile, in viscous units. */
const LINEAR_LAYER_HEIGHT = 5;

/** The coefficients of the flow in `rows` [N, O], with velocity 0 on the wall. */
export function forceCoefficients(
  { position, cells, wall, inlet, columns }: Body,
  rows: ArrayLike<number>,
  { viscosity, chord }: FlowReference = AIRFRANS_REFERENCE,
): ForceCoefficients {
  const width = rows.length / (position.length / 2);
  const { pressure, friction, cellHeight } = wallForces(cells, wall, {
    position,
    pressure: (node) => rows[node * width + columns.pressure],
    velocity: (node) => [
      rows[node * width + columns.velocity[0]],
      rows[node * width + columns.velocity[1]],
    ],
    viscosity,
  });
  const byPressure = dragAndLift(pressure, inlet, chord);
  const byFriction = dragAndLift(friction, inlet, chord);
  return {
    lift: byPressure.lift + byFriction.lift,
    pressureLift: byPressure.lift,
    drag: byPressure.drag + byFriction.drag,
    pressureDrag: byPressure.drag,
    cellHeight,
  };
}

interface ForcedSample {
  readonly id: string;
  readonly truth: ForceCoefficients;
  readonly predicted: ForceCoefficients;
  /** By the regression on the inlet, if there is one. */
  readonly fromInlet: ForceCoefficients | undefined;
}

/** Collects the coefficients of test samples. */
export class ForceAccumulator {
  readonly #reference: FlowReference;
  readonly #samples: ForcedSample[] = [];

  constructor(reference: FlowReference = AIRFRANS_REFERENCE) {
    this.#reference = reference;
  }

  /**
   * Adds one sample with its flows as rows [N, O].
   *
   * @param fromInlet Coefficients by a regression on the inlet, if there is one
   */
  add(
    id: string,
    body: Body,
    truth: ArrayLike<number>,
    predicted: ArrayLike<number>,
    fromInlet?: ForceCoefficients,
  ): void {
    this.#samples.push({
      id,
      truth: forceCoefficients(body, truth, this.#reference),
      predicted: forceCoefficients(body, predicted, this.#reference),
      fromInlet,
    });
  }

  /** Lift and drag of all samples so far; undefined if there are none. */
  result(): ForceMetrics | undefined {
    if (this.#samples.length === 0) return undefined;
    const cellHeight = Math.max(...this.#samples.map(({ truth }) => truth.cellHeight));
    const friction = cellHeight <= LINEAR_LAYER_HEIGHT;
    const compare = (method: "predicted" | "fromInlet") =>
      friction ? { lift: this.#compare("lift", method), drag: this.#compare("drag", method) } : {
        "pressure lift": this.#compare("pressureLift", method),
        "pressure drag": this.#compare("pressureDrag", method),
      };
    const hasRegression = this.#samples.every(({ fromInlet }) => fromInlet !== undefined);
    return {
      friction,
      cellHeight,
      reference: this.#reference,
      coefficients: compare("predicted"),
      inletRegression: hasRegression ? compare("fromInlet") : undefined,
    };
  }

  #compare(
    name: keyof ForceCoefficients,
    method: "predicted" | "fromInlet",
  ): CoefficientMetrics {
    const samples = this.#samples.map((sample) => ({
      id: sample.id,
      truth: sample.truth[name],
      predicted: sample[method]?.[name] ?? NaN,
    }));
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const truths = samples.map(({ truth }) => truth);
    const meanAbsoluteError = mean(
      samples.map(({ truth, predicted }) => Math.abs(predicted - truth)),
    );
    const range = Math.max(...truths) - Math.min(...truths);
    return {
      meanAbsoluteError,
      rangeError: range > LEAST_COEFFICIENT ? meanAbsoluteError / range : NaN,
      meanRelativeError: mean(
        samples.filter(({ truth }) => truth !== 0)
          .map(({ truth, predicted }) => Math.abs((predicted - truth) / truth)),
      ),
      rankCorrelation: samples.length < MIN_RANKED_SAMPLES || !(range > LEAST_COEFFICIENT)
        ? NaN
        : spearman(truths, samples.map(({ predicted }) => predicted)),
      samples,
    };
  }
}

/**
 * Spearman's rank correlation of paired values: Pearson's correlation of their ranks, where equal
 * values share the mean of their ranks.
 *
 * @returns 1 for the same ranking, −1 for the reverse one; NaN for fewer than two pairs or a
 * constant list
 * @throws {TypeError} If the lists differ in length
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(spearman([1, 2, 3], [10, 100, 1000]), 1);
 * ```
 */
export function spearman(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) {
    throw new TypeError(
      `Cannot correlate ranks: both lists must have the same length, received ${a.length} and ` +
        `${b.length}`,
    );
  }
  const ranksA = centeredRanks(a);
  const ranksB = centeredRanks(b);
  let covariance = 0;
  let varianceA = 0;
  let varianceB = 0;
  for (let k = 0; k < a.length; k++) {
    covariance += ranksA[k] * ranksB[k];
    varianceA += ranksA[k] ** 2;
    varianceB += ranksB[k] ** 2;
  }
  return covariance / Math.sqrt(varianceA * varianceB);
}

/**
 * The rank of each value less the mean of all ranks. `rank` of d3-array gives equal values their
 * lowest rank, and loading it would slow the start of the stages.
 */
function centeredRanks(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return values.map((value) =>
    (sorted.indexOf(value) + sorted.lastIndexOf(value) - (values.length - 1)) / 2
  );
}
