/**
 * Nearest-neighbour graphs: every node receives from a fixed number of nearest nodes.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";
import { EdgeCollector } from "./edge_collector.ts";
import type { Graph } from "./graph.ts";
import { countNodes } from "./mesh.ts";
import { NearestPoints } from "./nearest_points.ts";
import { buildPointTree } from "./point_tree.ts";

/** Points processed between two calls of `beat`. */
const BEAT_POINTS = 256;

/** Edges of a nearest-neighbour graph. */
export interface NearestGraphOptions {
  /** The number of senders k per receiver, an integer >= 1; fewer if there are not enough nodes. */
  readonly maxEdges: number;
  /**
   * The maximum distance of a sender from its receiver, inclusive, in units of the positions; > 0.
   *
   * @default Infinity
   */
  readonly radius?: number | undefined;
  /** Called many times a second while the graph is built. */
  readonly beat?: (() => void) | undefined;
}

/**
 * The graph in which every node receives from the `maxEdges` nodes nearest to it; equal distances
 * are ordered by node number.
 *
 * There are no self-edges; nodes at equal positions are neighbours; senders ascend per receiver.
 * Distances are compared squared, in float64 from the float32 coordinates. Nothing is random: the
 * graph depends only on the positions and their order. It is not symmetric. Every node searches a
 * balanced k-d tree, nearest cells first: O(N (log N + k²)) at any density.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D: 1, 2 or 3.
 * @throws {RangeError} If an option is out of range or a position is not finite.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { nearestGraph } from "./nearest_graph.ts";
 * const position = Float32Array.of(0, 1, 2, 4); // four nodes on a line
 * const graph = nearestGraph(position, 1, { maxEdges: 1 });
 * // Node 1 has two neighbours at distance 1; the smaller number is selected.
 * assert.deepEqual([...graph.senders], [1, 0, 1, 2]);
 * ```
 */
export function nearestGraph(
  position: Float32Array,
  dimensions: number,
  { maxEdges, radius = Infinity, beat }: NearestGraphOptions,
): Graph {
  if (!(radius > 0)) {
    throw new RangeError(
      `Cannot build nearest-neighbour graph: radius must be > 0, received ${radius}`,
    );
  }
  requireInteger("Cannot build nearest-neighbour graph: max edges", maxEdges, 1);
  const nodeCount = countNodes("build nearest-neighbour graph", position, dimensions);
  if (nodeCount === 0) {
    return { nodeCount, offsets: new Uint32Array(1), senders: new Uint32Array(0) };
  }
  const tree = buildPointTree(position, dimensions);
  const nearest = new NearestPoints(tree, radius, maxEdges);
  const edges = new EdgeCollector(nodeCount, maxEdges);
  for (let point = 0; point < nodeCount; point++) {
    if (point % BEAT_POINTS === 0) beat?.();
    const senderCount = nearest.search(point);
    edges.append(tree.nodes[point], nearest.senders, senderCount);
  }
  return edges.toGraph();
}
