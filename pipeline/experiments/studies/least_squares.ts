/**
 * Least squares with non-negative coefficients. A library such as ml-fcnnls brings a matrix package
 * for problems of any size; the fits here have two or three terms, of which all subsets are tried.
 *
 * @module
 */

/** The coefficients of a fit. */
export interface Fit {
  readonly coefficients: readonly number[];
  /** Root mean square of the relative errors. */
  readonly residual: number;
}

/**
 * The coefficients >= 0 for which `sum_k coefficient_k · term_k` is closest to the values, with
 * errors relative to each value: times of milliseconds count as much as those of seconds.
 *
 * Solves the normal equations for each subset of the terms, so there must be few.
 *
 * @param terms Terms of every observation [M, K]
 * @param values Values > 0 [M]
 * @throws {RangeError} If there are fewer observations than terms, or a value is not > 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // 2 · edges + 3 · nodes
 * const { coefficients } = fitNonNegative([[1, 0], [0, 1], [1, 1]], [2, 3, 5]);
 * assert.deepEqual(coefficients.map(Math.round), [2, 3]);
 * ```
 */
export function fitNonNegative(
  terms: readonly (readonly number[])[],
  values: readonly number[],
): Fit {
  const termCount = terms[0]?.length ?? 0;
  if (terms.length < Math.max(1, termCount) || values.length !== terms.length) {
    throw new RangeError(
      `Cannot fit ${termCount} terms: there must be at least as many observations, received ` +
        String(values.length),
    );
  }
  const invalid = values.find((value) => !(value > 0 && value < Infinity));
  if (invalid !== undefined) {
    throw new RangeError(`Cannot fit terms: every value must be > 0, received ${invalid}`);
  }
  const relative = terms.map((row, m) => row.map((term) => term / values[m]));
  let best: Fit = { coefficients: Array<number>(termCount).fill(0), residual: 1 };
  for (let subset = 1; subset < 2 ** termCount; subset++) {
    const used = Array.from({ length: termCount }, (_, k) => k).filter((k) => (subset >> k) & 1);
    const solution = solveNormal(relative.map((row) => used.map((k) => row[k])));
    if (solution === undefined || solution.some((coefficient) => coefficient < 0)) continue;
    const coefficients = Array<number>(termCount).fill(0);
    used.forEach((k, i) => coefficients[k] = solution[i]);
    const squares = relative.map((row) => (dot(row, coefficients) - 1) ** 2);
    const residual = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    if (residual < best.residual) best = { coefficients, residual };
  }
  return best;
}

/** The solution of `rows · x = 1` by the normal equations; undefined if they are singular. */
function solveNormal(rows: readonly (readonly number[])[]): number[] | undefined {
  const size = rows[0].length;
  const scales = Array.from({ length: size }, (_, k) => Math.hypot(...rows.map((row) => row[k])));
  if (scales.includes(0)) return undefined;
  const scaled = rows.map((row) => row.map((term, k) => term / scales[k]));
  const matrix = scales.map((_, i) => [
    ...scales.map((_, k) => scaled.reduce((sum, row) => sum + row[i] * row[k], 0)),
    scaled.reduce((sum, row) => sum + row[i], 0),
  ]);
  // Gauss-Jordan elimination; the matrix is symmetric and positive, so it needs no pivoting.
  for (let i = 0; i < size; i++) {
    if (matrix[i][i] < 1e-10) return undefined;
    for (let k = 0; k < size; k++) {
      if (k === i) continue;
      const factor = matrix[k][i] / matrix[i][i];
      matrix[k] = matrix[k].map((value, column) => value - factor * matrix[i][column]);
    }
  }
  return matrix.map((row, k) => row[size] / row[k] / scales[k]);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}
