/**
 * Closed walls of a mesh in two dimensions: the parts of its boundary around holes.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { MeshCells } from "../../../io/mesh_cells.ts";
import { Components } from "../../graph/connectivity.ts";
import { singleSides } from "../boundary.ts";
import { type CellSides, cellSides } from "../cell_sides.ts";
import { signedDoubleArea } from "./body.ts";

/** Smallest area of a body over the square of its circumference; pi / 4 / pi² for a circle. */
const MIN_AREA = 1e-6;

/**
 * The walls around the holes of a mesh, each as the points around it [points, 2], clockwise. The
 * part of the boundary that encloses the largest area is the outer one; all others are walls. Parts
 * that meet in a point are separated there.
 *
 * @param position Node positions [N, 2].
 * @throws {DataError} If the mesh has no holes or several parts, or a wall is not closed or has no
 * area.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { uniformCells } from "../../../io/mesh_cells.ts";
 * // A square ring of four cells around a square hole.
 * const position = Float32Array.of(0, 0, 3, 0, 3, 3, 0, 3, 1, 1, 2, 1, 2, 2, 1, 2);
 * const nodes = Uint32Array.of(0, 1, 5, 4, 1, 2, 6, 5, 2, 3, 7, 6, 3, 0, 4, 7);
 * const [wall] = wallLoops(uniformCells(nodes, "quadrilateral"), position);
 * assert.deepEqual(new Set(wall), new Set([1, 2]));
 * ```
 */
export function wallLoops(cells: MeshCells, position: Float32Array): Float64Array[] {
  const nodeCount = position.length / 2;
  const sides = cellSides(cells);
  if (sides.dimension !== 2) {
    throw new DataError(
      "Cannot find the walls of a mesh: its cells must be faces, such as triangles, they have " +
        `dimension ${sides.dimension}`,
    );
  }
  checkParts(sides, nodeCount);
  const loops = loopsOf(sides, singleSides(sides, nodeCount)).map((nodes) =>
    pointsOf(nodes, position)
  );
  const areas = loops.map((points) => signedDoubleArea(points) / 2);
  const outer = areas.reduce((a, area, b) => Math.abs(area) > Math.abs(areas[a]) ? b : a, 0);
  const walls = loops.flatMap((points, k) => {
    if (k === outer) return [];
    checkArea(points, areas[k]);
    return [areas[k] < 0 ? points : reversed(points)];
  });
  if (walls.length === 0) {
    throw new DataError(
      "Cannot find the walls of a mesh: it must have a hole around a body, it has none",
    );
  }
  return walls;
}

/** @throws {DataError} If the cells form several parts. */
function checkParts({ offsets, nodes }: CellSides, nodeCount: number): void {
  const components = new Components(nodeCount);
  for (let side = 0; side + 1 < offsets.length; side++) {
    for (let k = offsets[side] + 1; k < offsets[side + 1]; k++) {
      components.join(nodes[k - 1], nodes[k]);
    }
  }
  const parts = new Set(Array.from(nodes, (node) => components.root(node))).size;
  if (parts === 1) return;
  throw new DataError(
    `Cannot find the walls of a mesh: its cells must form one part, they form ${parts}; merge ` +
      "nodes at equal positions, or remove the other parts",
  );
}

/** Closed lists of nodes from the sides, each with distinct nodes. */
function loopsOf({ offsets, nodes }: CellSides, boundary: readonly number[]): number[][] {
  const neighbours = new Map<number, number[]>();
  const join = (a: number, b: number) => {
    const list = neighbours.get(a);
    if (list === undefined) neighbours.set(a, [b]);
    else list.push(b);
  };
  for (const side of boundary) {
    for (let k = offsets[side] + 1; k < offsets[side + 1]; k++) {
      if (nodes[k - 1] === nodes[k]) continue;
      join(nodes[k - 1], nodes[k]);
      join(nodes[k], nodes[k - 1]);
    }
  }
  for (const list of neighbours.values()) {
    if (list.length % 2 === 0) continue;
    throw new DataError(
      "Cannot find the walls of a mesh: an even number of boundary sides must meet at a node, " +
        `${list.length} do; a side must not belong to three cells`,
    );
  }
  const loops: number[][] = [];
  for (const start of [...neighbours.keys()].sort((a, b) => a - b)) {
    while (neighbours.get(start)!.length > 0) walk(start, neighbours, loops);
  }
  return loops;
}

/** Walks from `start` along unused sides back to it; cuts a loop off at every return to a node. */
function walk(start: number, neighbours: Map<number, number[]>, loops: number[][]): void {
  const path = [start];
  const places = new Map([[start, 0]]);
  let node = start;
  do {
    const next = neighbours.get(node)!.pop()!;
    const back = neighbours.get(next)!;
    back.splice(back.indexOf(node), 1);
    const place = places.get(next);
    if (place === undefined) {
      places.set(next, path.length);
      path.push(next);
    } else {
      const loop = path.splice(place + 1);
      for (const left of loop) places.delete(left);
      loops.push([next, ...loop]);
    }
    node = next;
  } while (node !== start);
}

/** Coordinates of nodes, without those at the position of the one before. */
function pointsOf(nodes: readonly number[], position: Float32Array): Float64Array {
  const distinct = nodes.filter((node, k) => {
    const before = nodes[(k + nodes.length - 1) % nodes.length];
    return position[2 * node] !== position[2 * before] ||
      position[2 * node + 1] !== position[2 * before + 1];
  });
  return Float64Array.from(
    distinct.flatMap((node) => [position[2 * node], position[2 * node + 1]]),
  );
}

/** @throws {DataError} If a wall encloses no area. */
function checkArea(points: Float64Array, area: number): void {
  let around = 0;
  for (let k = 0; k < points.length; k += 2) {
    const next = (k + 2) % points.length;
    around += Math.hypot(points[next] - points[k], points[next + 1] - points[k + 1]);
  }
  const size = Math.abs(area);
  if (size > MIN_AREA * around ** 2) return;
  throw new DataError(
    `Cannot find the walls of a mesh: a wall must enclose an area, one of length ${around} ` +
      `encloses ${size}; give a thin body a thickness, and merge nodes at equal positions`,
  );
}

function reversed(points: Float64Array): Float64Array {
  return points.map((_, k) => points[points.length - 2 - (k - k % 2) + k % 2]);
}
