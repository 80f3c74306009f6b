/**
 * Fields in float32 from the arrays of a VTK file.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { VtkArray } from "./data_array.ts";

/**
 * Converts the numbers of an array to float32; float64 is rounded.
 *
 * @param name Name of the array, for the error
 * @param path Path of the file, for the error
 * @returns Values [tuples, components], not copied if they are float32
 * @throws {DataError} If a number is not finite, or is an integer that float32 does not represent
 *   exactly
 */
export function toField(
  { values, components }: VtkArray,
  name: string,
  path: string,
): Float32Array {
  const refusal = (i: number) =>
    new DataError(
      `Cannot read array "${name}" of "${path}": a field must be finite in float32, and exact ` +
        `if it is an integer, tuple ${Math.floor(i / components)} has ${values[i]}`,
    );
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    const inexact = values.findIndex((value) => BigInt(Math.fround(Number(value))) !== value);
    if (inexact >= 0) throw refusal(inexact);
    return Float32Array.from(values, Number);
  }
  const field = values instanceof Float32Array ? values : Float32Array.from(values);
  const isExact = !(values instanceof Float32Array || values instanceof Float64Array);
  const bad = field.findIndex((value, i) =>
    !Number.isFinite(value) || (isExact && value !== values[i])
  );
  if (bad >= 0) throw refusal(bad);
  return field;
}
