/**
 * Everything that is measured of one method of prediction, sample by sample.
 *
 * @module
 */

import {
  type Body,
  type FlowReference,
  ForceAccumulator,
  type ForceMetrics,
} from "../flow/force_metrics.ts";
import {
  type MeasuredSample,
  type Metrics,
  MetricsAccumulator,
  type TargetField,
} from "./metrics.ts";
import { SurfaceAccumulator, type SurfaceMetrics } from "./surface_metrics.ts";

/** One test sample, in physical units, with what is known of its walls. */
export interface MeteredSample extends MeasuredSample {
  /** Per node [N]: not 0 where it lies on a wall; absent where the data do not tell. */
  readonly surface?: ArrayLike<number> | undefined;
  /** The body in the flow, where lift and drag can be told. */
  readonly body?: Body | undefined;
}

/** What is measured of one method. */
export interface MethodMeasures {
  readonly metrics: Metrics;
  /** Undefined where the data do not tell which nodes lie on a wall. */
  readonly surface: SurfaceMetrics | undefined;
  /** Undefined where there is no body in a flow. */
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
   * @param reference Of the coefficients of forces. @default that of AirfRANS
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
   * Adds one sample, as `MetricsAccumulator.add`. @returns The relative L2 of the sample over all
   * fields
   */
  add(sample: MeteredSample): number | undefined {
    const relativeL2 = this.#metrics.add(sample);
    const { id, truth, predicted, surface, body } = sample;
    if (surface) this.#surface.add({ truth, predicted, surface });
    if (body) this.#forces.add(id, body, truth, predicted);
    return relativeL2;
  }

  /** The measures of all samples so far. @throws {RangeError} when there is no sample. */
  result(): MethodMeasures {
    return {
      metrics: this.#metrics.result(),
      surface: this.#surface.result(),
      forces: this.#forces.result(),
    };
  }
}
