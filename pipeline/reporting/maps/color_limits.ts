/**
 * The range of values that a colour scale spans: all of them, unless a few lie so far beyond the
 * others that those would share one colour.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { max, min, quantile } from "d3-array";

/** The values at the ends of a colour scale. */
export interface ColorLimits {
  readonly low: number;
  readonly high: number;
  /** Whether values lie below the low end and get its colour. */
  readonly clipsLow: boolean;
  /** Whether values lie above the high end and get its colour. */
  readonly clipsHigh: boolean;
}

/** Share of the values that may lie beyond each end. */
const TAIL = 0.01;

/** A tail is shown completely if it takes no more than this share of the range of the others. */
const MAX_TAIL_SHARE = 0.25;

/**
 * The limits of one scale for several fields: the 1st and the 99th percentile of the first field,
 * each extended to the extreme of all fields where that is near. Around an aerofoil the pressure of
 * the stagnation point alone would take most of the colours.
 *
 * @param fields Values of each field; NaN is left out
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const values = Float64Array.from({ length: 1001 }, (_, k) => k);
 * assert.deepEqual(colorLimits(values), { low: 0, high: 1000, clipsLow: false, clipsHigh: false });
 * values[1000] = 1e6;
 * assert.deepEqual(colorLimits(values), { low: 0, high: 990, clipsLow: false, clipsHigh: true });
 * ```
 */
export function colorLimits(...fields: readonly Float64Array[]): ColorLimits {
  const first = quantile(fields[0], TAIL) ?? NaN;
  const last = quantile(fields[0], 1 - TAIL) ?? NaN;
  const span = last - first;
  const smallest = min(fields, (values) => min(values)) ?? NaN;
  const largest = max(fields, (values) => max(values)) ?? NaN;
  // Where nearly all values are equal, the few that differ matter most.
  const clipsLow = span > 0 && first - smallest > MAX_TAIL_SHARE * span;
  const clipsHigh = span > 0 && largest - last > MAX_TAIL_SHARE * span;
  return {
    low: clipsLow ? first : smallest,
    high: clipsHigh ? last : largest,
    clipsLow,
    clipsHigh,
  };
}

/** The limits of signed errors: symmetric around 0. */
export function errorLimits(errors: Float64Array): ColorLimits {
  const { high, clipsHigh } = colorLimits(errors.map(Math.abs));
  return { low: -high, high, clipsLow: clipsHigh, clipsHigh };
}
