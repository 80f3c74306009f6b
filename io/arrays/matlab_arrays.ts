/**
 * Variables of MATLAB files of version 5.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { toRowMajor } from "../column_major.ts";
import { openMatlab } from "../matlab.ts";
import { type ArrayFile, type ArrayNumbers, pickIndex } from "./array_file.ts";

/**
 * Opens a file. All its variables are held in memory, since each is compressed as a whole.
 *
 * @throws {DataError} If it is damaged
 */
export async function openMatlabArrays(path: string): Promise<ArrayFile> {
  const file = await openMatlab(path);
  const arrays = new Map<string, ArrayNumbers>();
  const problems = new Map<string, DataError>();
  for (const name of file.names) {
    try {
      const { shape, values } = await file.read(name);
      const rows = toRowMajor(values, shape, new Float64Array(values.length));
      arrays.set(name, { values: rows, shape });
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause;
      problems.set(name, cause);
    }
  }
  file.close();
  return {
    path,
    format: "arrays of MATLAB",
    entries: [...arrays].map(([name, { shape }]) => ({ name, shape })),
    excluded: problems,
    notes: problems.size === 0 ? [] : [
      `Left out, as they are not arrays of numbers: ${[...problems.keys()].join(", ")}`,
    ],
    read: (name, index) => Promise.resolve(pickIndex(arrays.get(name)!, index)),
  };
}
