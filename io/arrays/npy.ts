/**
 * Arrays in NumPy's `.npy` format, versions 1 to 3.
 *
 * @see {@link https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html}
 * @module
 */

import type { FileNumbers } from "../mesh_file/mesh_file.ts";
import { type NumpyType, parseNumpyType, readNumbers } from "../numpy_types.ts";
import { type ArrayNumbers, permuteAxes, sizeOf } from "./array_file.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Headers hold a type and a shape: longer ones are hostile. */
const MAX_HEADER_BYTES = 65_536;
/** The bytes in which a header of that size ends. */
export const MAX_NPY_HEADER_BYTES = MAX_HEADER_BYTES + 12;

/** The header of an array. */
export interface NpyHeader {
  readonly type: NumpyType;
  readonly itemBytes: number;
  readonly shape: readonly number[];
  /** Whether the first axis is the fastest. */
  readonly isColumnMajor: boolean;
  /** Position of the numbers. */
  readonly dataOffset: number;
}

/** Whether bytes start an array. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * Parses the header of an array.
 *
 * @param bytes The array, or its first `MAX_NPY_HEADER_BYTES`
 * @throws {SyntaxError} If it is damaged, or the array is not of numbers
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  if (!isNpy(bytes) || bytes.length < 12) throw new SyntaxError("it is no array of NumPy");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirst = bytes[6] === 1;
  const start = isFirst ? 10 : 12;
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES || start + length > bytes.length) {
    throw new SyntaxError("its header is truncated or damaged");
  }
  const text = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const [, descr] = /'descr'\s*:\s*'([^']*)'/.exec(text) ?? [];
  const [, order] = /'fortran_order'\s*:\s*(True|False)/.exec(text) ?? [];
  const [, extents] = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(text) ?? [];
  if (/'descr'\s*:\s*\[/.test(text)) {
    throw new SyntaxError("it has named columns; save each of them as an array of its own");
  }
  if (descr === undefined || order === undefined || extents === undefined) {
    throw new SyntaxError("its header is damaged");
  }
  if (descr.endsWith("O")) {
    throw new SyntaxError(
      "it holds Python objects, which are not read, as loading them can run programs; save " +
        "arrays of numbers",
    );
  }
  const type = parseNumpyType(descr);
  if (type === undefined) {
    throw new SyntaxError(`it must hold numbers, its type is "${descr}"; save it as float32`);
  }
  const shape = extents.split(",").map((extent) => extent.trim().replace(/L$/, ""))
    .filter((extent) => extent !== "").map(Number);
  const itemBytes = Number(/\d+$/.exec(descr)![0]);
  if (!Number.isSafeInteger(sizeOf(shape) * itemBytes)) {
    throw new SyntaxError("its shape is too large");
  }
  return { type, itemBytes, shape, isColumnMajor: order === "True", dataOffset: start + length };
}

/**
 * The numbers of an array, or of a part of it.
 *
 * @param bytes The numbers, without the header
 * @param shape Extents of the part
 */
export function npyNumbers(
  bytes: Uint8Array<ArrayBuffer>,
  { type, isColumnMajor }: NpyHeader,
  shape: readonly number[],
): ArrayNumbers {
  const numbers = readNumbers(bytes, type);
  // Half precision has no array class among those of files.
  const values: FileNumbers = numbers instanceof Float16Array
    ? Float32Array.from(numbers)
    : numbers;
  if (!isColumnMajor) return { values, shape };
  const axes = [...shape.keys()].toReversed();
  return permuteAxes({ values, shape: shape.toReversed() }, axes);
}
