/**
 * Spacings of structured meshes: points on a line that are denser at its ends.
 *
 * @module
 */

/**
 * Points from 0 to 1 that are denser at both ends by hyperbolic tangents, after Vinokur, "On
 * one-dimensional stretching functions for finite-difference calculations" (1983).
 *
 * @param cellCount Number of intervals
 * @param first Approximate length of the first interval
 * @param last Approximate length of the last interval
 * @returns Increasing points `[cellCount + 1]`; both ends are exact
 */
export function stretchedPoints(cellCount: number, first: number, last: number): Float64Array {
  const ratio = Math.sqrt(last / first);
  const crowding = 1 / (cellCount * Math.sqrt(first * last));
  const delta = bisect((x) => Math.sinh(x) / x < crowding, 1e-6, 50);
  return Float64Array.from({ length: cellCount + 1 }, (_, i) => {
    if (i === 0 || i === cellCount) return i / cellCount;
    const u = (1 + Math.tanh(delta * (i / cellCount - 0.5)) / Math.tanh(delta / 2)) / 2;
    return u / (ratio + (1 - ratio) * u);
  });
}

/**
 * The ratio of neighbouring intervals that fills `length` with `cellCount` of them, of which the
 * first is `first`.
 */
export function growthRatio(first: number, length: number, cellCount: number): number {
  return bisect((ratio) => geometricDistance(first, ratio, cellCount) <= length, 1 + 1e-9, 2);
}

/** Total length of `count` intervals, each `ratio` times the previous one. */
export function geometricDistance(first: number, ratio: number, count: number): number {
  return first * (ratio ** count - 1) / (ratio - 1);
}

/** The point between `low` and `high` from which a condition no longer holds. */
function bisect(holds: (x: number) => boolean, low: number, high: number): number {
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
