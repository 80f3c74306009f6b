/**
 * Partition of the nodes of a mesh into subdomains by their coordinates.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";
import { longestAxis, orderAlongAxis } from "./coordinate_order.ts";
import { countNodes } from "./mesh.ts";

/** Method of the partition, and the cost of each node. */
export interface PartitionOptions {
  /**
   * "bisection" halves the parts recursively, each time across their longest side; "strips" cuts
   * the mesh into slices across its longest side.
   *
   * @default "bisection"
   */
  readonly method?: "bisection" | "strips" | undefined;
  /**
   * Predicted cost of each node [N], >= 0; if all are 0, all nodes cost the same.
   *
   * @default every node costs the same, and part sizes differ by at most one
   */
  readonly weights?: ArrayLike<number> | undefined;
}

/**
 * The part that owns each node [N], parts balanced by weight.
 *
 * Nodes are sorted by coordinate, then by number, so the result is unique even if nodes have equal
 * coordinates. Some parts are empty if there are more parts than nodes. O(N log P).
 *
 * @param position Node positions [N, D].
 * @param dimensions Space dimensions D.
 * @param parts The number of parts P.
 * @throws {RangeError} If `parts` is not an integer >= 1, a position is not finite, or a weight is
 * not finite and >= 0.
 * @throws {TypeError} If there is not one weight per node.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { partitionNodes } from "./partition_nodes.ts";
 * const position = Float32Array.of(0.9, 0.1, 0.5, 0.2); // four nodes on a line
 * assert.deepEqual([...partitionNodes(position, 1, 2)], [1, 0, 1, 0]);
 * ```
 */
export function partitionNodes(
  position: Float32Array,
  dimensions: number,
  parts: number,
  options: PartitionOptions = {},
): Uint32Array<ArrayBuffer> {
  requireInteger("Cannot partition nodes: parts", parts, 1);
  const nodeCount = countNodes("partition nodes", position, dimensions);
  const weights = usefulWeights(options.weights, nodeCount);
  const owner = new Uint32Array(nodeCount);
  const cutter = { position, dimensions, parts, weights, owner };
  const nodes = owner.map((_, node) => node);
  if (options.method === "strips") cutStrips(cutter, nodes);
  else bisect(cutter, nodes, 0, parts);
  return owner;
}

/** Inputs of every cut, and the owners that it writes. */
interface Cutter {
  readonly position: Float32Array;
  readonly dimensions: number;
  readonly parts: number;
  readonly weights: ArrayLike<number> | undefined;
  readonly owner: Uint32Array;
}

/** Assigns the ascending `nodes` to parts `first` to `end` - 1. */
function bisect(cutter: Cutter, nodes: Uint32Array<ArrayBuffer>, first: number, end: number): void {
  const { position, dimensions, owner } = cutter;
  if (end - first === 1) {
    for (const node of nodes) owner[node] = first;
    return;
  }
  const middle = first + Math.floor((end - first) / 2);
  const order = orderAlongAxis(
    nodes,
    position,
    dimensions,
    longestAxis(nodes, position, dimensions),
  );
  const [cut] = cutPlaces(cutter, order, first, end, [middle]);
  for (let i = 0; i < order.length; i++) owner[order[i]] = i < cut ? first : middle;
  // Both halves are ascending again, so that the next sort breaks ties by number.
  const lower = new Uint32Array(cut);
  const upper = new Uint32Array(nodes.length - cut);
  let lowerCount = 0;
  for (let i = 0; i < nodes.length; i++) {
    if (owner[nodes[i]] === first) lower[lowerCount++] = nodes[i];
    else upper[i - lowerCount] = nodes[i];
  }
  bisect(cutter, lower, first, middle);
  bisect(cutter, upper, middle, end);
}

function cutStrips(cutter: Cutter, nodes: Uint32Array<ArrayBuffer>): void {
  const { position, dimensions, parts, owner } = cutter;
  const order = orderAlongAxis(
    nodes,
    position,
    dimensions,
    longestAxis(nodes, position, dimensions),
  );
  const inner = Array.from({ length: parts - 1 }, (_, i) => i + 1);
  const cuts = [0, ...cutPlaces(cutter, order, 0, parts, inner), order.length];
  for (let part = 0; part < parts; part++) {
    for (let i = cuts[part]; i < cuts[part + 1]; i++) owner[order[i]] = part;
  }
}

/**
 * The positions in `order`, the nodes of parts `first` to `end` - 1, at which the parts `middles`
 * start.
 *
 * Without weights, part p holds the nodes from ⌊pN/P⌋ to ⌊(p+1)N/P⌋. With weights, the weight
 * before a cut is as near as possible to its share, the smaller one of two equally near.
 */
function cutPlaces(
  cutter: Cutter,
  order: Uint32Array,
  first: number,
  end: number,
  middles: number[],
): number[] {
  const { parts, weights, owner } = cutter;
  if (weights === undefined) {
    const share = (part: number) => Math.floor(part * owner.length / parts);
    return middles.map((middle) => share(middle) - share(first));
  }
  let total = 0;
  for (const node of order) total += weights[node];
  let place = 0;
  let before = 0;
  return middles.map((middle) => {
    const target = total * (middle - first) / (end - first);
    while (place < order.length && target - before > before + weights[order[place]] - target) {
      before += weights[order[place++]];
    }
    return place;
  });
}

/** The weights, or undefined if all are 0. */
function usefulWeights(
  weights: ArrayLike<number> | undefined,
  nodeCount: number,
): ArrayLike<number> | undefined {
  if (weights === undefined) return undefined;
  if (weights.length !== nodeCount) {
    throw new TypeError(
      `Cannot partition nodes: every node needs a weight, received ${weights.length} for ` +
        `${nodeCount} nodes`,
    );
  }
  let total = 0;
  for (let node = 0; node < nodeCount; node++) {
    if (!(weights[node] >= 0 && weights[node] < Infinity)) {
      throw new RangeError(
        `Cannot partition nodes: weights must be finite and >= 0, node ${node} has ` +
          `${weights[node]}`,
      );
    }
    total += weights[node];
  }
  return total > 0 ? weights : undefined;
}
