/**
 * The wall of a mesh in two dimensions: the lines along which the fluid ends at a body.
 *
 * @module
 */

import { type CellList, doubleArea, faceNodes } from "./mesh_faces.ts";

/** The edges of a wall, line after line. */
export interface Wall {
  /** Both ends of each edge [2 · edges]; from the first to the second, the fluid is on the left. */
  readonly ends: Uint32Array;
  /** The cell next to each edge [edges]. */
  readonly cells: Uint32Array;
  /**
   * First edge of each line [lines + 1]; the edges of a line are consecutive, and closed around a
   * body.
   */
  readonly lineOffsets: Uint32Array;
}

interface WallEdge {
  readonly from: number;
  readonly to: number;
  readonly cell: number;
}

/**
 * The wall of a mesh: the edges of a single cell whose two ends are both wall nodes, in order.
 *
 * @param position Node positions [N, 2]
 * @param isWall Whether a node lies on the wall, for example if its distance to the wall is 0
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // Two unit squares side by side on a floor: nodes 0, 1, 2 below, 3, 4, 5 above.
 * const cells = { connectivity: [0, 1, 4, 3, 1, 2, 5, 4], offsets: [0, 4, 8], types: [9, 9] };
 * const wall = wallOf(cells, [0, 0, 1, 0, 2, 0, 0, 1, 1, 1, 2, 1], (node) => node < 3);
 * assert.deepEqual([...wall.ends], [0, 1, 1, 2]);
 * ```
 */
export function wallOf(
  cells: CellList,
  position: ArrayLike<number>,
  isWall: (node: number) => boolean,
): Wall {
  const lines = linesOf(wallEdges(cells, position, isWall));
  const edges = lines.flat();
  const lineOffsets = new Uint32Array(lines.length + 1);
  for (const [k, line] of lines.entries()) lineOffsets[k + 1] = lineOffsets[k] + line.length;
  return {
    ends: Uint32Array.from(edges.flatMap(({ from, to }) => [from, to])),
    cells: Uint32Array.from(edges, ({ cell }) => cell),
    lineOffsets,
  };
}

/** Edges between wall nodes that belong to one cell, with the cell to their left. */
function wallEdges(
  cells: CellList,
  position: ArrayLike<number>,
  isWall: (node: number) => boolean,
): WallEdge[] {
  const nodeCount = position.length / 2;
  const edges = new Map<number, WallEdge | "inside">();
  for (let cell = 0; cell < cells.offsets.length - 1; cell++) {
    const nodes = faceNodes(cells, cell);
    if (doubleArea(nodes, position) < 0) nodes.reverse();
    for (let k = 0; k < nodes.length; k++) {
      const from = nodes[k];
      const to = nodes[(k + 1) % nodes.length];
      if (!isWall(from) || !isWall(to)) continue;
      const key = Math.min(from, to) * nodeCount + Math.max(from, to);
      edges.set(key, edges.has(key) ? "inside" : { from, to, cell });
    }
  }
  return [...edges.values()].filter((edge) => edge !== "inside");
}

/** The edges as lines, in which each edge starts at the end of the previous one. */
function linesOf(edges: readonly WallEdge[]): WallEdge[][] {
  const unused = Map.groupBy(edges, ({ from }) => from);
  const arrivals = new Set(edges.map(({ to }) => to));
  // Open lines first, from their beginning; the remaining ones are closed.
  const starts = [...edges.filter(({ from }) => !arrivals.has(from)), ...edges];
  const lines: WallEdge[][] = [];
  for (const { from } of starts) {
    const line: WallEdge[] = [];
    for (let next = unused.get(from)?.shift(); next; next = unused.get(next.to)?.shift()) {
      line.push(next);
    }
    if (line.length > 0) lines.push(line);
  }
  return lines;
}
