/**
 * The validations of a training so far.
 *
 * @module
 */

import { z } from "zod";

/** JSON has no NaN, which it writes as null. */
const figure = z.number().nullable().transform((value) => value ?? NaN);

const count = z.int().min(0);

/** Schema of `ValidationPoint`. */
const validationPoint = z.strictObject({
  step: count.describe("Number of steps before it."),
  epoch: count.describe("Epoch of the last step, from 0."),
  relativeL2: figure.describe("Mean relative L2 over the samples."),
  normalisedRmse: figure.describe("RMSE in standard deviations of the targets."),
});

/** Schema of `ValidationState`. */
export const validationState = z.strictObject({
  points: z.array(validationPoint),
  best: validationPoint.optional().describe("The point whose model is the best."),
  waited: count.describe("Number of validations since then."),
});

/** One validation of a training. */
export type ValidationPoint = z.infer<typeof validationPoint>;

/** Validations of a training so far, and what follows from them. */
export type ValidationState = z.infer<typeof validationState>;

/** The state before the first validation. */
export const NO_VALIDATION: ValidationState = { points: [], waited: 0 };

/** Share of its error by which a model must be better than the best, so that rounding is not. */
const MIN_IMPROVEMENT = 1e-4;

/** The state after another validation. */
export function withPoint(
  { points, best, waited }: ValidationState,
  point: ValidationPoint,
): ValidationState {
  const limit = best === undefined || Number.isNaN(best.relativeL2)
    ? Infinity
    : best.relativeL2 * (1 - MIN_IMPROVEMENT);
  const isBest = best === undefined || point.relativeL2 < limit;
  return {
    points: [...points, point],
    best: isBest ? point : best,
    waited: isBest ? 0 : waited + 1,
  };
}
