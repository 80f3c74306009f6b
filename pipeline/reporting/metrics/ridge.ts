/**
 * Ridge regression in closed form.
 *
 * @module
 */

/** A matrix, row by row. */
export interface Rows {
  readonly values: Float64Array;
  readonly width: number;
}

/** The sums over nodes from which a regression follows. */
export interface RegressionSums {
  readonly nodeCount: number;
  /** XᵀX [F, F], its lower triangle. */
  readonly gram: Float64Array;
  /** XᵀY [F, O]. */
  readonly products: Rows;
}

/** Growth of the penalty for features that depend on each other within rounding. */
const RIDGE_GROWTH = 100;

/**
 * The sums of a regression.
 *
 * @param x Features [N, F]
 * @param y Values to predict [N, O]
 */
export function regressionSums(x: Rows, y: Rows): RegressionSums {
  const nodeCount = x.values.length / x.width;
  const gram = new Float64Array(x.width * x.width);
  const products = new Float64Array(x.width * y.width);
  for (let node = 0; node < nodeCount; node++) {
    const row = x.values.subarray(node * x.width, (node + 1) * x.width);
    for (let i = 0; i < x.width; i++) {
      const value = row[i];
      for (let j = 0; j <= i; j++) gram[i * x.width + j] += value * row[j];
      for (let o = 0; o < y.width; o++) {
        products[i * y.width + o] += value * y.values[node * y.width + o];
      }
    }
  }
  return { nodeCount, gram, products: { values: products, width: y.width } };
}

/**
 * The weights W [F, O] that minimise ‖XW − Y‖² + `ridge` · N · ‖W‖², by Cholesky factorisation.
 *
 * @param ridge Penalty, > 0; grows until rounding leaves the factorisation positive
 */
export function solveRidge({ nodeCount, gram, products }: RegressionSums, ridge: number): Rows {
  const count = Math.sqrt(gram.length);
  let penalty = ridge * nodeCount;
  let factor = cholesky(gram, count, penalty);
  while (factor === undefined) {
    penalty *= RIDGE_GROWTH;
    factor = cholesky(gram, count, penalty);
  }
  const { width } = products;
  const values = products.values.slice();
  for (let o = 0; o < width; o++) {
    for (let i = 0; i < count; i++) {
      let sum = values[i * width + o];
      for (let j = 0; j < i; j++) sum -= factor[i * count + j] * values[j * width + o];
      values[i * width + o] = sum / factor[i * count + i];
    }
    for (let i = count - 1; i >= 0; i--) {
      let sum = values[i * width + o];
      for (let j = i + 1; j < count; j++) sum -= factor[j * count + i] * values[j * width + o];
      values[i * width + o] = sum / factor[i * count + i];
    }
  }
  return { values, width };
}

/** The lower factor of `gram` + `penalty` · I; undefined if that is not positive. */
function cholesky(gram: Float64Array, count: number, penalty: number): Float64Array | undefined {
  const factor = gram.slice();
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = gram[i * count + j] + (i === j ? penalty : 0);
      for (let k = 0; k < j; k++) sum -= factor[i * count + k] * factor[j * count + k];
      if (i !== j) factor[i * count + j] = sum / factor[j * count + j];
      else if (sum > 0) factor[i * count + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return factor;
}
