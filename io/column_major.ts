/**
 * From the order of MATLAB and Fortran (first index fastest) to that of C (last index fastest).
 *
 * @module
 */

/**
 * Copies numbers of column-major order into row-major order; the axes stay as they are.
 *
 * @param values All numbers, the first index fastest
 * @param shape Extents of the axes
 * @param target As many numbers, overwritten, the last index fastest
 */
export function toRowMajor<T extends Float32Array | Float64Array>(
  values: ArrayLike<number>,
  shape: readonly number[],
  target: T,
): T {
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, n) => product * n, 1)
  );
  const [rows, rowStride] = [shape[0] ?? 1, strides[0] ?? 0];
  const index = shape.map(() => 0);
  let start = 0;
  for (let read = 0; read < target.length;) {
    for (let row = 0; row < rows; row++) target[start + row * rowStride] = values[read++];
    for (let axis = 1; axis < shape.length; axis++) {
      start += strides[axis];
      if (++index[axis] < shape[axis]) break;
      start -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return target;
}
