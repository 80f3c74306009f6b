/**
 * Arrays of files, found by name in any of their sections.
 *
 * @module
 */

import { DataError, didYouMean } from "../../../errors.ts";
import type { FileArray, FileMesh } from "../../../io/mesh_file/mesh_file.ts";

/** Where the values of a field come from: points, cells, one value per file, time of the sample. */
export type ArrayPlace = "point" | "cell" | "file" | "time";

/** Name of the field with the time of a sample. */
export const TIME_FIELD = "time";

/** The sections of a mesh, in the order in which arrays are searched. */
const SECTIONS = [["point", "pointData"], ["cell", "cellData"], ["file", "fieldData"]] as const;

/**
 * The place of an array in a file.
 *
 * @param time Time of the sample, if it has one
 * @param preferred Where an array is read that both points and cells have
 * @throws {DataError} If there is no such array
 */
export function placeOf(
  mesh: FileMesh,
  array: string,
  time: number | undefined,
  preferred: "point" | "cell" = "point",
): ArrayPlace {
  const found = SECTIONS.filter(([, section]) => mesh[section].names.includes(array))
    .map(([place]) => place);
  if (found.includes(preferred)) return preferred;
  if (found.length > 0) return found[0];
  if (array === TIME_FIELD && time !== undefined) return "time";
  for (const [, section] of SECTIONS) mesh[section].refuse?.(array);
  const names = SECTIONS.flatMap(([, section]) => mesh[section].names);
  throw new DataError(
    `Cannot read array "${array}" of "${mesh.path}": no such array, ` +
      didYouMean(array, time === undefined ? names : [...names, TIME_FIELD]),
  );
}

/**
 * Reads an array from its place.
 *
 * @throws {DataError} If it is absent, damaged or of the wrong length
 */
export function readFileArray(
  mesh: FileMesh,
  array: string,
  place: ArrayPlace,
  time: number | undefined,
): FileArray {
  const action = `Cannot read array "${array}" of "${mesh.path}"`;
  const found = placeOf(mesh, array, time, place === "cell" ? "cell" : "point");
  if (found !== place) {
    throw new DataError(
      `${action}: it must be ${PLACE_TEXTS[place]}, as in other files, found ${PLACE_TEXTS[found]}`,
    );
  }
  if (place === "time") return { values: Float64Array.of(time!), components: 1 };
  const section = SECTIONS.find(([name]) => name === place)![1];
  const read = mesh[section].read(array);
  const tuples = read.values.length / read.components;
  const expected = { point: mesh.pointCount, cell: mesh.cells.types.length, file: 1 }[place];
  if (tuples === expected) return read;
  throw new DataError(
    place === "file"
      ? `${action}: of the data of a file, only one value per file becomes a field, found ${tuples}`
      : `${action}: it must have ${expected} tuples, one per ${place}, found ${tuples}`,
  );
}

/** Text of each place, for messages. */
const PLACE_TEXTS: Readonly<Record<ArrayPlace, string>> = {
  point: "data of the points",
  cell: "data of the cells",
  file: "one value per file",
  time: "the time of the sample",
};
