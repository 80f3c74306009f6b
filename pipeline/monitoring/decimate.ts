/**
 * Curves with few points that look like those with all.
 *
 * @module
 */

/** A curve that is drawn. */
export interface DrawnCurve {
  readonly step: readonly number[];
  readonly seconds: readonly number[];
  /** Null where the figure is not finite. */
  readonly value: readonly (number | null)[];
}

/** The points of a curve, each array of the same length, in ascending order of `step`. */
export interface CurvePoints {
  readonly step: Float64Array;
  readonly seconds: Float64Array;
  readonly value: Float64Array;
}

/** Significant digits of drawn values: a pixel shows fewer. */
const DIGITS = 5;

/**
 * Reduces a curve to the lowest and the highest point in each of `bucketCount` equal ranges of
 * steps, so that no spike is lost. A curve with up to `2 * bucketCount` points remains as it is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const step = Float64Array.from({ length: 100 }, (_, k) => k);
 * const value = step.map((k) => k === 42 ? 7 : 0);
 * const curve = decimate({ step, seconds: step, value }, 5);
 * assert.ok(curve.step.includes(42) && curve.step.length <= 12);
 * ```
 */
export function decimate(
  { step, seconds, value }: CurvePoints,
  bucketCount: number,
): DrawnCurve {
  const count = step.length;
  if (count <= 2 * bucketCount) return drawn(step, seconds, value, Array.from(step.keys()));
  const places: number[] = [];
  const first = step[0];
  const width = (step[count - 1] - first) / bucketCount;
  let start = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const end = bucket === bucketCount - 1 ? Infinity : first + width * (bucket + 1);
    let low = -1;
    let high = -1;
    let missing = -1;
    let at = start;
    for (; at < count && step[at] < end; at++) {
      const current = value[at];
      if (!Number.isFinite(current)) missing = at;
      else {
        if (low < 0 || current < value[low]) low = at;
        if (high < 0 || current > value[high]) high = at;
      }
    }
    start = at;
    const found = [...new Set([low, high, missing])].filter((place) => place >= 0);
    places.push(...found.sort((a, b) => a - b));
  }
  // The curve begins at its first and ends at its last point.
  if (places[0] !== 0) places.unshift(0);
  if (places.at(-1) !== count - 1) places.push(count - 1);
  return drawn(step, seconds, value, places);
}

function drawn(
  step: Float64Array,
  seconds: Float64Array,
  value: Float64Array,
  places: readonly number[],
): DrawnCurve {
  return {
    step: places.map((at) => step[at]),
    seconds: places.map((at) => Math.round(1000 * seconds[at]) / 1000),
    value: places.map((at) => shortened(value[at])),
  };
}

/** A number with the digits that a drawing shows; null if it is not finite. */
export function shortened(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null;
}
