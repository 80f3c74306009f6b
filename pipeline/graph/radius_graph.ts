/**
 * Radius graphs: every node receives from nodes within a radius, from at most so many.
 *
 * @module
 */

import { BallCover, type CoverGoal } from "./ball_cover.ts";
import { EdgeList } from "./edge_collector.ts";
import type { Graph } from "./graph.ts";
import { countNodes } from "./mesh.ts";
import { NeighborDraw } from "./neighbor_draw.ts";
import { buildPointTree } from "./point_tree.ts";
import { hash, KeyedSequence } from "./random.ts";

/** Which edges to make, and what the draw is for. */
export interface RadiusGraphOptions {
  /**
   * The farthest that a sender may lie from its receiver, in units of the positions; > 0, and
   * itself in reach.
   */
  readonly radius: number;
  /** The most edges per receiver, an integer >= 1. */
  readonly maxEdges: number;
  readonly seed: number;
  readonly epoch: number;
  /** Id or number of the mesh. */
  readonly mesh: string | number;
  /**
   * Number in the whole mesh of each node [N], ascending, if the nodes are a sample: keys are made
   * of it.
   *
   * @default 0, 1, ..., N - 1
   */
  readonly nodes?: Uint32Array | undefined;
  /** Called as the work goes on, many times a second. */
  readonly beat?: (() => void) | undefined;
}

/** Levels of the tree from the cells whose points share a cover down to its leaves. */
const GROUP_LEVELS = 1;

/** Up to so many points in a shared cover, testing each of them for each node is cheapest. */
const LISTED_POINTS = 1536;

/**
 * The graph in which every node receives from the nodes within `radius`, or from a uniform draw of
 * `maxEdges` of them without replacement where there are more.
 *
 * No self-edges; nodes at one position are in each other's reach; senders ascend per receiver.
 * Distances are compared squared, in float64 from the float32 coordinates. The draw of a receiver
 * belongs to (seed, epoch, mesh, number of the receiver), so the graph is a function of these and
 * of the set of nodes alone. With a cap it is not symmetric.
 *
 * Nodes are sorted into a balanced k-d tree, and nodes of one small cell search it together. Balls
 * that hold many times `maxEdges` nodes are not listed: nodes are drawn from cells by their counts,
 * and those outside rejected. So time is O(N (log N + maxEdges)) at any density; memory is that of
 * the edges, twice.
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D: 1, 2 or 3.
 * @throws {RangeError} if an option or a position is not a valid number.
 * @throws {TypeError} if there is not one number per node.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { radiusGraph } from "./radius_graph.ts";
 * const position = Float32Array.of(0, 1, 2, 4); // four nodes on a line
 * const graph = radiusGraph(position, 1, { radius: 1, maxEdges: 8, seed: 7, epoch: 0, mesh: "line" });
 * assert.deepEqual([...graph.offsets], [0, 1, 3, 4, 4]);
 * assert.deepEqual([...graph.senders], [1, 0, 2, 1]);
 * ```
 */
export function radiusGraph(
  position: Float32Array,
  dimensions: number,
  options: RadiusGraphOptions,
): Graph {
  const { radius, maxEdges, seed, epoch, mesh, nodes, beat } = options;
  const nodeCount = countNodes("build radius graph", position, dimensions);
  checkOptions(options, nodeCount);
  if (nodeCount === 0) {
    return { nodeCount, offsets: new Uint32Array(1), senders: new Uint32Array(0) };
  }

  const tree = buildPointTree(position, dimensions);
  const draws = new KeyedSequence(hash(seed, "edges", epoch, mesh));
  const neighbors = new NeighborDraw(tree, radius, maxEdges);
  const edges = new EdgeList(nodeCount, maxEdges);
  const goals = coverGoals(maxEdges);
  const groupCover = new BallCover(tree, radius);
  const pointCover = new BallCover(tree, radius);
  const groupCount = 2 ** Math.max(0, tree.leafLevel - GROUP_LEVELS);
  for (let group = groupCount - 1; group < 2 * groupCount - 1; group++) {
    beat?.();
    groupCover.coverCell(group, goals.group);
    const listsFromGroup = groupCover.pointCount <= LISTED_POINTS;
    const drawsFromGroup = !listsFromGroup && groupCover.suitsDrawing(goals.group);
    if (listsFromGroup) neighbors.setList(groupCover);
    else if (drawsFromGroup) neighbors.setCover(groupCover);
    const start = tree.starts[group];
    for (let point = start; point < start + tree.counts[group]; point++) {
      const receiver = tree.nodes[point];
      draws.rekey(nodes === undefined ? receiver : nodes[receiver]);
      let senderCount: number;
      if (listsFromGroup) {
        senderCount = neighbors.fromList(point, draws);
      } else if (drawsFromGroup) {
        senderCount = neighbors.fromCover(point, draws);
      } else {
        pointCover.coverPoint(point, groupCover, goals.point);
        if (pointCover.suitsDrawing(goals.point)) {
          neighbors.setCover(pointCover);
          senderCount = neighbors.fromCover(point, draws);
        } else {
          neighbors.setList(pointCover);
          senderCount = neighbors.fromList(point, draws);
        }
      }
      edges.append(receiver, neighbors.senders, senderCount);
    }
  }
  return edges.toGraph();
}

/**
 * Where listing ends and drawing begins, as timed; other values would give other draws, as uniform.
 * At least twice the points needed are inside, so that few draws repeat. An unsure point drawn is a
 * miss of the cache in a large mesh: a cover that many nodes share has few of them, and what its
 * cells cannot settle is left to the cover of each point.
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
    throw new RangeError(`Cannot build radius graph as radius must be > 0: received ${radius}`);
  }
  if (!(Number.isInteger(maxEdges) && maxEdges >= 1)) {
    throw new RangeError(
      `Cannot build radius graph as max edges must be an integer >= 1: received ${maxEdges}`,
    );
  }
  if (nodes === undefined) return;
  if (nodes.length !== nodeCount) {
    throw new TypeError(
      `Cannot build radius graph as every node needs a number: received ${nodes.length} ` +
        `for ${nodeCount} nodes`,
    );
  }
  for (let k = 1; k < nodeCount; k++) {
    if (nodes[k] <= nodes[k - 1]) {
      throw new RangeError(
        `Cannot build radius graph as node numbers must ascend: ${nodes[k]} follows ` +
          `${nodes[k - 1]}`,
      );
    }
  }
}
