/** Meshes as VTK reads them, recorded by scripts next to the fixtures. @module */

import assert from "node:assert/strict";
import type { FileArrays, FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import { facesOf, nodesOfCell, POLYHEDRON } from "../../../io/polyhedra.ts";

/** A mesh as VTK reads it. */
export interface Expected {
  readonly points: readonly (readonly number[])[];
  readonly cells: readonly (readonly number[])[];
  readonly faces?: readonly (readonly (readonly number[])[] | null)[] | undefined;
  readonly types: readonly number[];
  readonly pointData: Readonly<Record<string, readonly (number | number[])[]>>;
  readonly cellData: Readonly<Record<string, readonly (number | number[])[]>>;
  readonly fieldData: Readonly<Record<string, readonly (number | number[])[]>>;
}

/** All arrays, as lists of tuples. */
export function tuples({ names, read }: FileArrays): Record<string, number[][]> {
  return Object.fromEntries(
    names.map((name) => [name, chunks(read(name).values, read(name).components)]),
  );
}

/** Rows of numbers. */
export function chunks(values: ArrayLike<number | bigint>, width: number): number[][] {
  return Array.from(
    { length: values.length / width },
    (_, row) => Array.from({ length: width }, (_, k) => Number(values[width * row + k])),
  );
}

/** Recorded arrays as lists of tuples, without those of ghosts. */
export function lists(arrays: Expected["pointData"]): Record<string, number[][]> {
  return Object.fromEntries(
    Object.entries(arrays).filter(([name]) => name !== "vtkGhostType").map(([name, rows]) => [
      name,
      rows.map((row) => Array.isArray(row) ? row : [row]),
    ]),
  );
}

/** The points of cells; VTK's pixels (8) and voxels (11) as quadrilaterals and hexahedra. */
function plainCells({ cells, types }: Pick<Expected, "cells" | "types">): readonly number[][] {
  return cells.map((points, cell) => {
    const [a, b, c, d, ...rest] = points;
    if (types[cell] === 8) return [a, b, d, c];
    if (types[cell] === 11) return [a, b, d, c, rest[0], rest[1], rest[3], rest[2]];
    return [...points];
  });
}

const PLAIN_TYPES: Readonly<Record<number, number>> = { 8: 9, 11: 12 };

/**
 * Throws unless a mesh is as VTK reads it.
 *
 * @param isGrid Whether VTK has pixels and voxels where we have quadrilaterals and hexahedra
 */
export function assertAsExpected(mesh: FileMesh, expected: Expected, isGrid: boolean): void {
  assert.deepEqual(chunks(mesh.points, 3), expected.points);
  // The points of a polyhedron have no order.
  const sorted = (points: readonly number[], cell: number) =>
    mesh.cells.types[cell] === POLYHEDRON ? points.toSorted((a, b) => a - b) : points;
  const actual = Array.from(mesh.cells.types, (_, cell) => nodesOfCell(mesh.cells, cell));
  const cells = isGrid ? plainCells(expected) : expected.cells;
  assert.deepEqual(actual.map(sorted), cells.map(sorted));
  const plainType = (type: number) => isGrid && type in PLAIN_TYPES ? PLAIN_TYPES[type] : type;
  assert.deepEqual([...mesh.cells.types], expected.types.map(plainType));
  assert.deepEqual(tuples(mesh.pointData), lists(expected.pointData));
  assert.deepEqual(tuples(mesh.cellData), lists(expected.cellData));
  assert.deepEqual(tuples(mesh.fieldData), lists(expected.fieldData));
  for (const [cell, faces] of (expected.faces ?? []).entries()) {
    const { connectivity, offsets } = mesh.cells;
    const entry = connectivity.subarray(offsets[cell], offsets[cell + 1]);
    if (mesh.cells.types[cell] === POLYHEDRON) assert.deepEqual(facesOf(entry), faces);
  }
}
