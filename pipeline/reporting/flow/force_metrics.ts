/**
 * Lift and drag of predicted flows against those of the true ones.
 *
 * @module
 */

import type { CellList } from "./mesh_faces.ts";
import { spearman } from "./rank_correlation.ts";
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
  /**
   * Where the rows [N, O] of a flow have their kinematic pressure and the two components of the
   * velocity.
   */
  readonly columns: { readonly pressure: number; readonly velocity: readonly [number, number] };
}

/**
 * What the data do not tell of a flow, and its coefficients refer to, beside the inlet velocity and
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
  /**
   * Height of the first cells in viscous units, as far as the flow tells (`WallForces.cellHeight`).
   */
  readonly cellHeight: number;
}

/** A coefficient over all test samples. */
export interface CoefficientMetrics {
  /** Mean of |predicted − truth| / |truth| over the samples. */
  readonly meanRelativeError: number;
  /**
   * Spearman's rank correlation of predicted and true coefficients; NaN where one of them ranks
   * nothing.
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
   * Whether friction counts: the true flow resolves the layer at the wall in which velocity grows
   * in proportion to height. Where the solver used wall functions instead, gradients of the fields
   * at the wall mean nothing.
   */
  readonly friction: boolean;
  /** Largest `cellHeight` of the true flows. */
  readonly cellHeight: number;
  readonly reference: FlowReference;
  /** By name: "lift" and "drag" with friction, else "pressure lift" and "pressure drag". */
  readonly coefficients: Readonly<Record<string, CoefficientMetrics>>;
}

/** The linear layer of a turbulent profile ends here, in viscous units. */
const LINEAR_LAYER = 5;

/** The coefficients of the flow in `rows` [N, O], with the velocity on the wall 0. */
export function forceCoefficients(
  { position, cells, wall, inlet, columns }: Body,
  rows: ArrayLike<number>,
  { viscosity, chord }: FlowReference = AIRFRANS_REFERENCE,
): ForceCoefficients {
  const width = rows.length / (position.length / 2);
  const { pressure, friction, cellHeight } = wallForces(cells, wall, {
    position,
    pressure: (node) => rows[node * width + columns.pressure],
    velocity: (
      node,
    ) => [rows[node * width + columns.velocity[0]], rows[node * width + columns.velocity[1]]],
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

/** Collects the coefficients of test samples. */
export class ForceAccumulator {
  readonly #reference: FlowReference;
  readonly #samples: {
    readonly id: string;
    readonly truth: ForceCoefficients;
    readonly predicted: ForceCoefficients;
  }[] = [];

  constructor(reference: FlowReference = AIRFRANS_REFERENCE) {
    this.#reference = reference;
  }

  /** Adds one sample with its flows as rows [N, O]. */
  add(id: string, body: Body, truth: ArrayLike<number>, predicted: ArrayLike<number>): void {
    this.#samples.push({
      id,
      truth: forceCoefficients(body, truth, this.#reference),
      predicted: forceCoefficients(body, predicted, this.#reference),
    });
  }

  /** Lift and drag of all samples so far; undefined where there are none. */
  result(): ForceMetrics | undefined {
    if (this.#samples.length === 0) return undefined;
    const cellHeight = Math.max(...this.#samples.map(({ truth }) => truth.cellHeight));
    const friction = cellHeight <= LINEAR_LAYER;
    const coefficients: ForceMetrics["coefficients"] = friction
      ? { "lift": this.#compare("lift"), "drag": this.#compare("drag") }
      : {
        "pressure lift": this.#compare("pressureLift"),
        "pressure drag": this.#compare("pressureDrag"),
      };
    return { friction, cellHeight, reference: this.#reference, coefficients };
  }

  #compare(name: keyof ForceCoefficients): CoefficientMetrics {
    const samples = this.#samples.map(({ id, truth, predicted }) => ({
      id,
      truth: truth[name],
      predicted: predicted[name],
    }));
    const errors = samples.filter(({ truth }) => truth !== 0)
      .map(({ truth, predicted }) => Math.abs((predicted - truth) / truth));
    return {
      meanRelativeError: errors.reduce((sum, error) => sum + error, 0) / errors.length,
      rankCorrelation: spearman(
        samples.map(({ truth }) => truth),
        samples.map(({ predicted }) => predicted),
      ),
      samples,
    };
  }
}
