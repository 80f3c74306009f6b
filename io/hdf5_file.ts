/**
 * Datasets of HDF5 files by `h5wasm`, with bounds on what a damaged or hostile file can claim.
 *
 * @module
 */

import { type Dataset, File, ready } from "h5wasm";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError, messageOf } from "../errors.ts";
import type { FileNumbers } from "./mesh_file/mesh_file.ts";

/** h5wasm has 32-bit memory. */
const MAX_ARRAY_BYTES = 2 ** 31 - 1;

/** Deflate expands a byte to at most 1032: larger arrays are not in the file. */
const MAX_RATIO = 1032;

/** Bytes of a number of half precision. */
const HALF_BYTES = 2;

/** HDF5's numbers of its types. */
export const HDF5_CLASSES = { integer: 0, float: 1, enumeration: 8 } as const;

/** An open file. */
export interface Hdf5File {
  readonly path: string;
  readonly file: File;
  /** Size of the file. */
  readonly byteCount: number;
  close(): void;
}

/** Numbers of a dataset, the last axis fastest. */
export interface Hdf5Numbers {
  readonly values: FileNumbers;
  readonly shape: readonly number[];
}

/** A part of an axis: every `step`-th index from `start` to before `end`. */
export type AxisRange = readonly [start: number, end: number, step: number];

/** The function that opens files, once the library is loaded. */
export async function loadHdf5(): Promise<(path: string) => Hdf5File> {
  const library = await ready;
  // Otherwise failures are printed and return empty results.
  library.activate_throwing_error_handler();
  return (path) => {
    const mounted = mount(library.FS as unknown as MemoryFiles, path);
    try {
      const file = attemptHdf5(`Cannot read "${path}"`, () => new File(mounted.name, "r"));
      const close = () => {
        file.close();
        mounted.close();
      };
      return { path, file, byteCount: mounted.byteCount, close };
    } catch (error) {
      mounted.close();
      throw error;
    }
  };
}

/** The part of the library's virtual file system that is used. */
interface MemoryFiles {
  createFile(
    parent: string,
    name: string,
    properties: object,
    canRead: boolean,
    canWrite: boolean,
  ): { usedBytes: number; stream_ops: object };
  unlink(path: string): void;
}

let mountCount = 0;

/** Exposes one file to the library and no other: a file can refer to others for its numbers. */
function mount(files: MemoryFiles, path: string) {
  const file = openToRead(path);
  const { size } = fstatSync(file);
  const name = `${mountCount++}.h5`;
  const node = files.createFile("/", name, {}, true, false);
  node.usedBytes = size;
  node.stream_ops = {
    ...node.stream_ops,
    read: (_: unknown, buffer: Uint8Array, offset: number, length: number, position: number) =>
      readSync(file, buffer, offset, Math.max(0, Math.min(length, size - position)), position),
  };
  return {
    name: `/${name}`,
    byteCount: size,
    close: () => {
      files.unlink(`/${name}`);
      closeSync(file);
    },
  };
}

function openToRead(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
}

/** Whether a dataset has numbers; booleans of h5py are an enumeration of 0 and 1. */
export function hasHdf5Numbers({ metadata }: Dataset): boolean {
  return Object.values<number>(HDF5_CLASSES).includes(metadata.type) && metadata.shape !== null;
}

/**
 * Checks that a dataset has numbers which the file can hold.
 *
 * @param action Start of the error
 * @returns The shape of the dataset
 * @throws {DataError} If it has none, too many, or numbers in other files
 */
export function checkHdf5Numbers(
  dataset: Dataset,
  byteCount: number,
  action: string,
): readonly number[] {
  const { size, shape, virtual_sources } = dataset.metadata;
  if (shape === null || !hasHdf5Numbers(dataset)) {
    throw new DataError(
      `${action}: it must be an array of numbers, it is of another type, such as complex or text`,
    );
  }
  const bytes = size * shape.reduce((product, n) => product * n, 1);
  if (bytes > MAX_ARRAY_BYTES) {
    throw new DataError(
      `${action}: it must have at most ${MAX_ARRAY_BYTES} bytes, it has ${bytes}`,
    );
  }
  if (virtual_sources?.length) {
    throw new DataError(`${action}: it must be in its file, it is assembled from other files`);
  }
  if (bytes > MAX_RATIO * byteCount) {
    throw new DataError(
      `${action}: ${bytes} bytes cannot be in a file of ${byteCount}; it is damaged, or its ` +
        "numbers are in another file",
    );
  }
  return shape;
}

/**
 * Reads a dataset or a part of it.
 *
 * @param name Path of the dataset in the file
 * @param ranges Part along each axis @default all of it
 * @throws {DataError} If there is no such dataset, or it is damaged or not of numbers
 */
export function readHdf5Dataset(
  { path, file, byteCount }: Hdf5File,
  name: string,
  ranges?: readonly AxisRange[],
): Hdf5Numbers {
  const action = `Cannot read dataset "${name}" of "${path}"`;
  return attemptHdf5(action, () => {
    const found = file.get(name);
    if (!isDataset(found)) {
      throw new DataError(
        `${action}: it must be an array of numbers, it is ${found ? "a group" : "missing"}`,
      );
    }
    const shape = checkHdf5Numbers(found, byteCount, action);
    if (ranges !== undefined) checkRanges(ranges, shape, action);
    const { metadata } = found;
    const isHalf = metadata.type === HDF5_CLASSES.float && metadata.size === HALF_BYTES;
    // The library has no numbers of half precision: their bits are read as integers.
    if (isHalf) metadata.type = HDF5_CLASSES.integer;
    const read = ranges === undefined
      ? found.value
      : found.slice(ranges.map(([start, end, step]) => [start, end, step]));
    const numbers = asNumbers(read, action);
    const lengths = ranges?.map(([start, end, step]) => Math.ceil((end - start) / step)) ?? shape;
    return { values: isHalf ? halfNumbers(numbers) : numbers, shape: lengths };
  });
}

function checkRanges(
  ranges: readonly AxisRange[],
  shape: readonly number[],
  action: string,
): void {
  const isWithin = ranges.length === shape.length &&
    ranges.every(([start, end, step], axis) =>
      start >= 0 && start < end && end <= shape[axis] && step >= 1
    );
  if (isWithin) return;
  throw new DataError(
    `${action}: the part must be within its ${shape.join(" x ")} numbers, received ` +
      ranges.map(([start, end, step]) => `${start}:${end}:${step}`).join(", "),
  );
}

/** The library returns a single number for arrays without axes. */
function asNumbers(read: unknown, action: string): FileNumbers {
  if (typeof read === "number") return Float64Array.of(read);
  if (typeof read === "bigint") return BigInt64Array.of(read);
  if (ArrayBuffer.isView(read) && !(read instanceof DataView)) return read as FileNumbers;
  throw new DataError(`${action}: it must be an array of numbers`);
}

/** Numbers of half precision by their bits; no array class of files has them. */
function halfNumbers(bits: FileNumbers): Float32Array {
  return Float32Array.from(new Float16Array(Uint16Array.from(bits as ArrayLike<number>).buffer));
}

/** Whether a thing in a file is a dataset. */
export function isDataset(found: ReturnType<File["get"]>): found is Dataset {
  return found !== null && found !== undefined && "shape" in found && "metadata" in found;
}

/**
 * Runs calls of the library.
 *
 * @throws {DataError} If they fail; with the innermost reason
 */
export function attemptHdf5<T>(action: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${action}: ${reasonOf(cause)}`, { cause });
  }
}

/** The innermost line of a stack of HDF5 errors. */
function reasonOf(error: unknown): string {
  const text = messageOf(error);
  return [...text.matchAll(/^\s*#\d+: .*?\(\): (.*)$/gm)].at(-1)?.[1] ?? text;
}
