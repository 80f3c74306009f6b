/**
 * Whether one list of numbers ranks things as another does.
 *
 * @module
 */

/**
 * Spearman's rank correlation of paired values: Pearson's correlation of their ranks, equal values
 * sharing the mean of their ranks. 1 where both rank alike, −1 where one reverses the other.
 *
 * @returns NaN for fewer than two pairs, or where all values of one list are equal
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(spearman([1, 2, 3], [10, 100, 1000]), 1);
 * ```
 */
export function spearman(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) {
    throw new TypeError(
      `Cannot correlate as both lists must have the same length: received ${a.length} and ` +
        `${b.length}`,
    );
  }
  const [ranksA, ranksB] = [ranks(a), ranks(b)];
  // The ranks 1 to n have this mean, shared or not.
  const mean = (a.length + 1) / 2;
  let both = 0, squaresA = 0, squaresB = 0;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [ranksA[k] - mean, ranksB[k] - mean];
    both += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return both / Math.sqrt(squaresA * squaresB);
}

/** The rank of each value, from 1; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): Float64Array {
  const order = values.map((_, k) => k).sort((i, j) => values[i] - values[j]);
  const result = new Float64Array(values.length);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end]] === values[order[first]]) end++;
    for (let k = first; k < end; k++) result[order[k]] = (first + 1 + end) / 2;
    first = end;
  }
  return result;
}
