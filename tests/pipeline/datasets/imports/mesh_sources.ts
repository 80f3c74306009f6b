/** Meshes of files in memory, for the tests of imports. @module */

import {
  arraysOf,
  type FileArray,
  type FileMesh,
  type MeshSource,
  type SourceSample,
} from "../../../../io/mesh_file/mesh_file.ts";
import { cellOffsets, type MeshCells } from "../../../../io/mesh_cells.ts";
import {
  type ImportedMeshes,
  importMeshes,
} from "../../../../pipeline/datasets/imports/import_meshes.ts";
import type { ImportOptions } from "../../../../pipeline/datasets/imports/import_options.ts";

/** A point, and the values of an array at it or at a cell. */
export type Point = readonly number[];
type Values = readonly number[] | FileArray;

/** Parts of a mesh; arrays of numbers have one component. */
export interface MeshParts {
  readonly points: readonly Point[];
  readonly cells?: readonly (readonly number[])[] | undefined;
  readonly cellType?: number | undefined;
  readonly pointData?: Readonly<Record<string, Values>> | undefined;
  readonly cellData?: Readonly<Record<string, Values>> | undefined;
  readonly fieldData?: Readonly<Record<string, Values>> | undefined;
  readonly ghostPoints?: readonly number[] | undefined;
  readonly ghostCells?: readonly number[] | undefined;
}

/** A mesh as a file would have it. */
export function fileMesh(parts: MeshParts, path = "a.vtu"): FileMesh {
  const { points, cells = [], cellType = 5, ghostPoints, ghostCells } = parts;
  const axes = points[0].length as FileMesh["axes"];
  return {
    path,
    pointCount: points.length,
    points: Float64Array.from(points.flat()),
    axes,
    cells: cellsOf(cells, cellType),
    pointData: arrays(parts.pointData),
    cellData: arrays(parts.cellData),
    fieldData: arrays(parts.fieldData),
    ghostPoints: ghostPoints && Uint8Array.from(ghostPoints),
    ghostCells: ghostCells && Uint8Array.from(ghostCells),
    notes: [],
  };
}

/** Several components per point. */
export function vectors(values: readonly (readonly number[])[]): FileArray {
  return { values: Float64Array.from(values.flat()), components: values[0].length };
}

/** A source of samples in memory. */
export function sourceOf(
  meshes: Readonly<Record<string, MeshParts>>,
  samples: Readonly<Record<string, Partial<SourceSample>>> = {},
): MeshSource {
  const ids = Object.keys(meshes);
  return {
    path: "data/runs",
    format: "test meshes",
    files: ids.map((id) => `data/runs/${id}.vtu`),
    samples: ids.map((id) => ({ id, group: id, ...samples[id] })),
    read: (index) => Promise.resolve(fileMesh(meshes[ids[index]], `data/runs/${ids[index]}.vtu`)),
  };
}

/** Imports meshes in memory. */
export function importParts(
  meshes: Readonly<Record<string, MeshParts>>,
  options: ImportOptions = {},
  samples: Readonly<Record<string, Partial<SourceSample>>> = {},
): Promise<ImportedMeshes> {
  return importMeshes(sourceOf(meshes, samples), options);
}

/** Points of a grid of n × n in the unit square, with triangles. */
export function triangleGrid(
  n: number,
  place: (x: number, y: number) => Point = (x, y) => [x, y, 0],
): { readonly points: Point[]; readonly cells: number[][] } {
  const points: Point[] = [];
  const cells: number[][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      points.push(place(i / (n - 1), j / (n - 1)));
      if (i === n - 1 || j === n - 1) continue;
      const corner = i * n + j;
      cells.push([corner, corner + n, corner + 1], [corner + n, corner + n + 1, corner + 1]);
    }
  }
  return { points, cells };
}

/** Samples with the same mesh and a field that differs. */
export function series(
  count: number,
  make: (k: number) => MeshParts,
): Readonly<Record<string, MeshParts>> {
  return Object.fromEntries(Array.from({ length: count }, (_, k) => [`run${k}`, make(k)]));
}

function cellsOf(cells: readonly (readonly number[])[], type: number): MeshCells {
  return {
    connectivity: Uint32Array.from(cells.flat()),
    offsets: cellOffsets(Uint32Array.from(cells, ({ length }) => length)),
    types: new Uint8Array(cells.length).fill(type),
  };
}

function arrays(data: Readonly<Record<string, Values>> = {}): FileMesh["pointData"] {
  const isArray = (values: Values): values is FileArray => !Array.isArray(values);
  return arraysOf(
    Object.fromEntries(
      Object.entries(data).map(([name, values]) => [
        name,
        isArray(values) ? values : { values: Float64Array.from(values), components: 1 },
      ]),
    ),
  );
}
