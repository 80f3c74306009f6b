/**
 * Nodes and cells of a mesh without what other programs add to it: copies of points and cells of
 * other pieces, points stored twice, and points that belong to no cell.
 *
 * @module
 */

import type { FileArray, FileMesh } from "../../../io/mesh_file/mesh_file.ts";
import type { MeshCells } from "../../../io/mesh_cells.ts";
import { gatherCells, renumberCells } from "../../../io/polyhedra.ts";

/** Numbers of points and cells that cleaning found. */
export interface CleaningCounts {
  /** Copies of cells and points of other pieces, or hidden ones, which are dropped. */
  readonly ghostCells: number;
  readonly ghostPoints: number;
  /** Points at the place of another one, with the same values: merged. */
  readonly merged: number;
  /** Points at the place of another one, with other values, as on the sides of a cut: kept. */
  readonly coincident: number;
  /** Points that belong to no cell, which are dropped. */
  readonly orphans: number;
}

/** A mesh whose points and cells are chosen. */
export interface CleanMesh {
  /** The point of each node [N]. */
  readonly pointOf: Uint32Array;
  /** The node of each point, or -1 if it is dropped [points]. */
  readonly nodeOf: Int32Array;
  /** The remaining cells, by nodes. */
  readonly cells: MeshCells;
  /** The number of each remaining cell in the file. */
  readonly cellOf: Uint32Array;
  readonly counts: CleaningCounts;
}

/** How coincident points are treated. */
export type Merging = "equal" | "all" | "none";

/** Difference of values that agree, relative to the largest value of the array. */
const AGREEMENT = 1e-6;

/**
 * Chooses the nodes and cells of a mesh.
 *
 * @param compared Arrays at the points by which coincident points are compared
 * @param merging Whether coincident points are merged if their values are equal, always, or never
 */
export function cleanMesh(
  mesh: FileMesh,
  compared: readonly FileArray[],
  merging: Merging = "equal",
): CleanMesh {
  const { pointCount, ghostPoints, ghostCells } = mesh;
  const originals = new Int32Array(pointCount).fill(-1);
  const found = merging === "none"
    ? { merged: 0, coincident: 0 }
    : mergePoints(mesh, merging === "all" ? [] : compared, originals);
  const cellOf = Uint32Array.from(cellNumbers(mesh));
  const isUsed = new Uint8Array(pointCount);
  const hasCells = cellOf.length > 0;
  const { connectivity, offsets, types } = mesh.cells;
  for (const cell of cellOf) {
    for (let k = offsets[cell]; k < offsets[cell + 1]; k++) {
      isUsed[originalOf(connectivity[k])] = 1;
    }
  }
  const nodeOf = new Int32Array(pointCount).fill(-1);
  const points: number[] = [];
  let droppedGhosts = 0;
  let orphans = 0;
  for (let point = 0; point < pointCount; point++) {
    if (originals[point] >= 0) continue;
    const isGhost = (ghostPoints?.[point] ?? 0) !== 0;
    if (hasCells ? isUsed[point] === 1 : !isGhost) nodeOf[point] = points.push(point) - 1;
    else if (isGhost) droppedGhosts++;
    else orphans++;
  }
  for (let point = 0; point < pointCount; point++) {
    if (originals[point] >= 0) nodeOf[point] = nodeOf[originals[point]];
  }
  return {
    pointOf: Uint32Array.from(points),
    nodeOf,
    cells: renumberCells(gatherCells(mesh.cells, cellOf), Uint32Array.from(nodeOf)),
    cellOf,
    counts: {
      ...found,
      orphans,
      ghostPoints: droppedGhosts,
      ghostCells: ghostCells === undefined ? 0 : types.length - cellOf.length,
    },
  };

  function originalOf(point: number): number {
    return originals[point] >= 0 ? originals[point] : point;
  }
}

/** Numbers of the cells that are no copies. */
function* cellNumbers({ cells, ghostCells }: FileMesh): Generator<number> {
  for (let cell = 0; cell < cells.types.length; cell++) {
    if ((ghostCells?.[cell] ?? 0) === 0) yield cell;
  }
}

/**
 * Finds points at the place of an earlier one; of a copy and its original, the original remains.
 *
 * @param originals The point that stands for each merged one, -1 for the others; overwritten
 */
function mergePoints(
  { points, axes, pointCount, ghostPoints }: FileMesh,
  compared: readonly FileArray[],
  originals: Int32Array,
): Pick<CleaningCounts, "merged" | "coincident"> {
  const order = Uint32Array.from({ length: pointCount }, (_, point) => point).sort((a, b) => {
    for (let axis = 0; axis < axes; axis++) {
      const difference = points[axes * a + axis] - points[axes * b + axis];
      if (difference !== 0) return difference;
    }
    const ghosts = (ghostPoints?.[a] ?? 0) - (ghostPoints?.[b] ?? 0);
    return ghosts !== 0 ? ghosts : a - b;
  });
  const tolerances = compared.map(({ values }) => AGREEMENT * largestOf(values));
  const isSamePlace = (a: number, b: number) => {
    for (let axis = 0; axis < axes; axis++) {
      if (points[axes * a + axis] !== points[axes * b + axis]) return false;
    }
    return true;
  };
  const agree = (a: number, b: number) =>
    compared.every(({ values, components }, k) => {
      for (let c = 0; c < components; c++) {
        const first = Number(values[components * a + c]);
        const second = Number(values[components * b + c]);
        const isEqual = Object.is(first, second) || Math.abs(first - second) <= tolerances[k];
        if (!isEqual) return false;
      }
      return true;
    });
  let merged = 0;
  let coincident = 0;
  for (let start = 0; start < pointCount;) {
    let end = start + 1;
    const kept = [order[start]];
    for (; end < pointCount && isSamePlace(order[start], order[end]); end++) {
      const point = order[end];
      const isGhost = (ghostPoints?.[point] ?? 0) !== 0;
      const original = isGhost ? kept[0] : kept.find((other) => agree(other, point));
      if (original === undefined) {
        kept.push(point);
        coincident++;
      } else {
        originals[point] = original;
        if (!isGhost) merged++;
      }
    }
    start = end;
  }
  return { merged, coincident };
}

function largestOf(values: FileArray["values"]): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) {
    const size = Math.abs(Number(values[k]));
    if (size < Infinity) largest = Math.max(largest, size);
  }
  return largest;
}
