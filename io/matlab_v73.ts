/**
 * MATLAB files of version 7.3: HDF5 with the axes reversed. Arrays of other programs, which have no
 * mark of MATLAB's class, have their axes as they are.
 *
 * @module
 */

import type { File } from "h5wasm";
import { DataError } from "../errors.ts";
import { permuteAxes } from "./arrays/array_file.ts";
import { attemptHdf5, checkHdf5Numbers, HDF5_CLASSES, isDataset, loadHdf5 } from "./hdf5_file.ts";
import { exactNumbers, type MatlabFile, type StoredArray } from "./matlab_file.ts";

/** Opens a file. @throws {DataError} If it is cut short or damaged */
export async function openMatlab73(path: string): Promise<MatlabFile> {
  const open = await loadHdf5();
  const { file, byteCount, close } = open(path);
  try {
    const names = attemptHdf5(`Cannot read "${path}"`, () => file.keys()).filter((name) =>
      !name.startsWith("#")
    );
    return {
      names,
      read: (name) => {
        const action = `Cannot read variable "${name}" of "${path}"`;
        return attemptHdf5(action, () => readDataset(file.get(name), byteCount, action));
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function readDataset(
  found: ReturnType<File["get"]>,
  byteCount: number,
  action: string,
): StoredArray {
  const matlabClass = found && "attrs" in found
    ? String(found.attrs.MATLAB_class?.value ?? "")
    : "";
  const refuse = (what: string) =>
    new DataError(`${action}: it must be an array of numbers, it is ${what}`);
  if (!isDataset(found)) throw refuse(matlabClass || "a group");
  const { type, size } = found.metadata;
  if (["char", "cell", "struct", "function_handle"].includes(matlabClass)) {
    throw refuse(matlabClass);
  }
  const isNumber = type === HDF5_CLASSES.integer || type === HDF5_CLASSES.float;
  if (!isNumber && matlabClass !== "") throw refuse(`${matlabClass} of another type`);
  const shape = checkHdf5Numbers(found, byteCount, action);
  const values = found.value as ArrayLike<number | bigint>;
  // MATLAB writes the extents of an empty array instead of its numbers.
  if (found.attrs.MATLAB_empty?.value) {
    return { shape: Array.from(values, Number), isSingle: false, values: [] };
  }
  const isSingle = type === HDF5_CLASSES.float && size <= 4;
  const numbers = exactNumbers(values, action);
  if (matlabClass !== "") return { shape: shape.toReversed(), isSingle, values: numbers };
  // The numbers of a stored array have the first axis fastest.
  const rows = { values: Float64Array.from(numbers), shape };
  return {
    shape,
    isSingle,
    values: permuteAxes(rows, [...shape.keys()].toReversed()).values as Float64Array,
  };
}
