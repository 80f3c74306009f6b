/**
 * An order of the nodes of a mesh in which neighbours in the order are neighbours in space.
 *
 * @module
 */

import { longestAxis, orderAlongAxis } from "./coordinate_order.ts";

/** Nodes of a leaf, whose order among themselves no longer matters. */
const LEAF_NODES = 2;

/**
 * The rank of each node `[N]`, from 0 to N - 1, in the order of the leaves of a k-d tree: the nodes
 * are halved at their median along their longest axis, then each half again, down to two nodes.
 * Any range of ranks is therefore a few compact pieces of the mesh, at any density.
 *
 * Nodes of equal coordinate keep the order of their numbers. O(N log N).
 *
 * @param position Node positions `[N, D]`, finite.
 * @param dimensions Space dimensions D.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...spatialOrder(Float32Array.of(5, 1, 4, 0), 1)], [3, 1, 2, 0]);
 * ```
 */
export function spatialOrder(
  position: Float32Array,
  dimensions: number,
): Uint32Array<ArrayBuffer> {
  const count = position.length / dimensions;
  const ranks = new Uint32Array(count);
  const place = (nodes: Uint32Array<ArrayBuffer>, first: number): void => {
    const isLeaf = nodes.length <= LEAF_NODES;
    const axis = longestAxis(nodes, position, dimensions);
    const sorted = orderAlongAxis(nodes, position, dimensions, axis);
    if (isLeaf) return sorted.forEach((node, k) => ranks[node] = first + k);
    const middle = Math.ceil(sorted.length / 2);
    place(sorted.slice(0, middle), first);
    place(sorted.slice(middle), first + middle);
  };
  place(Uint32Array.from({ length: count }, (_, node) => node), 0);
  return ranks;
}
