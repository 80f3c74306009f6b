/**
 * What the readers of both versions of MATLAB files have in common.
 *
 * @module
 */

import { DataError } from "../errors.ts";

/** An array as it stands in a file, the first index fastest. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly isSingle: boolean;
  readonly values: ArrayLike<number>;
}

/** An open file: the names of its variables, and one of them. */
export interface MatlabFile {
  readonly names: readonly string[];
  read(name: string): StoredArray | Promise<StoredArray>;
  close(): void;
}

/** 64-bit integers as numbers. @throws {DataError} when one is too large */
export function exactNumbers(
  values: ArrayLike<number | bigint>,
  action: string,
): ArrayLike<number> {
  if (!(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) {
    return values as ArrayLike<number>;
  }
  return Float64Array.from(values as ArrayLike<bigint>, (value) => {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new DataError(`${action} as its 64-bit integers must be below 2^53: received ${value}`);
  });
}
