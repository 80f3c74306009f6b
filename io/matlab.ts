/**
 * Reads arrays of numbers from MATLAB files of version 5 (MATLAB's `-v6` and `-v7`) and 7.3 (HDF5).
 *
 * @module
 */

import { DataError, didYouMean, messageOf } from "../errors.ts";
import { toRowMajor } from "./column_major.ts";
import type { MatlabFile } from "./matlab_file.ts";
import { openMatlab5 } from "./matlab_v5.ts";

/** An array of a MATLAB file. */
export interface MatlabArray {
  /** Extents in MATLAB's order of the axes: `coeff(sample, x, y)` has shape [samples, nx, ny]. */
  readonly shape: readonly number[];
  /** Row-major numbers: float32 for single; float64 for double, integers and logical. */
  readonly data: Float32Array | Float64Array;
}

/** The first bytes of every HDF5 file, which follow MATLAB's own header of 512 bytes. */
const HDF5_SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER_BYTES = 128;
const MATLAB_HEADER_BYTES = 512;

/**
 * Reads variables of a MATLAB file by name, and decompresses only these.
 *
 * @param keys Names of the variables
 * @returns The arrays by name: numbers of every class and logical, not text, cells, structs, sparse
 *   or complex arrays
 * @throws {DataError} If there is no such file or variable, the variable is not such an array, or
 *   the file is damaged
 */
export async function readMatlab(
  path: string,
  keys: readonly string[],
): Promise<Record<string, MatlabArray>> {
  const file = await openMatlab(path);
  try {
    const arrays: Record<string, MatlabArray> = {};
    for (const key of keys) {
      if (!file.names.includes(key)) {
        throw new DataError(
          `Cannot read variable "${key}" of "${path}": no variable of that name, ` +
            `${didYouMean(key, file.names)}`,
        );
      }
      const { shape, isSingle, values } = await file.read(key);
      const target = isSingle ? new Float32Array(values.length) : new Float64Array(values.length);
      arrays[key] = { shape, data: toRowMajor(values, shape, target) };
    }
    return arrays;
  } finally {
    file.close();
  }
}

/** Opens a file of any version. @throws {DataError} If there is none, or it is damaged */
export async function openMatlab(path: string): Promise<MatlabFile> {
  const head = new Uint8Array(MATLAB_HEADER_BYTES + HDF5_SIGNATURE.length);
  let length: number;
  try {
    using file = await Deno.open(path);
    length = await file.read(head) ?? 0;
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
  const hasSignature = (start: number) =>
    HDF5_SIGNATURE.every((byte, i) => head[start + i] === byte);
  if (hasSignature(0) || hasSignature(MATLAB_HEADER_BYTES)) {
    // Imported only here: the library is large, and few runs need it.
    const { openMatlab73 } = await import("./matlab_v73.ts");
    return await openMatlab73(path);
  }
  const endian = String.fromCharCode(head[126], head[127]);
  if (length >= HEADER_BYTES && (endian === "IM" || endian === "MI")) {
    return openMatlab5(path, endian === "IM");
  }
  throw new DataError(
    `Cannot read "${path}": it must be a MATLAB file of version 5 or 7.3; save it with ` +
      "-v7 or -v7.3",
  );
}
