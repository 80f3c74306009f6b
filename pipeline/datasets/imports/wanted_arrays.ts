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
  { inputs, targets, time: hasTime = false, mask, categorical = [], cells }: ImportOptions,
): WantedArrays {
  const preferred = cells === "centres" ? "cell" : "point";
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
  if (!isNamed) addAll(mesh, { time, mask, preferred }, roles, leftOut);
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
    place: placeOf(mesh, array, time, preferred),
  }));
  if (isNamed) addUnnamed(mesh, roles, leftOut, mask);
  return { arrays, leftOut };
}

/** Adds all arrays that can be read, without a role. */
function addAll(
  mesh: FileMesh,
  { time, mask, preferred }: {
    readonly time: number | undefined;
    readonly mask: string | undefined;
    readonly preferred: "point" | "cell";
  },
  roles: Map<string, FieldInfo["role"]>,
  leftOut: LeftOut[],
): void {
  const usable = (names: readonly string[]) =>
    names.filter((array) => !OWN_ARRAYS.test(array) && array !== mask);
  const points = usable(mesh.pointData.names);
  const cells = usable(mesh.cellData.names);
  const [first, second] = preferred === "point" ? [points, cells] : [cells, points];
  const used = first.length > 0 ? first : second;
  const place = used === points ? "point" : "cell";
  for (const array of used) {
    try {
      readFileArray(mesh, array, place, time);
      if (!roles.has(array)) roles.set(array, undefined);
    } catch (error) {
      leftOut.push({ array, reason: messageOf(error).replace(/^.*?": /, "") });
    }
  }
  const other = "is not named; name it in --inputs or --targets to use it";
  for (const array of used === points ? cells : points) {
    if (used.includes(array)) continue;
    const where = used === points ? "cells" : "points";
    leftOut.push({ array, reason: `data of the ${where} that ${other}` });
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
