/**
 * MATLAB files of version 7.3: HDF5 with the axes reversed.
 *
 * @module
 */

import { type Dataset, File, ready } from "h5wasm";
import { DataError } from "../errors.ts";
import { exactNumbers, type MatlabFile, type StoredArray } from "./matlab_file.ts";

/** The reader works in 32-bit memory. */
const maxArrayBytes = 2 ** 31 - 1;

const hdf5Classes = { integer: 0, float: 1 } as const;

/** Opens a file. @throws {DataError} when it is cut short or damaged */
export async function openMatlab73(path: string): Promise<MatlabFile> {
  const library = await ready;
  // Otherwise failures are printed and give empty results.
  library.activate_throwing_error_handler();
  const file = attempt(`Cannot read "${path}"`, () => new File(path, "r"));
  const names = attempt(`Cannot read "${path}"`, () => file.keys()).filter((name) => !name.startsWith("#"));
  return {
    names,
    read: (name) => {
      const action = `Cannot read variable "${name}" of "${path}"`;
      return attempt(action, () => readDataset(file.get(name), action));
    },
    close: () => void file.close(),
  };
}

function readDataset(found: ReturnType<File["get"]>, action: string): StoredArray {
  const matlabClass = found && "attrs" in found ? String(found.attrs.MATLAB_class?.value ?? "") : "";
  const refuse = (what: string) =>
    new DataError(`${action} as it must be an array of numbers: it is ${what}`);
  if (!found || !isDataset(found)) throw refuse(matlabClass || "a group");
  const { type, size, shape } = found.metadata;
  if (["char", "cell", "struct", "function_handle"].includes(matlabClass)) throw refuse(matlabClass);
  if (type !== hdf5Classes.integer && type !== hdf5Classes.float || shape === null) {
    throw refuse(matlabClass ? `${matlabClass} of another type` : "of another type, such as complex or text");
  }
  const length = shape.reduce((product, n) => product * n, 1);
  if (length * size > maxArrayBytes) {
    throw new DataError(`${action} as it must have at most ${maxArrayBytes} bytes: it has ${length * size}`);
  }
  const values = found.value as ArrayLike<number | bigint>;
  // MATLAB writes the extents of an empty array in place of its numbers.
  if (found.attrs.MATLAB_empty?.value) {
    return { shape: Array.from(values, Number), isSingle: false, values: [] };
  }
  return {
    shape: shape.toReversed(),
    isSingle: type === hdf5Classes.float && size <= 4,
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
  const text = error instanceof Error ? error.message : String(error);
  return [...text.matchAll(/^\s*#\d+: .*?\(\): (.*)$/gm)].at(-1)?.[1] ?? text;
}
