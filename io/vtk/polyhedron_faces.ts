/**
 * The faces of polyhedra in VTK's files, in the layouts before and since VTK 9.4.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";
import { closeFaces, CONVEX_POINT_SET, facesOf, POLYHEDRON } from "../polyhedra.ts";
import type { VtkNumbers } from "./numbers.ts";
import { toIndices } from "./vtk_cells.ts";

/** Reads an array of the cells by name; undefined if there is none. */
export type CellArrayReader = (name: string) => VtkNumbers | undefined;

/** The faces of each cell `[start, end)` in lists of faces. */
interface CellFaces {
  /** The nodes of the faces of a cell. @throws {SyntaxError} If they are inconsistent */
  readonly ofCell: (cell: number) => number[][];
}

/**
 * Replaces the points of polyhedra by their faces. Without arrays of faces polyhedra become
 * convex point sets.
 *
 * @throws {SyntaxError} If the arrays of faces do not match the cells
 */
export function addFaces(cells: MeshCells, read: CellArrayReader, pointCount: number): MeshCells {
  const { connectivity, offsets, types } = cells;
  if (!types.includes(POLYHEDRON)) return cells;
  const faces = readFaceLists(read, types.length) ?? readFaceStream(read, types.length);
  if (faces === undefined) {
    return {
      connectivity,
      offsets,
      types: types.map((type) => type === POLYHEDRON ? CONVEX_POINT_SET : type),
    };
  }
  const entries = Array.from(types, (type, cell) => {
    if (type !== POLYHEDRON) return connectivity.subarray(offsets[cell], offsets[cell + 1]);
    const entry = closeFaces(faces.ofCell(cell));
    const unknown = entry.find((point) => point >= pointCount);
    if (unknown !== undefined || facesOf(entry) === undefined) {
      throw new SyntaxError(
        `the faces of polyhedra must have at least 3 different points below ${pointCount}, ` +
          `cell ${cell} has a face with ${unknown ?? "fewer"}`,
      );
    }
    return entry;
  });
  const ends = new Uint32Array(types.length + 1);
  for (const [cell, { length }] of entries.entries()) ends[cell + 1] = ends[cell] + length;
  const joined = new Uint32Array(ends[types.length]);
  for (const [cell, entry] of entries.entries()) joined.set(entry, ends[cell]);
  return { connectivity: joined, offsets: ends, types };
}

/** Since VTK 9.4: points of faces, and faces of cells. */
function readFaceLists(read: CellArrayReader, cellCount: number): CellFaces | undefined {
  const points = read("face_connectivity");
  const pointEnds = read("face_offsets");
  const faces = read("polyhedron_to_faces");
  const faceEnds = read("polyhedron_offsets");
  if (!points || !pointEnds || !faces || !faceEnds) return undefined;
  const faceList = listsOf(toIndices(points, "face_connectivity"), pointEnds, "face_offsets");
  const cellList = listsOf(toIndices(faces, "polyhedron_to_faces"), faceEnds, "polyhedron_offsets");
  requireCount("polyhedron_offsets", faceEnds.length, cellCount);
  return {
    ofCell: (cell) =>
      cellList(cell).map((face) => {
        if (face < pointEnds.length) return faceList(face);
        throw new SyntaxError(
          `polyhedra must have faces below ${pointEnds.length}, cell ${cell} has ${face}`,
        );
      }),
  };
}

/** Before: for each polyhedron the number of faces, and of each face its points after their number. */
function readFaceStream(read: CellArrayReader, cellCount: number): CellFaces | undefined {
  const stream = read("faces");
  const ends = read("faceoffsets");
  if (!stream || !ends) return undefined;
  requireCount("faceoffsets", ends.length, cellCount);
  const numbers = toIndices(stream, "faces");
  // Cells of other types have -1, and each polyhedron begins where the previous one ends.
  const starts = new Float64Array(cellCount);
  let end = 0;
  for (let cell = 0; cell < cellCount; cell++) {
    starts[cell] = end;
    if (Number(ends[cell]) >= 0) end = Number(ends[cell]);
  }
  return {
    ofCell: (cell) => {
      const last = Number(ends[cell]);
      const { faces, next } = parseFaceStream(numbers.subarray(starts[cell], Math.max(0, last)));
      if (next === last - starts[cell]) return faces;
      throw new SyntaxError(`the faces of cell ${cell} do not end at its faceoffset, ${last}`);
    },
  };
}

/**
 * Reads the faces of one polyhedron: their number, then each as the number of its points and the
 * points.
 *
 * @returns The faces, and the position after the last one
 * @throws {SyntaxError} If it is cut short
 */
export function parseFaceStream(stream: Uint32Array): { faces: number[][]; next: number } {
  const faces: number[][] = [];
  let next = 1;
  for (let face = 0; face < stream[0]; face++) {
    const count = stream[next];
    if (count === undefined || next + 1 + count > stream.length) {
      throw new SyntaxError(`it states ${stream[0]} faces of a polyhedron, found ${face}`);
    }
    faces.push([...stream.subarray(next + 1, next + 1 + count)]);
    next += 1 + count;
  }
  return { faces, next };
}

/** Lists in one array by their ends. @throws {SyntaxError} If the ends do not match it */
function listsOf(values: Uint32Array, ends: VtkNumbers, name: string) {
  const offsets = toIndices(ends, name);
  for (let list = 0; list < offsets.length; list++) {
    if (offsets[list] < (offsets[list - 1] ?? 0) || offsets[list] > values.length) {
      throw new SyntaxError(
        `${name} must ascend to at most ${values.length}, entry ${list} is ${offsets[list]}`,
      );
    }
  }
  return (list: number) => [...values.subarray(offsets[list - 1] ?? 0, offsets[list])];
}

function requireCount(name: string, count: number, cellCount: number): void {
  if (count === cellCount) return;
  throw new SyntaxError(`${name} must have an entry for each of ${cellCount} cells, has ${count}`);
}
