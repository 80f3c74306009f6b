/**
 * The common interface of the readers of both versions of MATLAB files.
 *
 * @module
 */

import { DataError } from "../errors.ts";

/** An array of a file, in column-major order. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly isSingle: boolean;
  readonly values: ArrayLike<number>;
}

/** An open file with its variables. */
export interface MatlabFile {
  readonly names: readonly string[];
  read(name: string): StoredArray | Promise<StoredArray>;
  close(): void;
}

/** Converts 64-bit integers to numbers. @throws {DataError} If one is too large */
export function exactNumbers(
  values: ArrayLike<number | bigint>,
  action: string,
): ArrayLike<number> {
  if (!(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) {
    return values as ArrayLike<number>;
  }
  return Float64Array.from(values as ArrayLike<bigint>, (value) => {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new DataError(`${action}: its 64-bit integers must be below 2^53, received ${value}`);
  });
}
