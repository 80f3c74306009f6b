/**
 * The arrays of files that are to become fields, with their roles.
 *
 * @module
 */

import { DataError, messageOf, UserError } from "../../../errors.ts";
import type { FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import type { FieldInfo } from "../../../io/mesh_store.ts";
import { type ArrayPlace, placeOf, readFileArray, TIME_FIELD } from "./file_arrays.ts";
import type { ImportOptions } from "./import_options.ts";

/** An array that is to become a field. */
export interface WantedArray {
  readonly array: string;
  readonly place: ArrayPlace;
  readonly role: FieldInfo["role"];
}

/** An array of the files that becomes no field, and why. */
export interface LeftOut {
  readonly array: string;
  readonly reason: string;
}

/** The arrays to read. */
export interface WantedArrays {
  readonly arrays: readonly WantedArray[];
  readonly leftOut: readonly LeftOut[];
}

/** Arrays that VTK writes for its own use. */
const OWN_ARRAYS = /^vtk[A-Z]/;

/**
 * Chooses the arrays by the options and the first mesh: exactly the named ones; without names all
 * data of the points or, if there are none, of the cells.
 *
 * @param time Time of the sample, if it has one
 * @throws {DataError} If a named array is absent
 * @throws {UserError} If an array is both input and target
 */
export function wantedArrays(
  mesh: FileMesh,
  time: number | undefined,
  { inputs, targets, time: hasTime = false, mask, categorical = [] }: ImportOptions,
): WantedArrays {
  const roles = new Map<string, FieldInfo["role"]>();
  for (const array of inputs ?? []) roles.set(array, "input");
  if (hasTime && time !== undefined) roles.set(TIME_FIELD, "input");
  for (const array of targets ?? []) {
    if (roles.has(array)) {
      throw new UserError(`Cannot use array "${array}": it is both input and target; choose one`);
    }
    roles.set(array, "target");
  }
  const isNamed = inputs !== undefined || targets !== undefined;
  const leftOut: LeftOut[] = [];
  if (!isNamed) addAll(mesh, time, roles, leftOut, mask);
  for (const array of categorical) {
    if (roles.has(array)) continue;
    throw new UserError(
      `Cannot use array "${array}" as categories: it must be among the inputs, received ` +
        `${[...roles.keys()].join(", ")}`,
    );
  }
  if (mask !== undefined && roles.has(mask)) {
    throw new UserError(`Cannot use array "${mask}" as mask: it must not be an input or a target`);
  }
  const arrays = [...roles].map(([array, role]) => ({
    array,
    role,
    place: placeOf(mesh, array, time),
  }));
  if (isNamed) addUnnamed(mesh, roles, leftOut, mask);
  return { arrays, leftOut };
}

/** Adds all arrays that can be read, without a role. */
function addAll(
  mesh: FileMesh,
  time: number | undefined,
  roles: Map<string, FieldInfo["role"]>,
  leftOut: LeftOut[],
  mask: string | undefined,
): void {
  const isOwn = (array: string) => OWN_ARRAYS.test(array) || array === mask;
  const points = mesh.pointData.names.filter((array) => !isOwn(array));
  const cells = mesh.cellData.names.filter((array) => !isOwn(array));
  const place = points.length > 0 ? "point" : "cell";
  for (const array of place === "point" ? points : cells) {
    try {
      readFileArray(mesh, array, place, time);
      if (!roles.has(array)) roles.set(array, undefined);
    } catch (error) {
      leftOut.push({ array, reason: messageOf(error).replace(/^.*?": /, "") });
    }
  }
  const other = "is not named; name it in --inputs or --targets to use it";
  if (place === "point") {
    for (const array of cells) leftOut.push({ array, reason: `data of the cells that ${other}` });
  }
  for (const array of mesh.fieldData.names) {
    leftOut.push({ array, reason: `data of the file that ${other}` });
  }
  if (roles.size > 0) return;
  const names = [...mesh.pointData.names, ...mesh.cellData.names];
  throw new DataError(
    `Cannot use "${mesh.path}": a mesh must have an array of numbers at its points or cells, ` +
      (names.length > 0 ? `found only ${names.join(", ")}` : "found none"),
  );
}

function addUnnamed(
  mesh: FileMesh,
  roles: ReadonlyMap<string, unknown>,
  leftOut: LeftOut[],
  mask: string | undefined,
): void {
  for (const { names } of [mesh.pointData, mesh.cellData, mesh.fieldData]) {
    for (const array of names) {
      if (!roles.has(array) && array !== mask) leftOut.push({ array, reason: "not named" });
    }
  }
}
