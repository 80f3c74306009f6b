/**
 * All measures of one method of prediction, collected sample by sample.
 *
 * @module
 */

import {
  type Body,
  type FlowReference,
  ForceAccumulator,
  type ForceCoefficients,
  type ForceMetrics,
} from "../flow/force_metrics.ts";
import {
  type MeasuredSample,
  type Metrics,
  MetricsAccumulator,
  type TargetField,
} from "./metrics.ts";
import { SurfaceAccumulator, type SurfaceMetrics } from "./surface_metrics.ts";

/** One test sample, in physical units, with its walls. */
export interface MeteredSample extends MeasuredSample {
  /** Per node [N]: not 0 on a wall; undefined if the walls are not known. */
  readonly surface?: ArrayLike<number> | undefined;
  /** The body in the flow, if lift and drag can be computed. */
  readonly body?: Body | undefined;
  /** Lift and drag by a regression on the inlet, if there is one. */
  readonly fromInlet?: ForceCoefficients | undefined;
}

/** The measures of one method. */
export interface MethodMeasures {
  readonly metrics: Metrics;
  /** Undefined if the walls are not known. */
  readonly surface: SurfaceMetrics | undefined;
  /** Undefined if there is no body in a flow. */
  readonly forces: ForceMetrics | undefined;
}

/** The accumulators of one method. */
export class MethodMeter {
  readonly #metrics: MetricsAccumulator;
  readonly #surface: SurfaceAccumulator;
  readonly #forces: ForceAccumulator;

  /**
   * @param fields The predicted fields, in the order of their columns
   * @param columnNames Name of each output [O]
   * @param deviation Standard deviation of each output over the training set [O], physical units
   * @param reference Viscosity and chord of the force coefficients. @default those of AirfRANS
   */
  constructor(
    fields: readonly TargetField[],
    columnNames: readonly string[],
    deviation: ArrayLike<number>,
    reference?: FlowReference,
  ) {
    this.#forces = new ForceAccumulator(reference);
    this.#metrics = new MetricsAccumulator(fields, deviation);
    this.#surface = new SurfaceAccumulator(columnNames, deviation);
  }

  /**
   * Adds one sample, as `MetricsAccumulator.add`.
   *
   * @returns The relative L2 of the sample over all fields
   */
  add(sample: MeteredSample): number | undefined {
    const relativeL2 = this.#metrics.add(sample);
    const { id, truth, predicted, surface, known, body, fromInlet } = sample;
    if (surface) this.#surface.add({ truth, predicted, surface, known });
    // The forces need the flow along the complete wall and next to it.
    const isComplete = known === undefined || Array.from(known).every((flag) => flag !== 0);
    if (body && isComplete) this.#forces.add(id, body, truth, predicted, fromInlet);
    return relativeL2;
  }

  /**
   * The measures of all samples so far.
   *
   * @throws {RangeError} If there is no sample
   */
  result(): MethodMeasures {
    return {
      metrics: this.#metrics.result(),
      surface: this.#surface.result(),
      forces: this.#forces.result(),
    };
  }
}
