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
  const tolerances = compared.map(({ values }) => AGREEMENT * largestOf(values));
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
  const heads = new PlaceTable(points, axes, pointCount);
  /** The next point at the same place with other values. */
  const next = new Int32Array(pointCount).fill(-1);
  let merged = 0;
  let coincident = 0;
  for (const isGhost of [false, true]) {
    for (let point = 0; point < pointCount; point++) {
      if (((ghostPoints?.[point] ?? 0) !== 0) !== isGhost) continue;
      const head = heads.headOf(point);
      if (head === point) continue;
      let other = head;
      while (!isGhost && !agree(other, point) && next[other] >= 0) other = next[other];
      if (isGhost || agree(other, point)) {
        originals[point] = other;
        if (!isGhost) merged++;
      } else {
        next[other] = point;
        coincident++;
      }
    }
  }
  return { merged, coincident };
}

/** A hash table of places, each with the first point there. */
class PlaceTable {
  readonly #places: Float64Array;
  readonly #words: Uint32Array;
  readonly #axes: number;
  readonly #slots: Int32Array;

  constructor(points: FileMesh["points"], axes: number, pointCount: number) {
    // Adding 0 makes -0 the usual one.
    this.#places = Float64Array.from(points, (value) => value + 0);
    this.#words = new Uint32Array(this.#places.buffer);
    this.#axes = axes;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * pointCount + 2))).fill(-1);
  }

  /** The first point at the place of a point, which is entered if there is none. */
  headOf(point: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(point) & mask;
    while (this.#slots[slot] >= 0 && !this.#isSamePlace(this.#slots[slot], point)) {
      slot = (slot + 1) & mask;
    }
    if (this.#slots[slot] < 0) this.#slots[slot] = point;
    return this.#slots[slot];
  }

  #isSamePlace(a: number, b: number): boolean {
    for (let axis = 0; axis < this.#axes; axis++) {
      if (this.#places[this.#axes * a + axis] !== this.#places[this.#axes * b + axis]) return false;
    }
    return true;
  }

  /** FNV-1a over the words of the coordinates, mixed so that the low bits depend on all. */
  #hash(point: number): number {
    let hash = 0x811c9dc5;
    for (let k = 2 * this.#axes * point; k < 2 * this.#axes * (point + 1); k++) {
      hash = Math.imul(hash ^ this.#words[k], 0x01000193);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 1;
  }
}

function largestOf(values: FileArray["values"]): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) {
    const size = Math.abs(Number(values[k]));
    if (size < Infinity) largest = Math.max(largest, size);
  }
  return largest;
}
