/**
 * The expected number of edges of every node of a mesh, without drawing a graph.
 *
 * @module
 */

import { countNodes } from "./mesh.ts";
import { buildPointTree, type PointTree } from "./point_tree.ts";

/** Points processed between two calls of `beat`. */
const BEAT_POINTS = 256;

/** The rule by which graphs will be drawn on a mesh. */
export interface DrawingRule {
  /** Nodes within this distance are connected, in units of the positions. */
  readonly radius: number;
  /** The maximum number of edges per receiver. */
  readonly maxEdges: number;
  /** The number of nodes to sample, s; all nodes if s >= N. */
  readonly sampledNodes: number;
  /** Called many times a second while the edges are counted. */
  readonly beat?: (() => void) | undefined;
}

/**
 * The number of edges that each node will receive when it is sampled [N]: the sampled fraction of
 * the nodes within the radius, at most `maxEdges`. Nodes at the border or in coarse parts of the
 * mesh receive fewer.
 *
 * For a graph of all nodes this is the exact number of edges; for a sampled graph it is the mean
 * over the samples, provided that the maximum is not reached. Nodes are counted in a k-d tree, by
 * cells, up to the maximum: O(log N) per node, times the number of cells at the surface of a ball.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D: 1, 2 or 3.
 * @throws {RangeError} If a position is not finite.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { expectedEdges } from "./expected_edges.ts";
 * const position = Float32Array.of(0, 1, 2, 3, 9); // five nodes on a line
 * const rule = { radius: 1, maxEdges: 8, sampledNodes: 3 };
 * // Two of the four other nodes are sampled.
 * assert.deepEqual([...expectedEdges(position, 1, rule)], [0.5, 1, 1, 0.5, 0]);
 * ```
 */
export function expectedEdges(
  position: Float32Array,
  dimensions: number,
  { radius, maxEdges, sampledNodes, beat }: DrawingRule,
): Float64Array<ArrayBuffer> {
  const nodeCount = countNodes("expect edges", position, dimensions);
  const edges = new Float64Array(nodeCount);
  if (nodeCount < 2) return edges;
  const fraction = (Math.min(sampledNodes, nodeCount) - 1) / (nodeCount - 1);
  const tree = buildPointTree(position, dimensions);
  const counter = new BallCounter(tree, radius);
  for (let point = 0; point < nodeCount; point++) {
    if (point % BEAT_POINTS === 0) beat?.();
    const others = counter.count(point, maxEdges / fraction + 1) - 1;
    edges[tree.nodes[point]] = Math.min(maxEdges, fraction * others);
  }
  return edges;
}

/** Counts the points of a tree within a radius of one of them. */
class BallCounter {
  readonly #tree: PointTree;
  readonly #squaredRadius: number;
  /** Stack of cells to visit: at most one sibling per level, and two at the last. */
  readonly #cells: Uint32Array;

  constructor(tree: PointTree, radius: number) {
    this.#tree = tree;
    this.#squaredRadius = radius * radius;
    this.#cells = new Uint32Array(tree.leafLevel + 2);
  }

  /** The number of points within the radius of a point, itself included; stops at `enough`. */
  count(point: number, enough: number): number {
    const { points, starts, counts, leafLevel } = this.#tree;
    const x = points[3 * point], y = points[3 * point + 1], z = points[3 * point + 2];
    const cells = this.#cells;
    const leafStart = 2 ** leafLevel - 1;
    let found = 0;
    let waiting = 1;
    cells[0] = 0;
    while (waiting > 0 && found < enough) {
      const cell = cells[--waiting];
      if (this.#nearest(cell, x, y, z) > this.#squaredRadius) continue;
      if (this.#farthest(cell, x, y, z) <= this.#squaredRadius) found += counts[cell];
      else if (cell >= leafStart) {
        for (let k = starts[cell]; k < starts[cell] + counts[cell]; k++) {
          const dx = points[3 * k] - x, dy = points[3 * k + 1] - y, dz = points[3 * k + 2] - z;
          if (dx * dx + dy * dy + dz * dz <= this.#squaredRadius) found++;
        }
      } else {
        // The child that holds the point comes first: cells near it are inside, so the count is
        // complete early.
        const isLeft = point < starts[2 * cell + 2];
        cells[waiting++] = isLeft ? 2 * cell + 2 : 2 * cell + 1;
        cells[waiting++] = isLeft ? 2 * cell + 1 : 2 * cell + 2;
      }
    }
    return found;
  }

  /** Squared distance to the nearest point of the box of a cell. */
  #nearest(cell: number, x: number, y: number, z: number): number {
    const { boxes } = this.#tree;
    const b = 6 * cell;
    const dx = Math.max(boxes[b] - x, x - boxes[b + 3], 0);
    const dy = Math.max(boxes[b + 1] - y, y - boxes[b + 4], 0);
    const dz = Math.max(boxes[b + 2] - z, z - boxes[b + 5], 0);
    return dx * dx + dy * dy + dz * dz;
  }

  /** Squared distance to the farthest corner of the box of a cell. */
  #farthest(cell: number, x: number, y: number, z: number): number {
    const { boxes } = this.#tree;
    const b = 6 * cell;
    const dx = Math.max(x - boxes[b], boxes[b + 3] - x);
    const dy = Math.max(y - boxes[b + 1], boxes[b + 4] - y);
    const dz = Math.max(z - boxes[b + 2], boxes[b + 5] - z);
    return dx * dx + dy * dy + dz * dz;
  }
}
