/**
 * Joins parts of one mesh: pieces of a parallel run, blocks, spatial collections. Points where
 * parts meet are merged, copies of cells are left out.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { MeshCells } from "../mesh_cells.ts";
import { gatherCells, renumberCells } from "../polyhedra.ts";
import { gatherArrays, joinArrays, joinNumbers } from "./lazy_arrays.ts";
import type { FileArray, FileArrays, FileMesh } from "./mesh_file.ts";
import { seamPoints } from "./seam_points.ts";

/** Names of point arrays with a number per point that is the same in all parts. */
const GLOBAL_IDS = ["GlobalNodeIds", "GlobalPointIds", "GlobalNodeId", "vtkGlobalNodeIds"];

/** Values of one point differ by more than this share of the largest one: rounding of float32. */
const DIFFERENCE = 1e-6;

/** Notes are not longer than this number of names. */
const MAX_NAMES = 8;

/**
 * Joins meshes.
 *
 * @param path File that names the parts, for errors
 * @param parts Meshes in the order of the file; empty ones do not matter
 * @param what Plural of what they are, such as "pieces", for notes
 * @throws {DataError} If their coordinates have different axes
 */
export function joinMeshes(path: string, parts: readonly FileMesh[], what: string): FileMesh {
  const filled = parts.filter(({ pointCount }) => pointCount > 0);
  const notes = [...new Set(parts.flatMap((part) => part.notes))];
  const first = filled[0] ?? parts[0];
  if (first === undefined) throw new DataError(`Cannot read "${path}": it has no ${what}`);
  const fieldData = first.fieldData;
  if (filled.length <= 1) return { ...first, path, notes };
  const other = filled.find(({ axes }) => axes !== first.axes);
  if (other !== undefined) {
    throw new DataError(
      `Cannot read "${path}": its ${what} must have coordinates along the same axes, received ` +
        `${first.axes} and ${other.axes}`,
    );
  }
  const pointCounts = filled.map(({ pointCount }) => pointCount);
  const cellCounts = filled.map(({ cells }) => cells.types.length);
  const points = joinArrays(path, filled.map((part) => part.pointData), pointCounts);
  const cells = joinArrays(path, filled.map((part) => part.cellData), cellCounts);
  notes.push(
    ...omissions("point", points.omitted, what),
    ...omissions("cell", cells.omitted, what),
  );
  const joined: FileMesh = {
    path,
    pointCount: pointCounts.reduce((sum, count) => sum + count, 0),
    points: joinNumbers(filled.map((part) => part.points)) as FileMesh["points"],
    axes: first.axes,
    cells: joinCells(filled.map((part) => part.cells), startsOf(pointCounts)),
    pointData: points.arrays,
    cellData: cells.arrays,
    fieldData,
    ghostPoints: joinFlags(filled.map(({ ghostPoints }) => ghostPoints), pointCounts),
    ghostCells: joinFlags(filled.map(({ ghostCells }) => ghostCells), cellCounts),
    notes,
  };
  return withoutCopies(joined, startsOf(pointCounts), what);
}

/** Leaves out copies of cells and merges the points where parts meet. */
function withoutCopies(mesh: FileMesh, starts: readonly number[], what: string): FileMesh {
  const cellRows = rowsWithout(mesh.ghostCells, mesh.cells.types.length);
  const cells = mesh.ghostCells === undefined ? mesh.cells : gatherCells(mesh.cells, cellRows);
  const { numbers, ambiguousCount } = seamPoints(mesh, starts, globalIds(mesh));
  // A point stays if it is its own original, and a cell of its own or no cell of a copy uses it.
  const isUsed = new Uint8Array(mesh.pointCount);
  for (const point of cells.connectivity) isUsed[numbers[point]] = 1;
  const pointRows = new Uint32Array(mesh.pointCount);
  const newNumbers = new Uint32Array(mesh.pointCount);
  let count = 0;
  let mergedCount = 0;
  for (let point = 0; point < mesh.pointCount; point++) {
    if (numbers[point] !== point) mergedCount++;
    else if (isUsed[point] === 1 || !mesh.ghostPoints?.[point]) {
      newNumbers[point] = count;
      pointRows[count++] = point;
    }
  }
  const notes = [...mesh.notes];
  const copyCount = mesh.cells.types.length - cellRows.length;
  if (copyCount > 0) {
    notes.push(`Left out ${copyCount} cells that are hidden or copies of cells of other ${what}`);
  }
  if (mergedCount > 0) notes.push(`Merged ${mergedCount} points where ${what} meet`);
  if (ambiguousCount > 0) {
    notes.push(
      `${ambiguousCount} points where ${what} meet were not merged: several points of one part ` +
        "are at the same place",
    );
  }
  const rows = pointRows.subarray(0, count);
  if (count === mesh.pointCount && copyCount === 0) {
    return { ...mesh, ghostPoints: undefined, ghostCells: undefined, notes };
  }
  const points = new (mesh.points.constructor as Float64ArrayConstructor)(mesh.axes * count);
  for (let row = 0; row < count; row++) {
    for (let axis = 0; axis < mesh.axes; axis++) {
      points[mesh.axes * row + axis] = mesh.points[mesh.axes * rows[row] + axis];
    }
  }
  return {
    ...mesh,
    pointCount: count,
    points,
    cells: renumberCells(cells, numbers.map((point) => newNumbers[point])),
    pointData: gatherArrays(comparedArrays(mesh, numbers, what, notes), rows),
    cellData: copyCount === 0 ? mesh.cellData : gatherArrays(mesh.cellData, cellRows),
    ghostPoints: undefined,
    ghostCells: undefined,
    notes,
  };
}

/** Arrays that add a note when they are read if values differ at points that become one. */
function comparedArrays(
  { pointData: { names, read }, ghostPoints }: FileMesh,
  numbers: Uint32Array,
  what: string,
  notes: string[],
): FileArrays {
  const compared = new Set<string>();
  const compare = (name: string, { values, components }: FileArray): void => {
    let largest = 0;
    for (let i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(Number(values[i])));
    }
    let count = 0;
    for (let point = 0; point < numbers.length; point++) {
      if (numbers[point] === point || ghostPoints?.[point]) continue;
      for (let k = 0; k < components; k++) {
        const value = Number(values[components * point + k]);
        const other = Number(values[components * numbers[point] + k]);
        if (Math.abs(value - other) <= DIFFERENCE * largest) continue;
        count++;
        break;
      }
    }
    if (count === 0) return;
    notes.push(
      `"${name}" differs at ${count} points where ${what} meet: the value of the first was used`,
    );
  };
  return {
    names,
    read: (name) => {
      const array = read(name);
      if (!compared.has(name) && !GLOBAL_IDS.includes(name)) compare(name, array);
      compared.add(name);
      return array;
    },
  };
}

/** The ids of points that their program gave them, if any and without repetition in a part. */
function globalIds({ pointData, pointCount }: FileMesh): FileMesh["points"] | undefined {
  const name = GLOBAL_IDS.find((name) => pointData.names.includes(name));
  if (name === undefined) return undefined;
  const { values, components } = pointData.read(name);
  if (components !== 1 || values.length !== pointCount) return undefined;
  return Float64Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Joins lists of cells. @param firstPoints Number of the first point of each list */
export function joinCells(
  parts: readonly MeshCells[],
  firstPoints?: readonly number[],
): MeshCells {
  const count = (of: (cells: MeshCells) => ArrayLike<number>) =>
    parts.reduce((sum, part) => sum + of(part).length, 0);
  const joined = {
    connectivity: new Uint32Array(count(({ connectivity }) => connectivity)),
    offsets: new Uint32Array(count(({ types }) => types) + 1),
    types: new Uint8Array(count(({ types }) => types)),
  };
  let cell = 0;
  let entry = 0;
  for (const [part, { connectivity, offsets, types }] of parts.entries()) {
    const firstPoint = firstPoints?.[part] ?? 0;
    joined.connectivity.set(connectivity.map((point) => point + firstPoint), entry);
    joined.offsets.set(offsets.map((offset) => offset + entry), cell);
    joined.types.set(types, cell);
    entry += connectivity.length;
    cell += types.length;
  }
  return joined;
}

function startsOf(counts: readonly number[]): readonly number[] {
  const starts = [0];
  for (const count of counts) starts.push(starts.at(-1)! + count);
  return starts;
}

function joinFlags(
  parts: readonly (Uint8Array | undefined)[],
  counts: readonly number[],
): Uint8Array | undefined {
  if (parts.every((part) => part === undefined)) return undefined;
  return joinNumbers(parts.map((part, k) => part ?? new Uint8Array(counts[k]))) as Uint8Array;
}

/** The rows whose flag is not set. */
function rowsWithout(flags: Uint8Array | undefined, count: number): Uint32Array {
  const rows = Uint32Array.from({ length: count }, (_, row) => row);
  return flags === undefined ? rows : rows.filter((row) => flags[row] === 0);
}

function omissions(kind: string, names: readonly string[], what: string): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  const list = names.slice(0, MAX_NAMES).join(", ") + more;
  return [`Left out ${kind} arrays that only some ${what} have: ${list}`];
}
