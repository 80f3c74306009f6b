/**
 * MATLAB files of version 7.3: HDF5 with the axes reversed.
 *
 * @module
 */

import { type Dataset, File, ready } from "h5wasm";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError, messageOf } from "../errors.ts";
import { exactNumbers, type MatlabFile, type StoredArray } from "./matlab_file.ts";

/** h5wasm has 32-bit memory. */
const MAX_ARRAY_BYTES = 2 ** 31 - 1;

/** Deflate expands a byte to at most 1032: larger arrays are not in the file. */
const MAX_RATIO = 1032;

const HDF5_CLASSES = { integer: 0, float: 1 } as const;

/** Opens a file. @throws {DataError} If it is cut short or damaged */
export async function openMatlab73(path: string): Promise<MatlabFile> {
  const library = await ready;
  // Otherwise failures are printed and return empty results.
  library.activate_throwing_error_handler();
  const mounted = mount(library.FS as unknown as MemoryFiles, path);
  try {
    const file = attempt(`Cannot read "${path}"`, () => new File(mounted.name, "r"));
    const names = attempt(`Cannot read "${path}"`, () => file.keys()).filter((name) =>
      !name.startsWith("#")
    );
    return {
      names,
      read: (name) => {
        const action = `Cannot read variable "${name}" of "${path}"`;
        return attempt(action, () => readDataset(file.get(name), mounted.size, action));
      },
      close: () => {
        file.close();
        mounted.close();
      },
    };
  } catch (error) {
    mounted.close();
    throw error;
  }
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
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  const name = `${mountCount++}.mat`;
  const node = files.createFile("/", name, {}, true, false);
  node.usedBytes = size;
  node.stream_ops = {
    ...node.stream_ops,
    read: (_: unknown, buffer: Uint8Array, offset: number, length: number, position: number) =>
      readSync(file, buffer, offset, Math.max(0, Math.min(length, size - position)), position),
  };
  return {
    name: `/${name}`,
    size,
    close: () => {
      files.unlink(`/${name}`);
      closeSync(file);
    },
  };
}

function readDataset(
  found: ReturnType<File["get"]>,
  fileBytes: number,
  action: string,
): StoredArray {
  const matlabClass = found && "attrs" in found
    ? String(found.attrs.MATLAB_class?.value ?? "")
    : "";
  const refuse = (what: string) =>
    new DataError(`${action}: it must be an array of numbers, it is ${what}`);
  if (!found || !isDataset(found)) throw refuse(matlabClass || "a group");
  const { type, size, shape } = found.metadata;
  if (["char", "cell", "struct", "function_handle"].includes(matlabClass)) {
    throw refuse(matlabClass);
  }
  if (type !== HDF5_CLASSES.integer && type !== HDF5_CLASSES.float || shape === null) {
    throw refuse(
      matlabClass ? `${matlabClass} of another type` : "of another type, such as complex or text",
    );
  }
  const length = shape.reduce((product, n) => product * n, 1);
  if (length * size > MAX_ARRAY_BYTES) {
    throw new DataError(
      `${action}: it must have at most ${MAX_ARRAY_BYTES} bytes, it has ${length * size}`,
    );
  }
  if (found.metadata.virtual_sources?.length) throw refuse("assembled from other files");
  if (length * size > MAX_RATIO * fileBytes) {
    throw new DataError(
      `${action}: ${length * size} bytes cannot be in a file of ${fileBytes}; it is damaged, ` +
        "or its numbers are in another file",
    );
  }
  const values = found.value as ArrayLike<number | bigint>;
  // MATLAB writes the extents of an empty array instead of its numbers.
  if (found.attrs.MATLAB_empty?.value) {
    return { shape: Array.from(values, Number), isSingle: false, values: [] };
  }
  return {
    shape: shape.toReversed(),
    isSingle: type === HDF5_CLASSES.float && size <= 4,
    values: exactNumbers(values, action),
  };
}

function isDataset(found: NonNullable<ReturnType<File["get"]>>): found is Dataset {
  return "shape" in found && "metadata" in found;
}

function attempt<T>(action: string, run: () => T): T {
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
