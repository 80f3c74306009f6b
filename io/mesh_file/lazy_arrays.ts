/**
 * Arrays of a file that are decoded when they are read, and arrays made of those of several files.
 *
 * @module
 */

import { DataError, didYouMean } from "../../errors.ts";
import type { FileArray, FileArrays, FileNumbers } from "./mesh_file.ts";

/** No arrays. */
export const NO_ARRAYS: FileArrays = {
  names: [],
  read: (name) => refuseName(name, [], "the mesh"),
};

/**
 * Arrays by the functions that read them.
 *
 * @param path File, for errors
 */
export function lazyArrays(
  path: string,
  readers: ReadonlyMap<string, () => FileArray>,
): FileArrays {
  const names = [...readers.keys()];
  return { names, read: (name) => (readers.get(name) ?? (() => refuseName(name, names, path)))() };
}

/** The arrays whose names are not in a list. */
export function withoutArrays({ names, read }: FileArrays, omitted: readonly string[]): FileArrays {
  return { names: names.filter((name) => !omitted.includes(name)), read };
}

/**
 * Joins arrays of parts of a mesh, one part after another.
 *
 * @param path File, for errors
 * @param counts Tuples of each part; parts of 0 may lack arrays
 * @returns The arrays that all parts have, and the names of the others
 */
export function joinArrays(
  path: string,
  parts: readonly FileArrays[],
  counts: readonly number[],
): { readonly arrays: FileArrays; readonly omitted: readonly string[] } {
  const filled = parts.filter((_, part) => counts[part] > 0);
  const all = new Set(filled.flatMap(({ names }) => names));
  const isShared = (name: string) => filled.every(({ names }) => names.includes(name));
  const names = [...all].filter(isShared);
  const readers = names.map((name) =>
    [name, () => {
      const arrays = filled.map((part) => part.read(name));
      const [{ components, unit }] = arrays;
      const other = arrays.find((array) => array.components !== components);
      if (other !== undefined) {
        throw new DataError(
          `Cannot read array "${name}" of "${path}": its parts must have the same number of ` +
            `components, received ${components} and ${other.components}`,
        );
      }
      return { values: joinNumbers(arrays.map(({ values }) => values)), components, unit };
    }] as const
  );
  return {
    arrays: lazyArrays(path, new Map(readers)),
    omitted: [...all].filter((name) => !isShared(name)),
  };
}

/** The tuples of arrays at given rows. */
export function gatherArrays({ names, read }: FileArrays, rows: Uint32Array): FileArrays {
  return { names, read: (name) => gatherTuples(read(name), rows) };
}

/** The tuples of an array at given rows. */
export function gatherTuples({ values, components, unit }: FileArray, rows: Uint32Array) {
  const gathered = sameType(values, components * rows.length);
  for (let row = 0; row < rows.length; row++) {
    const from = components * rows[row];
    for (let k = 0; k < components; k++) gathered[components * row + k] = values[from + k];
  }
  return { values: gathered, components, unit };
}

/** Zeros of the type of other numbers. */
export function sameType(values: FileNumbers, length: number): FileNumbers {
  return new (values.constructor as new (length: number) => FileNumbers)(length);
}

/** Concatenates numbers; those of different types become float64. */
export function joinNumbers(parts: readonly FileNumbers[]): FileNumbers {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const isUniform = parts.every((part) => part.constructor === parts[0].constructor);
  const joined = isUniform ? sameType(parts[0], length) : new Float64Array(length);
  let start = 0;
  for (const part of parts) {
    if (isUniform) (joined as Float64Array).set(part as Float64Array, start);
    else for (let i = 0; i < part.length; i++) joined[start + i] = Number(part[i]);
    start += part.length;
  }
  return joined;
}

function refuseName(name: string, names: readonly string[], path: string): never {
  throw new DataError(
    `Cannot read array "${name}" of "${path}": no array of that name, ${didYouMean(name, names)}`,
  );
}
