/**
 * Components of fields that are round-off of the others, such as the velocity across a plane.
 *
 * @module
 */

/**
 * Largest size of round-off, as a share of the largest component: above what solvers in float64
 * leave where the true value is 0.
 */
export const ROUND_OFF = 1e-10;

/**
 * Whether values of a size are round-off in a field.
 *
 * @param size Largest absolute value of a component, or its deviation.
 * @param largest The largest of those of all components.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.ok(isRoundOff(1e-17, 1));
 * assert.ok(!isRoundOff(1e-17, 1e-16));
 * ```
 */
export function isRoundOff(size: number, largest: number): boolean {
  return size > 0 && size <= ROUND_OFF * largest;
}
