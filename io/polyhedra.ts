/**
 * Polyhedra as cells: a cell of type 42 lists its faces one after another, each closed by its
 * first node, as in `0 1 2 0  0 1 3 0 ...`. All entries are node numbers, so that stores, batches
 * and renumbering treat polyhedra as any other cell; only readers and writers of other formats
 * need the faces.
 *
 * @module
 */

import type { MeshCells } from "./mesh_cells.ts";

/** VTK type of cells with lists of faces. */
export const POLYHEDRON = 42;
/** VTK type of the hull of points. */
export const CONVEX_POINT_SET = 41;

/**
 * The nodes of faces as the entry of a polyhedron.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const entry = closeFaces([[0, 1, 2], [0, 1, 3], [1, 2, 3], [2, 0, 3]]);
 * assert.deepEqual(entry.slice(0, 8), [0, 1, 2, 0, 0, 1, 3, 0]);
 * assert.deepEqual(facesOf(entry)?.length, 4);
 * ```
 */
export function closeFaces(faces: readonly (readonly number[])[]): number[] {
  return faces.flatMap((face) => [...face, face[0]]);
}

/**
 * The faces of a polyhedron; undefined if the entry does not consist of closed faces of at least
 * three nodes.
 */
export function facesOf(entry: ArrayLike<number>): number[][] | undefined {
  const faces: number[][] = [];
  let face: number[] = [];
  for (let i = 0; i < entry.length; i++) {
    if (face.length === 0 || entry[i] !== face[0]) {
      face.push(entry[i]);
      continue;
    }
    if (face.length < 3) return undefined;
    faces.push(face);
    face = [];
  }
  return face.length === 0 && faces.length > 0 ? faces : undefined;
}

/** The different nodes of a cell, in the order of their first occurrence. */
export function nodesOfCell({ connectivity, offsets }: MeshCells, cell: number): number[] {
  return [...new Set(connectivity.subarray(offsets[cell], offsets[cell + 1]))];
}

/**
 * Renumbers the nodes of cells. Where nodes of a polyhedron become one, its faces shrink, and
 * those with fewer than three nodes vanish.
 *
 * @param numbers New number of each node
 */
export function renumberCells(cells: MeshCells, numbers: Uint32Array): MeshCells {
  const connectivity = cells.connectivity.map((node) => numbers[node]);
  const { offsets, types } = cells;
  const isSound = (cell: number) => {
    if (types[cell] !== POLYHEDRON) return true;
    const faces = facesOf(cells.connectivity.subarray(offsets[cell], offsets[cell + 1]));
    return faces?.every((face) =>
      new Set(face.map((node) => numbers[node])).size === face.length
    ) ?? true;
  };
  if (types.every((_, cell) => isSound(cell))) return { connectivity, offsets, types };
  const entries = Array.from(types, (type, cell) => {
    const entry = cells.connectivity.subarray(offsets[cell], offsets[cell + 1]);
    const faces = type === POLYHEDRON ? facesOf(entry) : undefined;
    if (faces === undefined) return connectivity.subarray(offsets[cell], offsets[cell + 1]);
    const shrunk = faces.map((face) => [...new Set(face.map((node) => numbers[node]))]);
    return closeFaces(shrunk.filter(({ length }) => length >= 3));
  });
  const ends = new Uint32Array(types.length + 1);
  for (const [cell, { length }] of entries.entries()) ends[cell + 1] = ends[cell] + length;
  const renumbered = new Uint32Array(ends[types.length]);
  for (const [cell, entry] of entries.entries()) renumbered.set(entry, ends[cell]);
  return { connectivity: renumbered, offsets: ends, types };
}

/** The cells at given rows. */
export function gatherCells({ connectivity, offsets, types }: MeshCells, rows: Uint32Array) {
  const ends = new Uint32Array(rows.length + 1);
  for (let row = 0; row < rows.length; row++) {
    ends[row + 1] = ends[row] + offsets[rows[row] + 1] - offsets[rows[row]];
  }
  const gathered = new Uint32Array(ends[rows.length]);
  for (let row = 0; row < rows.length; row++) {
    gathered.set(connectivity.subarray(offsets[rows[row]], offsets[rows[row] + 1]), ends[row]);
  }
  return {
    connectivity: gathered,
    offsets: ends,
    types: Uint8Array.from(rows, (cell) => types[cell]),
  };
}
