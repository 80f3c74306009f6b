/**
 * Conversion from column-major order (MATLAB, Fortran) to row-major order (C).
 *
 * @module
 */

/**
 * Copies numbers from column-major into row-major order; the order of the axes does not change.
 *
 * @param values Numbers with the first index fastest
 * @param shape Extents of the axes
 * @param target Numbers with the last index fastest, of the same length; overwritten
 */
export function toRowMajor<T extends Float32Array | Float64Array>(
  values: ArrayLike<number>,
  shape: readonly number[],
  target: T,
): T {
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, n) => product * n, 1)
  );
  const [rows = 1] = shape;
  const [rowStride = 0] = strides;
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
