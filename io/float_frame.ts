/**
 * The frame in which float32 holds float64 numbers without losing their differences: an origin of
 * positions far away, such as map coordinates, or the large common part of a field.
 *
 * @module
 */

/** Largest magnitude over extent at which float32 keeps positions: to a millionth of the extent. */
const MAX_POSITION_RATIO = 16;

/** Largest magnitude over range at which float32 keeps a field: 14 bits of its variation. */
const MAX_FIELD_RATIO = 1024;

/** Least and greatest of numbers, column by column of rows. */
export interface Ranges {
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** The range of each column [rows, columns]; NaN is left out. */
export function rangesOf(values: ArrayLike<number>, columns: number): Ranges {
  const min = Array<number>(columns).fill(Infinity);
  const max = Array<number>(columns).fill(-Infinity);
  for (let i = 0; i < values.length; i++) {
    const column = i % columns;
    if (values[i] < min[column]) min[column] = values[i];
    if (values[i] > max[column]) max[column] = values[i];
  }
  return { min, max };
}

/** The ranges of several sets of rows together. */
export function joinRanges(a: Ranges, b: Ranges): Ranges {
  return {
    min: a.min.map((value, i) => Math.min(value, b.min[i])),
    max: a.max.map((value, i) => Math.max(value, b.max[i])),
  };
}

/**
 * The origin [axes] to subtract from positions in float64; undefined if float32 holds them as they
 * are, to a millionth of their extent.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const map = rangesOf([4.65e6, 3.2e5, 4.65e6 + 8, 3.2e5 + 8], 2);
 * assert.deepEqual(positionOrigin(map), [4650008, 320008]);
 * assert.equal(positionOrigin(rangesOf([0, 0, 5, 5], 2)), undefined);
 * ```
 */
export function positionOrigin({ min, max }: Ranges): number[] | undefined {
  const extent = Math.max(...min.map((low, axis) => max[axis] - low));
  const isFar = min.some((low, axis) =>
    Math.max(Math.abs(low), Math.abs(max[axis])) > MAX_POSITION_RATIO * extent
  );
  if (!isFar || !(extent > 0) || !Number.isFinite(extent)) return undefined;
  return min.map((low, axis) => roundTo((low + max[axis]) / 2, extent));
}

/** The offset to subtract from a column in float64; 0 if float32 holds its variation. */
export function fieldOffset(min: number, max: number): number {
  const range = max - min;
  const magnitude = Math.max(Math.abs(min), Math.abs(max));
  if (!Number.isFinite(range)) return 0;
  if (range === 0) return Math.fround(min) === min ? 0 : min;
  return magnitude > MAX_FIELD_RATIO * range ? roundTo((min + max) / 2, range) : 0;
}

/** A number near `value` with few digits: a multiple of a power of two not above `extent`. */
function roundTo(value: number, extent: number): number {
  const unit = 2 ** Math.floor(Math.log2(extent));
  return Math.round(value / unit) * unit;
}
