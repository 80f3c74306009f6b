/**
 * Breadth-first order of the nodes of a graph: neighbours are near each other.
 *
 * @module
 */

import { countingOffsets } from "./graph.ts";

/**
 * The nodes of an undirected graph breadth first, component by component (Cuthill and McKee, 1969).
 *
 * A component starts at its node with the fewest neighbours; the new neighbours of a node follow in
 * ascending order of their degree, then of their number. Cut into runs, the order gives parts with
 * few edges between them, for graphs whose nodes have no coordinates. O(E log E).
 *
 * @param nodeCount The number of nodes N.
 * @param ends First and second node of every edge `[2 E]`.
 * @returns Node numbers `[N]`.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // A path 2 - 0 - 3 - 1, and the isolated node 4, which has the fewest neighbours.
 * assert.deepEqual([...breadthFirstOrder(5, Uint32Array.of(0, 3, 2, 0, 1, 3))], [4, 1, 3, 0, 2]);
 * ```
 */
export function breadthFirstOrder(nodeCount: number, ends: Uint32Array): Uint32Array<ArrayBuffer> {
  const offsets = countingOffsets(ends, nodeCount);
  const next = offsets.slice();
  const neighbours = new Uint32Array(ends.length);
  for (let e = 0; e < ends.length; e += 2) {
    neighbours[next[ends[e]]++] = ends[e + 1];
    neighbours[next[ends[e + 1]]++] = ends[e];
  }
  const degree = (node: number) => offsets[node + 1] - offsets[node];
  const byDegree = (a: number, b: number) => degree(a) - degree(b) || a - b;
  const order = new Uint32Array(nodeCount);
  const isListed = new Uint8Array(nodeCount);
  let listedCount = 0;
  const append = (node: number) => {
    isListed[node] = 1;
    order[listedCount++] = node;
  };
  let visited = 0;
  for (const start of Uint32Array.from({ length: nodeCount }, (_, node) => node).sort(byDegree)) {
    if (isListed[start]) continue;
    append(start);
    for (; visited < listedCount; visited++) {
      const node = order[visited];
      const around = neighbours.slice(offsets[node], offsets[node + 1]).sort(byDegree);
      for (const neighbour of around) if (!isListed[neighbour]) append(neighbour);
    }
  }
  return order;
}
