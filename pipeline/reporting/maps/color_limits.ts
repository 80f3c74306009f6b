/**
 * Which values a colour scale spans: all of them, unless a few lie so far beyond the others that
 * these would be of one colour.
 *
 * @module
 */

/** The values at the ends of a colour scale. */
export interface ColorLimits {
  readonly low: number;
  readonly high: number;
  /** Whether values lie beyond an end, and have its colour. */
  readonly clipsLow: boolean;
  readonly clipsHigh: boolean;
}

/** Share of the values that may lie beyond each end. */
const TAIL = 0.01;

/**
 * A tail is shown whole where it takes no more than this share of the range of all other values.
 */
const LONGEST_TAIL = 0.25;

/**
 * The limits of one scale for several fields: from the 1st to the 99th percentile of the first of
 * them, and at each end on to the extreme of all fields where that is near. Around an aerofoil the
 * pressure of the stagnation point alone would take most of the colours.
 *
 * @param fields Values of each field, with at least one value in all
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
  const sorted = fields[0].toSorted();
  const first = quantile(sorted, TAIL);
  const last = quantile(sorted, 1 - TAIL);
  const span = last - first;
  let least = Infinity, largest = -Infinity;
  for (const values of fields) {
    for (const value of values) {
      least = Math.min(least, value);
      largest = Math.max(largest, value);
    }
  }
  // Where nearly all values are equal, the others are what there is to see.
  const clipsLow = span > 0 && first - least > LONGEST_TAIL * span;
  const clipsHigh = span > 0 && largest - last > LONGEST_TAIL * span;
  return { low: clipsLow ? first : least, high: clipsHigh ? last : largest, clipsLow, clipsHigh };
}

/** The limits of signed errors: as far on either side of 0. */
export function errorLimits(errors: Float64Array): ColorLimits {
  const { high, clipsHigh } = colorLimits(errors.map(Math.abs));
  return { low: -high, high, clipsLow: clipsHigh, clipsHigh };
}

/** The value at `share` of sorted ones: the nearest rank. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))];
}
