/**
 * How near results must be: the tolerances of the design for float32 against float64, which a plain
 * float32 PyTorch run undercuts by a factor of five to ten.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ParameterLayout } from "../../pipeline/model/parameters.ts";

/** Limit of the error of a prediction, relative to its largest value. */
export const PREDICTION_LIMIT = 5e-6;
/** Limit of the relative error of a loss. */
export const LOSS_LIMIT = 5e-6;
/** Limit of the error of a gradient tensor, relative to its largest value. */
export const GRADIENT_LIMIT = 3e-5;
/**
 * Of the largest gradient anywhere, instead: tensors whose gradients nearly cancel carry the noise
 * of the others.
 */
export const GRADIENT_NOISE = 1e-6;
/** Limit of the error of parameters after Adam steps, in units of steps · learning rate. */
export const AFTER_LIMIT = 0.02;

/** Everything that a network computes on a sample. */
export interface Computed {
  /** `[N, O]` */
  readonly prediction: Float32Array;
  readonly loss: number;
  /** Flat. */
  readonly gradient: Float32Array;
  /** Before each step. */
  readonly losses: readonly number[];
  /** Flat parameters after the steps. */
  readonly after: Float32Array;
}

/** Asserts that `actual` is `expected` within the tolerances. */
export function assertExact(
  actual: Computed,
  expected: Computed,
  layout: ParameterLayout,
  learningRate: number,
): void {
  const scale = Math.max(largest(expected.prediction), Number.MIN_VALUE);
  within(
    difference(actual.prediction, expected.prediction) / scale,
    PREDICTION_LIMIT,
    "prediction",
  );
  within(Math.abs(actual.loss - expected.loss) / expected.loss, LOSS_LIMIT, "loss");
  assertGradient(actual.gradient, expected.gradient, layout);
  assert.equal(actual.losses.length, expected.losses.length);
  expected.losses.forEach((loss, step) =>
    within(Math.abs(actual.losses[step] - loss) / loss, LOSS_LIMIT, `loss before step ${step + 1}`)
  );
  const travel = learningRate * expected.losses.length;
  within(
    difference(actual.after, expected.after) / travel,
    AFTER_LIMIT,
    "parameters after the steps",
  );
}

/** Asserts that every tensor of a flat gradient is within the tolerance. */
export function assertGradient(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  layout: ParameterLayout,
): void {
  assert.equal(actual.length, layout.length);
  const limits = gradientLimits(expected, layout);
  for (const { name, offset, length } of layout.tensors) {
    const part = (flat: ArrayLike<number>) => Array.from({ length }, (_, k) => flat[offset + k]);
    within(difference(part(actual), part(expected)), limits(offset), `gradient of ${name}`);
  }
}

/**
 * The allowed error of the gradient by each parameter, from the size of its tensor and of the
 * complete gradient.
 */
export function gradientLimits(
  expected: ArrayLike<number>,
  layout: ParameterLayout,
): (parameter: number) => number {
  const noise = GRADIENT_NOISE * largest(expected);
  return (parameter) => {
    const tensor = layout.tensors.findLast(({ offset }) => offset <= parameter)!;
    const values = Array.from({ length: tensor.length }, (_, k) => expected[tensor.offset + k]);
    return Math.max(GRADIENT_LIMIT * largest(values), noise);
  };
}

/** The largest absolute value. */
export function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The largest absolute difference; NaN where one is not a number. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  return largest(Array.from(actual, (value, k) => value - expected[k]));
}

/** Asserts `error <= limit`; an error that is not a number fails. */
export function within(error: number, limit: number, what: string): void {
  assert.ok(error <= limit, `${what}: an error of ${error} where ${limit} is allowed`);
}

/** The bits of float32 values, for comparisons that distinguish -0 and NaN. */
export function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}
