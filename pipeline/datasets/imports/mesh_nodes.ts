/**
 * The nodes of a mesh at its points, at the centres of its cells, or in one of two layers of
 * points, and the values of arrays of a file at them.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { FileArray, FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import type { MeshCells } from "../../../io/mesh_cells.ts";
import { nodesOfCell, POLYHEDRON } from "../../../io/polyhedra.ts";
import type { ArrayPlace } from "./file_arrays.ts";
import type { CleaningCounts, CleanMesh } from "./clean_mesh.ts";

/** Values of cells or points of a file. */
export interface MeanSource {
  readonly values: Float64Array;
  nameOf(row: number): string;
}

/** Nodes of a mesh. */
export interface MeshNodes {
  readonly path: string;
  readonly nodeCount: number;
  /** Coordinates per node: 1 to 3. */
  readonly axes: number;
  /** Positions [N, axes]. */
  readonly position: Float64Array;
  /** Cells by nodes; undefined if there are none. */
  readonly cells: MeshCells | undefined;
  readonly counts: CleaningCounts;
  /** Values [N, components] of an array of the file. */
  values(array: FileArray, place: ArrayPlace): Float64Array;
  /**
   * The values of the file of which those at the nodes are means, with their names; undefined if
   * they are no means.
   */
  meansOf(array: FileArray, place: ArrayPlace): MeanSource | undefined;
  /** The name of a node in the file, such as `point 4`. */
  nameOf(node: number): string;
  /** The node of each point or cell of the file, whichever they are, -1 if it is dropped. */
  readonly nodeOf: Int32Array;
}

/** The nodes at the points of a mesh; cell data are averaged over the cells at each point. */
export function pointNodes(mesh: FileMesh, clean: CleanMesh): MeshNodes {
  const { pointOf, nodeOf, cells, cellOf, counts } = clean;
  const hasCells = cells.types.length > 0;
  return {
    path: mesh.path,
    nodeCount: pointOf.length,
    axes: mesh.axes,
    position: rowsOf(mesh.points, mesh.axes, pointOf),
    cells: hasCells ? cells : undefined,
    counts,
    nodeOf,
    nameOf: (node) => `point ${pointOf[node]}`,
    meansOf({ values, components }, place) {
      if (place !== "cell") return undefined;
      return {
        values: rowsOf(values, components, cellOf),
        nameOf: (row) => `cell ${cellOf[row]}`,
      };
    },
    values({ values, components }, place) {
      if (place === "point") return rowsOf(values, components, pointOf);
      if (place !== "cell") return repeated(values, components, pointOf.length);
      return meanAtNodes(rowsOf(values, components, cellOf), components, cells, pointOf.length);
    },
  };
}

/** The nodes at the centres of the cells: means of their points, as are the values of points. */
export function cellCentres(mesh: FileMesh, clean: CleanMesh): MeshNodes {
  const { pointOf, cells, cellOf, counts } = clean;
  if (cellOf.length === 0) {
    throw new DataError(
      `Cannot use centres of the cells of "${mesh.path}": a mesh must have cells, found none`,
    );
  }
  const nodeOf = new Int32Array(mesh.cells.types.length).fill(-1);
  cellOf.forEach((cell, node) => nodeOf[cell] = node);
  const atCells = (values: ArrayLike<number | bigint>, components: number) =>
    meanAtCells(rowsOf(values, components, pointOf), components, cells);
  return {
    path: mesh.path,
    nodeCount: cellOf.length,
    axes: mesh.axes,
    position: atCells(mesh.points, mesh.axes),
    cells: undefined,
    counts,
    nodeOf,
    nameOf: (node) => `cell ${cellOf[node]}`,
    meansOf({ values, components }, place) {
      if (place !== "point") return undefined;
      return {
        values: rowsOf(values, components, pointOf),
        nameOf: (row) => `point ${pointOf[row]}`,
      };
    },
    values({ values, components }, place) {
      if (place === "cell") return rowsOf(values, components, cellOf);
      if (place !== "point") return repeated(values, components, cellOf.length);
      return atCells(values, components);
    },
  };
}

/** Chosen rows of an array. */
function rowsOf(
  values: ArrayLike<number | bigint>,
  components: number,
  rows: Uint32Array,
): Float64Array {
  const chosen = new Float64Array(components * rows.length);
  for (let row = 0; row < rows.length; row++) {
    for (let c = 0; c < components; c++) {
      chosen[components * row + c] = Number(values[components * rows[row] + c]);
    }
  }
  return chosen;
}

function repeated(
  values: ArrayLike<number | bigint>,
  components: number,
  count: number,
): Float64Array {
  return Float64Array.from(
    { length: components * count },
    (_, k) => Number(values[k % components]),
  );
}

/** The mean over the cells at each node. */
function meanAtNodes(
  values: Float64Array,
  components: number,
  cells: MeshCells,
  nodeCount: number,
): Float64Array {
  const means = new Float64Array(components * nodeCount);
  const counts = new Uint32Array(nodeCount);
  for (let cell = 0; cell < cells.types.length; cell++) {
    for (const node of distinctNodes(cells, cell)) {
      counts[node]++;
      for (let c = 0; c < components; c++) {
        means[components * node + c] += values[components * cell + c];
      }
    }
  }
  return means.map((sum, k) => sum / counts[Math.floor(k / components)]);
}

/** The mean over the nodes of each cell. */
function meanAtCells(values: Float64Array, components: number, cells: MeshCells): Float64Array {
  const cellCount = cells.types.length;
  const means = new Float64Array(components * cellCount);
  for (let cell = 0; cell < cellCount; cell++) {
    const nodes = distinctNodes(cells, cell);
    for (const node of nodes) {
      for (let c = 0; c < components; c++) {
        means[components * cell + c] += values[components * node + c] / nodes.length;
      }
    }
  }
  return means;
}

/** The nodes of a cell, each once: polyhedra list them for every face. */
function distinctNodes(cells: MeshCells, cell: number): ArrayLike<number> & Iterable<number> {
  const { connectivity, offsets, types } = cells;
  return types[cell] === POLYHEDRON
    ? nodesOfCell(cells, cell)
    : connectivity.subarray(offsets[cell], offsets[cell + 1]);
}
