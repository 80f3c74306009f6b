/**
 * Dense systems of linear equations.
 *
 * @module
 */

/**
 * Solves A x = b by Gaussian elimination with partial pivoting in float64, O(n³ / 3) products.
 *
 * @param matrix A [n, n]; overwritten.
 * @param right b [n]; overwritten by x.
 * @param beat Called many times a second.
 * @throws {RangeError} If the matrix is singular.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const x = Float64Array.of(3, 5);
 * solveDense(Float64Array.of(0, 1, 2, 1), x);
 * assert.deepEqual([...x], [1, 3]);
 * ```
 */
export function solveDense(
  matrix: Float64Array,
  right: Float64Array,
  beat: () => void = () => {},
): void {
  const n = right.length;
  for (let column = 0; column < n; column++) {
    if (column % 16 === 0) beat();
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(matrix[row * n + column]) > Math.abs(matrix[pivot * n + column])) pivot = row;
    }
    const largest = matrix[pivot * n + column];
    if (!(Math.abs(largest) > 0)) {
      throw new RangeError(
        `Cannot solve equations: their matrix must have an inverse, column ${column} of ${n} ` +
          "depends on those before it",
      );
    }
    if (pivot !== column) swapRows(matrix, right, column, pivot);
    const from = matrix.subarray(column * n + column + 1, column * n + n);
    for (let row = column + 1; row < n; row++) {
      const factor = matrix[row * n + column] / largest;
      if (factor === 0) continue;
      const to = row * n + column + 1;
      for (let k = 0; k < from.length; k++) matrix[to + k] -= factor * from[k];
      right[row] -= factor * right[column];
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = right[row];
    for (let k = row + 1; k < n; k++) sum -= matrix[row * n + k] * right[k];
    right[row] = sum / matrix[row * n + row];
  }
}

function swapRows(matrix: Float64Array, right: Float64Array, a: number, b: number): void {
  const n = right.length;
  const row = matrix.slice(a * n, (a + 1) * n);
  matrix.copyWithin(a * n, b * n, (b + 1) * n);
  matrix.set(row, b * n);
  const value = right[a];
  right[a] = right[b];
  right[b] = value;
}
