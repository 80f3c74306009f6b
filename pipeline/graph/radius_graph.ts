/**
 * Radius graphs: every node receives from nodes within a radius, up to a maximum number.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";
import { BallCover, type CoverGoal } from "./ball_cover.ts";
import { EdgeCollector } from "./edge_collector.ts";
import type { Graph } from "./graph.ts";
import { countNodes } from "./mesh.ts";
import { NeighbourDraw } from "./neighbour_draw.ts";
import { buildPointTree } from "./point_tree.ts";
import { hash, KeyedSequence } from "./random.ts";

/** Edges of a radius graph, and the purpose of the draw. */
export interface RadiusGraphOptions {
  /**
   * The maximum distance of a sender from its receiver, inclusive, in units of the positions; > 0.
   */
  readonly radius: number;
  /** The maximum number of edges per receiver, an integer >= 1. */
  readonly maxEdges: number;
  readonly seed: number;
  readonly epoch: number;
  /** Id or number of the mesh. */
  readonly mesh: string | number;
  /**
   * Number in the complete mesh of each node [N], ascending, if the nodes are a sample: draws are
   * keyed by it.
   *
   * @default 0, 1, ..., N - 1
   */
  readonly nodes?: Uint32Array | undefined;
  /**
   * Rank of each node in a spatial order `[N]`: distinct numbers, for stratified draws.
   *
   * @default uniform draws
   */
  readonly ranks?: Uint32Array | undefined;
  /** Called many times a second while the graph is built. */
  readonly beat?: (() => void) | undefined;
}

/** Levels of the tree between the cells whose points share a cover and the leaves. */
const GROUP_LEVELS = 1;

/** Up to this number of points in a shared cover it is cheapest to test each for each node. */
const LISTED_POINTS = 1536;

/**
 * The graph in which every node receives from the nodes within `radius`, or from a uniform draw of
 * `maxEdges` of them without replacement where there are more. With `ranks` the draw is stratified:
 * every (count / maxEdges)-th of them along the order, from a keyed start.
 *
 * There are no self-edges; nodes at equal positions are neighbours; senders ascend per receiver.
 * Distances are compared squared, in float64 from the float32 coordinates. The draw of a receiver
 * is keyed by (seed, epoch, mesh, number of the receiver), so the graph depends only on these and
 * on the set of nodes. If the maximum is reached, the graph is not symmetric.
 *
 * Nodes are sorted into a balanced k-d tree; the nodes of a small cell search it together. Balls
 * that hold many times `maxEdges` nodes are not listed: nodes are drawn from cells by their counts,
 * and those outside are rejected. Time is O(N (log N + maxEdges)) at any density; memory is twice
 * that of the edges. A stratified draw lists and sorts every ball.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D: 1, 2 or 3.
 * @throws {RangeError} If an option is out of range or a position is not finite.
 * @throws {TypeError} If there is not one number per node.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { radiusGraph } from "./radius_graph.ts";
 * const position = Float32Array.of(0, 1, 2, 4); // four nodes on a line
 * const rule = { radius: 1, maxEdges: 8 };
 * const graph = radiusGraph(position, 1, { ...rule, seed: 7, epoch: 0, mesh: "line" });
 * assert.deepEqual([...graph.offsets], [0, 1, 3, 4, 4]);
 * assert.deepEqual([...graph.senders], [1, 0, 2, 1]);
 * ```
 */
export function radiusGraph(
  position: Float32Array,
  dimensions: number,
  options: RadiusGraphOptions,
): Graph {
  const { radius, maxEdges, seed, epoch, mesh, nodes, ranks, beat } = options;
  const nodeCount = countNodes("build radius graph", position, dimensions);
  checkOptions(options, nodeCount);
  if (nodeCount === 0) {
    return { nodeCount, offsets: new Uint32Array(1), senders: new Uint32Array(0) };
  }

  const tree = buildPointTree(position, dimensions);
  const draws = new KeyedSequence(hash(seed, "edges", epoch, mesh));
  const neighbours = new NeighbourDraw(tree, radius, maxEdges, ranks && compactRanks(ranks));
  const isUniform = ranks === undefined;
  const edges = new EdgeCollector(nodeCount, maxEdges);
  const goals = coverGoals(maxEdges);
  const groupCover = new BallCover(tree, radius);
  const pointCover = new BallCover(tree, radius);
  const groupCount = 2 ** Math.max(0, tree.leafLevel - GROUP_LEVELS);
  for (let group = groupCount - 1; group < 2 * groupCount - 1; group++) {
    beat?.();
    groupCover.coverCell(group, goals.group);
    const listsFromGroup = groupCover.pointCount <= LISTED_POINTS;
    const drawsFromGroup = isUniform && !listsFromGroup && groupCover.suitsDrawing(goals.group);
    if (listsFromGroup) neighbours.setList(groupCover);
    else if (drawsFromGroup) neighbours.setCover(groupCover);
    const start = tree.starts[group];
    for (let point = start; point < start + tree.counts[group]; point++) {
      const receiver = tree.nodes[point];
      draws.rekey(nodes === undefined ? receiver : nodes[receiver]);
      let senderCount: number;
      if (listsFromGroup) {
        senderCount = neighbours.fromList(point, draws);
      } else if (drawsFromGroup) {
        senderCount = neighbours.fromCover(point, draws);
      } else {
        pointCover.coverPoint(point, groupCover, goals.point);
        if (isUniform && pointCover.suitsDrawing(goals.point)) {
          neighbours.setCover(pointCover);
          senderCount = neighbours.fromCover(point, draws);
        } else {
          neighbours.setList(pointCover);
          senderCount = neighbours.fromList(point, draws);
        }
      }
      edges.append(receiver, neighbours.senders, senderCount);
    }
  }
  return edges.toGraph();
}

/** Distinct ranks as numbers from 0 to N - 1 in the same order. */
function compactRanks(ranks: Uint32Array): Uint32Array {
  const order = Uint32Array.from(ranks, (_, node) => node).sort((a, b) => ranks[a] - ranks[b]);
  const compact = new Uint32Array(ranks.length);
  order.forEach((node, rank) => compact[node] = rank);
  return compact;
}

/**
 * The limits between listing and drawing, found by timing. Other values would change the draws, not
 * their distribution. At least twice the required points are inside, so that few draws repeat. In a
 * large mesh every drawn unsure point is a cache miss, so a shared cover has few of them; cells
 * that it cannot decide are left to the cover of each point.
 */
function coverGoals(maxEdges: number): { group: CoverGoal; point: CoverGoal } {
  const goal = { fewPoints: 256, manyInside: 2 * maxEdges + 1 };
  return {
    group: { ...goal, unsurePerInside: 1, manyCells: 128 },
    point: { ...goal, unsurePerInside: 10, manyCells: Infinity },
  };
}

function checkOptions({ radius, maxEdges, nodes }: RadiusGraphOptions, nodeCount: number): void {
  if (!(radius > 0)) {
    throw new RangeError(`Cannot build radius graph: radius must be > 0, received ${radius}`);
  }
  requireInteger("Cannot build radius graph: max edges", maxEdges, 1);
  if (nodes === undefined) return;
  if (nodes.length !== nodeCount) {
    throw new TypeError(
      `Cannot build radius graph: every node needs a number, received ${nodes.length} ` +
        `for ${nodeCount} nodes`,
    );
  }
  for (let k = 1; k < nodeCount; k++) {
    if (nodes[k] <= nodes[k - 1]) {
      throw new RangeError(
        `Cannot build radius graph: node numbers must ascend, ${nodes[k]} follows ` +
          `${nodes[k - 1]}`,
      );
    }
  }
}
