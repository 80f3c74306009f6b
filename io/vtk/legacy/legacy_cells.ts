/**
 * Cells of legacy VTK files: lists of points, each after its length, or since version 5 offsets
 * and points.
 *
 * @module
 */

import type { MeshCells } from "../../mesh_cells.ts";
import { joinCells } from "../../mesh_file/join_meshes.ts";
import { closeFaces, POLYHEDRON } from "../../polyhedra.ts";
import type { VtkNumbers } from "../numbers.ts";
import { parseFaceStream } from "../polyhedron_faces.ts";
import { makeCells, toIndices } from "../vtk_cells.ts";
import type { LegacyCursor } from "./legacy_cursor.ts";

/** Points of cells, or their faces if they are polyhedra. */
export interface CellLists {
  readonly connectivity: Uint32Array;
  /** End of each cell in `connectivity`. */
  readonly ends: Uint32Array;
}

/** Types of the cells in the sections of a surface, in VTK's order, by their number of points. */
export const SURFACE_TYPES: Readonly<Record<string, (points: number) => number>> = {
  VERTICES: (points) => points === 1 ? 1 : 2,
  LINES: (points) => points === 2 ? 3 : 4,
  POLYGONS: (points) => points === 3 ? 5 : points === 4 ? 9 : 7,
  TRIANGLE_STRIPS: () => 6,
};

const NO_CELLS: CellLists = { connectivity: new Uint32Array(0), ends: new Uint32Array(0) };

/** Reads a section of cells. @throws {SyntaxError} If its numbers do not match */
export function readCellLists(cursor: LegacyCursor): CellLists {
  const section = cursor.word() ?? "";
  const first = cursor.count(`the number of ${section}`);
  const second = cursor.count(`the size of ${section}`);
  if (cursor.keyword() === "OFFSETS") {
    cursor.word();
    const offsets = cursor.array(cursor.word() ?? "", first, "OFFSETS").read();
    if (cursor.keyword() !== "CONNECTIVITY") {
      throw new SyntaxError(`OFFSETS of ${section} must be followed by CONNECTIVITY`);
    }
    cursor.word();
    const connectivity = cursor.array(cursor.word() ?? "", second, "CONNECTIVITY").read();
    const ends = toIndices(offsets, "offsets");
    if (ends.length > 0 && ends[0] !== 0) {
      throw new SyntaxError(`OFFSETS of ${section} must begin with 0, received ${ends[0]}`);
    }
    return { connectivity: toIndices(connectivity, "connectivity"), ends: ends.subarray(1) };
  }
  const numbers = toIndices(cursor.array("int", second, section).read(), section);
  return splitLists(section, numbers, first);
}

/** Lists, each after its length. */
function splitLists(section: string, numbers: Uint32Array, cellCount: number): CellLists {
  const fail = (): never => {
    throw new SyntaxError(
      `${section} must be ${cellCount} lists in ${numbers.length} numbers, they are not`,
    );
  };
  if (cellCount > numbers.length) fail();
  const connectivity = new Uint32Array(numbers.length - cellCount);
  const ends = new Uint32Array(cellCount);
  let at = 0;
  let end = 0;
  for (let cell = 0; cell < cellCount; cell++) {
    const length = at < numbers.length ? numbers[at] : fail();
    if (at + 1 + length > numbers.length || end + length > connectivity.length) fail();
    connectivity.set(numbers.subarray(at + 1, at + 1 + length), end);
    at += 1 + length;
    end += length;
    ends[cell] = end;
  }
  if (at !== numbers.length) fail();
  return { connectivity, ends };
}

/** The cells of a surface. @throws {SyntaxError} If they do not match the points */
export function surfaceOf(lists: ReadonlyMap<string, CellLists>, pointCount: number): MeshCells {
  return joinCells(
    Object.entries(SURFACE_TYPES).map(([section, type]) => {
      const { connectivity, ends } = lists.get(section) ?? NO_CELLS;
      return makeCells(connectivity, ends, type, pointCount);
    }),
  );
}

/** The cells of an unstructured grid. @throws {SyntaxError} If they do not match the points */
export function volumeOf(
  lists = NO_CELLS,
  types: VtkNumbers = new Uint8Array(0),
  pointCount: number,
): MeshCells {
  if (types.length !== lists.ends.length) {
    throw new SyntaxError(
      `${lists.ends.length} CELLS must have as many types, found ${types.length}`,
    );
  }
  const { connectivity, ends } = withClosedFaces(lists, types);
  return makeCells(connectivity, ends, types, pointCount);
}

/** Replaces the lists of polyhedra, the lengths and points of their faces, by closed faces. */
function withClosedFaces(lists: CellLists, types: VtkNumbers): CellLists {
  if (types.every((type: number | bigint) => Number(type) !== POLYHEDRON)) return lists;
  const entries = Array.from(lists.ends, (end, cell) => {
    const entry = lists.connectivity.subarray(lists.ends[cell - 1] ?? 0, end);
    if (Number(types[cell]) !== POLYHEDRON) return entry;
    const { faces, next } = parseFaceStream(entry);
    if (next === entry.length && faces.every(({ length }) => length >= 3)) return closeFaces(faces);
    throw new SyntaxError(`the faces of cell ${cell} do not match its ${entry.length} numbers`);
  });
  const ends = new Uint32Array(entries.length);
  for (const [cell, { length }] of entries.entries()) ends[cell] = (ends[cell - 1] ?? 0) + length;
  const connectivity = new Uint32Array(ends.at(-1) ?? 0);
  for (const [cell, entry] of entries.entries()) connectivity.set(entry, ends[cell - 1] ?? 0);
  return { connectivity, ends };
}
