/**
 * Nearest-neighbour graphs: every node receives from a number of nodes, those nearest to it.
 *
 * @module
 */

import { EdgeList } from "./edge_collector.ts";
import type { Graph } from "./graph.ts";
import { countNodes } from "./mesh.ts";
import { NearestPoints } from "./nearest_points.ts";
import { buildPointTree } from "./point_tree.ts";

/** Points searched between two calls of `beat`. */
const BEAT_POINTS = 256;

/** Which edges to make. */
export interface NearestGraphOptions {
  /** The number of senders k per receiver, an integer >= 1; fewer where there are no more. */
  readonly maxEdges: number;
  /**
   * The farthest that a sender may lie from its receiver, in units of the positions; > 0, and
   * itself in reach.
   *
   * @default no bound
   */
  readonly radius?: number | undefined;
  /** Called as the work goes on, many times a second. */
  readonly beat?: (() => void) | undefined;
}

/**
 * The graph in which every node receives from the `maxEdges` nodes nearest to it, equal distances
 * by node number.
 *
 * No self-edges; nodes at one position are each other's nearest; senders ascend per receiver.
 * Distances are compared squared, in float64 from the float32 coordinates. Nothing is drawn: the
 * graph is a function of the positions in their order alone, and is not symmetric. Every node
 * descends a balanced k-d tree, nearest cells first, so time is O(N (log N + k²)) at any density.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D: 1, 2 or 3.
 * @throws {RangeError} if an option or a position is not a valid number.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { nearestGraph } from "./nearest_graph.ts";
 * const position = Float32Array.of(0, 1, 2, 4); // four nodes on a line
 * const graph = nearestGraph(position, 1, { maxEdges: 1 });
 * assert.deepEqual([...graph.senders], [1, 0, 1, 2]); // node 1 has two as near, and takes the first
 * ```
 */
export function nearestGraph(
  position: Float32Array,
  dimensions: number,
  { maxEdges, radius = Infinity, beat }: NearestGraphOptions,
): Graph {
  if (!(radius > 0)) {
    throw new RangeError(
      `Cannot build nearest-neighbour graph as radius must be > 0: received ${radius}`,
    );
  }
  if (!(Number.isInteger(maxEdges) && maxEdges >= 1)) {
    throw new RangeError(
      "Cannot build nearest-neighbour graph as max edges must be an integer >= 1: received " +
        `${maxEdges}`,
    );
  }
  const nodeCount = countNodes("build nearest-neighbour graph", position, dimensions);
  if (nodeCount === 0) {
    return { nodeCount, offsets: new Uint32Array(1), senders: new Uint32Array(0) };
  }
  const tree = buildPointTree(position, dimensions);
  const nearest = new NearestPoints(tree, radius, maxEdges);
  const edges = new EdgeList(nodeCount, maxEdges);
  for (let point = 0; point < nodeCount; point++) {
    if (point % BEAT_POINTS === 0) beat?.();
    const senderCount = nearest.search(point);
    edges.append(tree.nodes[point], nearest.senders, senderCount);
  }
  return edges.toGraph();
}
