/**
 * Offsets of values that float32 could not hold: the true value is the value plus its offset, in
 * float64. The offset of a position is the origin of its mesh.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { RecordBatch } from "../../io/record_batch.ts";
import { AXES } from "./field_names.ts";

/** Largest rounding error of a value in another frame, as a share of the range of its column. */
const MAX_ROUNDING = 1e-5;

/** The offsets as a batch holds them: empty if all are 0. */
export function packOffsets(offsets: readonly number[]): Float64Array<ArrayBuffer> {
  return Float64Array.from(offsets.some((offset) => offset !== 0) ? offsets : []);
}

/**
 * The offsets of some columns `[count]`.
 *
 * @param packed Offsets of all columns, or empty.
 */
export function unpackOffsets(
  packed: Float64Array,
  start: number,
  count: number,
): Float64Array<ArrayBuffer> {
  const offsets = new Float64Array(count);
  // A prediction without truth has offsets of inputs only.
  if (packed.length >= start + count) offsets.set(packed.subarray(start, start + count));
  return offsets;
}

/**
 * Number of coordinates among inputs, for files and batches that do not state it: inputs start with
 * `x`, `y` and `z` up to the number of dimensions.
 */
export function coordinateCount(inputNames: readonly string[]): number {
  const other = inputNames.findIndex((name, k) => name !== AXES[k]);
  return other < 0 ? inputNames.length : other;
}

/**
 * Rows `[N, width]` with their offsets added.
 *
 * @returns The rows themselves if all offsets are 0, else new rows in float64.
 */
export function addOffsets(
  rows: Float32Array,
  offsets: Float64Array,
): Float32Array | Float64Array<ArrayBuffer> {
  if (offsets.every((offset) => offset === 0)) return rows;
  return Float64Array.from(rows, (value, k) => value + offsets[k % offsets.length]);
}

/** Rows of a mesh, by column of its batch. */
export type MeshRows = "position" | "input" | "target" | "prediction";

/** Offsets of the values in a column of the first row of `batch`, of schema MESH or FIELD. */
export function offsetsOf(batch: RecordBatch, rows: MeshRows): Float64Array<ArrayBuffer> {
  if (rows === "prediction") {
    const width = batch.texts("predictedNames", 0).length;
    return unpackOffsets(batch.list("predictedOffset", 0, "float64"), 0, width);
  }
  const packed = batch.list("valueOffset", 0, "float64");
  const inputCount = batch.texts("inputNames", 0).length;
  if (rows === "position") return unpackOffsets(packed, 0, batch.value("dimensions", 0, "int32"));
  if (rows === "input") return unpackOffsets(packed, 0, inputCount);
  return unpackOffsets(packed, inputCount, batch.texts("targetNames", 0).length);
}

/** True values in a column of the first row of `batch`: float64 where there are offsets. */
export function trueRows(batch: RecordBatch, rows: MeshRows): Float32Array | Float64Array {
  return addOffsets(batch.list(rows, 0, "float32"), offsetsOf(batch, rows));
}

/**
 * Rows `[N, width]` of offsets `from` as float32 rows of offsets `to`.
 *
 * @param what Description of the rows, for the error.
 * @throws {DataError} If float32 cannot hold them.
 */
export function changeOffsets(
  rows: Float32Array,
  from: Float64Array,
  to: Float64Array,
  what: string,
): Float32Array {
  const width = from.length;
  const changed = from.map((offset, column) => offset - to[column]);
  if (changed.every((change) => change === 0)) return rows;
  const result = Float32Array.from(rows, (value, k) => value + changed[k % width]);
  for (let column = 0; column < width; column++) {
    let low = Infinity;
    let high = -Infinity;
    let rounding = 0;
    for (let k = column; k < rows.length; k += width) {
      low = Math.min(low, rows[k]);
      high = Math.max(high, rows[k]);
      rounding = Math.max(rounding, Math.abs(rows[k] + changed[column] - result[k]));
    }
    if (rounding <= MAX_ROUNDING * (high - low)) continue;
    throw new DataError(
      `Cannot shift ${what}: offsets must be near enough for float32, received ${from[column]} ` +
        `and ${to[column]}, which rounds values by ${rounding} in a range of ${high - low}; ` +
        "process the stores one by one",
    );
  }
  return result;
}
