/**
 * Connectivity of a graph: what its edges can carry from node to node.
 *
 * @module
 */

import type { Graph } from "./graph.ts";

/** Number of edges that the nodes of a graph receive, and the components that its edges form. */
export interface Connectivity {
  readonly nodeCount: number;
  /** Least, median and largest number of edges that a node receives. */
  readonly minEdges: number;
  readonly medianEdges: number;
  readonly maxEdges: number;
  /** Nodes that receive as many edges as the rule of the graph allows. */
  readonly fullCount: number;
  /** Nodes that no edge joins to another node. */
  readonly isolatedCount: number;
  /** Components of the graph, directions aside, isolated nodes included. */
  readonly componentCount: number;
  /** Nodes of the largest component. */
  readonly largestCount: number;
}

/** Options of `connectivityOf`. */
export interface ConnectivityOptions {
  /** Number of edges at which a receiver counts as full. @default there is no limit */
  readonly limit?: number | undefined;
  /**
   * Nodes that count as joined to each other without an edge, such as one of each part of a mesh in
   * several parts.
   *
   * @default none
   */
  readonly joined?: readonly number[] | undefined;
}

/**
 * Measures the connectivity of a graph, directions aside: a union-find over its edges with path
 * halving (Tarjan and van Leeuwen, 1984), which ends as soon as all nodes are joined. The usual
 * graph is joined by a fraction of its edges: below 3 % of the time to draw it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { graphFromEdges } from "./graph.ts";
 * import { connectivityOf } from "./connectivity.ts";
 * // 0 -> 1 -> 2, and the isolated node 3
 * const graph = graphFromEdges(4, [0, 1], [1, 2]);
 * const { componentCount, largestCount, isolatedCount } = connectivityOf(graph);
 * assert.deepEqual([componentCount, largestCount, isolatedCount], [2, 3, 1]);
 * ```
 */
export function connectivityOf(
  { nodeCount, offsets, senders }: Graph,
  { limit = Infinity, joined = [] }: ConnectivityOptions = {},
): Connectivity {
  const components = new Components(nodeCount);
  for (let k = 1; k < joined.length; k++) components.join(joined[k - 1], joined[k]);
  for (let receiver = 0; receiver < nodeCount && components.count > 1; receiver++) {
    for (let e = offsets[receiver]; e < offsets[receiver + 1]; e++) {
      components.join(senders[e], receiver);
    }
  }
  const sizes = components.sizes();
  let isolatedCount = 0;
  let largestCount = 0;
  for (const size of sizes) {
    if (size === 1) isolatedCount++;
    if (size > largestCount) largestCount = size;
  }
  return {
    nodeCount,
    componentCount: components.count,
    largestCount,
    isolatedCount: nodeCount === 1 ? 0 : isolatedCount,
    ...receivedEdges(offsets, limit),
  };
}

/**
 * One node of each part of a mesh in several parts, for `ConnectivityOptions.joined`; empty for a
 * mesh in one part. Nodes of no cell are no part.
 *
 * @param nodes Mesh numbers of the nodes of a graph, ascending; the results are graph numbers.
 * @param cells Cells of the mesh.
 */
export function meshParts(
  nodeCount: number,
  nodes: Uint32Array,
  { connectivity, offsets }: { readonly connectivity: Uint32Array; readonly offsets: Uint32Array },
): readonly number[] {
  const components = new Components(nodeCount);
  for (let cell = 0; cell + 1 < offsets.length; cell++) {
    for (let k = offsets[cell] + 1; k < offsets[cell + 1]; k++) {
      components.join(connectivity[k - 1], connectivity[k]);
    }
  }
  const inCell = new Uint8Array(nodeCount);
  for (const node of connectivity) inCell[node] = 1;
  const parts = new Map<number, number>();
  for (const [number, node] of nodes.entries()) {
    const root = components.root(node);
    if (inCell[node] === 1 && !parts.has(root)) parts.set(root, number);
  }
  return parts.size > 1 ? [...parts.values()] : [];
}

/** Disjoint sets of nodes. */
export class Components {
  /** Number of sets. */
  count: number;
  readonly #parents: Uint32Array;

  constructor(nodeCount: number) {
    this.count = nodeCount;
    this.#parents = new Uint32Array(nodeCount);
    for (let node = 0; node < nodeCount; node++) this.#parents[node] = node;
  }

  /** The node that stands for the set of `node`: the smallest of the set. */
  root(node: number): number {
    const parents = this.#parents;
    while (parents[node] !== node) node = parents[node] = parents[parents[node]];
    return node;
  }

  join(a: number, b: number): void {
    const first = this.root(a);
    const second = this.root(b);
    if (first === second) return;
    this.count--;
    if (first < second) this.#parents[second] = first;
    else this.#parents[first] = second;
  }

  /** Number of nodes of every set. */
  sizes(): Iterable<number> {
    const parents = this.#parents;
    if (this.count <= 1) return parents.length === 0 ? [] : [parents.length];
    const sizes = new Uint32Array(parents.length);
    for (let node = 0; node < parents.length; node++) sizes[this.root(node)]++;
    return sizes.filter((size) => size > 0);
  }
}

function receivedEdges(offsets: Uint32Array, limit: number) {
  const nodeCount = offsets.length - 1;
  let maxEdges = 0;
  let minEdges = nodeCount === 0 ? 0 : Infinity;
  let fullCount = 0;
  for (let node = 0; node < nodeCount; node++) {
    const count = offsets[node + 1] - offsets[node];
    if (count > maxEdges) maxEdges = count;
    if (count < minEdges) minEdges = count;
    if (count >= limit) fullCount++;
  }
  const histogram = new Uint32Array(maxEdges + 1);
  for (let node = 0; node < nodeCount; node++) histogram[offsets[node + 1] - offsets[node]]++;
  let medianEdges = 0;
  for (let below = histogram[0]; 2 * below < nodeCount; below += histogram[++medianEdges]);
  return { minEdges, medianEdges, maxEdges, fullCount };
}
