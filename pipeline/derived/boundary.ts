/**
 * The boundary of a mesh, and the walls around its holes, found from its cells.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { MeshCells } from "../../io/mesh_cells.ts";
import { Components } from "../graph/connectivity.ts";
import { type CellSides, cellSides } from "./cell_sides.ts";

/** Points, segments or triangles, in three coordinates; missing ones are 0. */
export interface SurfacePieces {
  /** Number of corners of a piece: 1, 2 or 3. */
  readonly corners: number;
  /** Coordinates [pieces, corners, 3]. */
  readonly points: Float64Array;
}

/** Part of a boundary: all of it, or only the sides around holes, such as bodies in a flow. */
export type BoundaryPart = "boundary" | "wall";

/**
 * The boundary of a mesh: the sides of its cells that belong to one cell only. Its walls are the
 * connected pieces of the boundary other than the outermost one of each connected part of the mesh.
 * Faces of more than three nodes are cut into triangles around their middle.
 *
 * Costs O(sides · log(sides at a node)).
 *
 * @param position Node positions [N, D].
 * @throws {DataError} If the sides of a cell are unknown, cells share no sides, or there is no such
 * part.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { uniformCells } from "../../io/mesh_cells.ts";
 * // Three nodes on a line: its ends are the boundary.
 * const cells = uniformCells(Uint32Array.of(0, 1, 1, 2), "line");
 * const { points } = boundaryPieces(cells, Float32Array.of(1, 2, 4), 1, "boundary");
 * assert.deepEqual([...points], [1, 0, 0, 4, 0, 0]);
 * ```
 */
export function boundaryPieces(
  cells: MeshCells,
  position: Float32Array,
  dimensions: number,
  part: BoundaryPart,
): SurfacePieces {
  const sides = cellSides(cells);
  const outer = singleSides(sides, position.length / dimensions);
  if (outer.length === 0) {
    throw new DataError(
      "Cannot find the boundary of a mesh: some side must belong to one cell only, none does",
    );
  }
  if (outer.length === sides.cells.length && sides.cells.at(-1) !== sides.cells[0]) {
    throw new DataError(
      "Cannot find the boundary of a mesh: its cells must share nodes, each has its own; merge " +
        "nodes at equal positions",
    );
  }
  const kept = part === "boundary"
    ? outer
    : wallSides(outer, { sides, cells, position, dimensions });
  return piecesOf(kept, sides, position, dimensions);
}

/** The sides whose nodes no other side has, ascending. */
export function singleSides({ offsets, nodes }: CellSides, nodeCount: number): number[] {
  const sideCount = offsets.length - 1;
  const sorted = nodes.slice();
  const starts = new Uint32Array(nodeCount + 1);
  for (let side = 0; side < sideCount; side++) {
    sorted.subarray(offsets[side], offsets[side + 1]).sort();
    starts[sorted[offsets[side]] + 1]++;
  }
  for (let node = 0; node < nodeCount; node++) starts[node + 1] += starts[node];
  // Sides by their smallest node.
  const next = starts.slice();
  const ordered = new Uint32Array(sideCount);
  for (let side = 0; side < sideCount; side++) ordered[next[sorted[offsets[side]]]++] = side;
  const compare = (a: number, b: number): number => {
    const length = offsets[a + 1] - offsets[a];
    const difference = length - (offsets[b + 1] - offsets[b]);
    if (difference !== 0) return difference;
    for (let k = 0; k < length; k++) {
      const gap = sorted[offsets[a] + k] - sorted[offsets[b] + k];
      if (gap !== 0) return gap;
    }
    return 0;
  };
  const single: number[] = [];
  for (let node = 0; node < nodeCount; node++) {
    const bucket = ordered.subarray(starts[node], starts[node + 1]).sort(compare);
    for (let k = 0; k < bucket.length; k++) {
      const differs = (k === 0 || compare(bucket[k - 1], bucket[k]) !== 0) &&
        (k + 1 === bucket.length || compare(bucket[k], bucket[k + 1]) !== 0);
      if (differs) single.push(bucket[k]);
    }
  }
  return single.sort((a, b) => a - b);
}

interface SidedMesh {
  readonly sides: CellSides;
  readonly cells: MeshCells;
  readonly position: Float32Array;
  readonly dimensions: number;
}

/**
 * The sides around holes. In each connected part of the mesh the outermost piece of the boundary
 * is the one with the largest box, which contains the boxes of all holes.
 *
 * @throws {DataError} If there is none.
 */
function wallSides(outer: readonly number[], mesh: SidedMesh): number[] {
  const { sides: { offsets, nodes }, cells, position, dimensions } = mesh;
  const nodeCount = position.length / dimensions;
  const pieces = new Components(nodeCount);
  for (const side of outer) {
    for (let k = offsets[side] + 1; k < offsets[side + 1]; k++) pieces.join(nodes[k - 1], nodes[k]);
  }
  const parts = new Components(nodeCount);
  for (let cell = 0; cell + 1 < cells.offsets.length; cell++) {
    for (let k = cells.offsets[cell] + 1; k < cells.offsets[cell + 1]; k++) {
      parts.join(cells.connectivity[k - 1], cells.connectivity[k]);
    }
  }
  const byPiece = Map.groupBy(outer, (side) => pieces.root(nodes[offsets[side]]));
  const outermost = new Map<number, { readonly piece: number; readonly size: number }>();
  for (const [piece, sides] of byPiece) {
    const part = parts.root(piece);
    const size = boxSize(sides, mesh);
    const largest = outermost.get(part);
    if (largest === undefined || size > largest.size) outermost.set(part, { piece, size });
  }
  const outside = new Set([...outermost.values()].map(({ piece }) => piece));
  const walls = outer.filter((side) => !outside.has(pieces.root(nodes[offsets[side]])));
  if (walls.length === 0) {
    throw new DataError(
      "Cannot find the walls of a mesh: it must have a hole around a body, it has none; use its " +
        "boundary, or an input field with the distance",
    );
  }
  return walls;
}

/** Squared diagonal of the box around some sides. */
function boxSize(
  sides: readonly number[],
  { sides: { offsets, nodes }, position, dimensions }: SidedMesh,
): number {
  let square = 0;
  for (let axis = 0; axis < dimensions; axis++) {
    let low = Infinity;
    let high = -Infinity;
    for (const side of sides) {
      for (let k = offsets[side]; k < offsets[side + 1]; k++) {
        const place = position[nodes[k] * dimensions + axis];
        low = Math.min(low, place);
        high = Math.max(high, place);
      }
    }
    square += (high - low) ** 2;
  }
  return square;
}

/** Some sides as points, segments or triangles. */
function piecesOf(
  kept: readonly number[],
  { dimension, offsets, nodes, hasMiddle }: CellSides,
  position: Float32Array,
  dimensions: number,
): SurfacePieces {
  const points: number[] = [];
  const place = (node: number): readonly number[] =>
    [0, 1, 2].map((axis) => axis < dimensions ? position[node * dimensions + axis] : 0);
  for (const side of kept) {
    const around = Array.from(nodes.subarray(offsets[side], offsets[side + 1] - hasMiddle[side]));
    const corners = around.map(place);
    if (dimension === 1 || corners.length === dimension) {
      points.push(...corners.flat());
    } else if (dimension === 2) {
      for (let k = 1; k < corners.length; k++) points.push(...corners[k - 1], ...corners[k]);
    } else {
      const middle = hasMiddle[side] === 1
        ? place(nodes[offsets[side + 1] - 1])
        : middleOf(around, corners);
      for (const [k, corner] of corners.entries()) {
        points.push(...corner, ...corners[(k + 1) % corners.length], ...middle);
      }
    }
  }
  return { corners: dimension, points: Float64Array.from(points) };
}

/** Mean of the corners of a face, summed in an order that does not depend on the cell. */
function middleOf(nodes: readonly number[], corners: readonly (readonly number[])[]): number[] {
  const order = nodes.map((_, k) => k).sort((a, b) => nodes[a] - nodes[b]);
  const sum = [0, 0, 0];
  for (const k of order) {
    for (let axis = 0; axis < 3; axis++) sum[axis] += corners[k][axis];
  }
  return sum.map((value) => value / nodes.length);
}
