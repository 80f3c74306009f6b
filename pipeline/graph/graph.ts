/**
 * Directed graphs for message passing, stored by receiver.
 *
 * @module
 */

/**
 * Nodes and directed edges, with the edges of a receiver next to each other. Repeated edges and
 * self-edges may occur.
 */
export interface Graph {
  /** The number of nodes N. */
  readonly nodeCount: number;
  /** First edge of every receiver, and the edge count at the end [N + 1]. */
  readonly offsets: Uint32Array;
  /** Sender of every edge [E]. */
  readonly senders: Uint32Array;
}

/** The edges of a graph listed by sender, for the adjoint of a gather. */
export interface EdgesBySender {
  /** First entry of every sender, and the edge count at the end [N + 1]. */
  readonly offsets: Uint32Array;
  /** Edge numbers, ascending per sender [E]. */
  readonly edges: Uint32Array;
}

/**
 * The graph with the given edges. The edges of a receiver retain their order: a stable counting
 * sort, O(N + E).
 *
 * @param nodeCount The number of nodes N.
 * @param senders Sender of every edge [E].
 * @param receivers Receiver of every edge [E].
 * @throws {TypeError} If the numbers of senders and receivers differ.
 * @throws {RangeError} If an edge names a node that does not exist.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { graphFromEdges } from "./graph.ts";
 * // 2 -> 0, 0 -> 1, 1 -> 0
 * const graph = graphFromEdges(3, [2, 0, 1], [0, 1, 0]);
 * assert.deepEqual([...graph.offsets], [0, 2, 3, 3]);
 * assert.deepEqual([...graph.senders], [2, 1, 0]);
 * ```
 */
export function graphFromEdges(
  nodeCount: number,
  senders: ArrayLike<number>,
  receivers: ArrayLike<number>,
): Graph {
  if (senders.length !== receivers.length) {
    throw new TypeError(
      "Cannot build graph: every edge needs a sender and a receiver, received " +
        `${senders.length} senders and ${receivers.length} receivers`,
    );
  }
  checkNodes("sender", senders, nodeCount);
  checkNodes("receiver", receivers, nodeCount);
  const offsets = countingOffsets(receivers, nodeCount);
  const next = offsets.slice();
  const sorted = new Uint32Array(senders.length);
  for (let e = 0; e < senders.length; e++) sorted[next[receivers[e]]++] = senders[e];
  return { nodeCount, offsets, senders: sorted };
}

/** The receiver of every edge [E]. */
export function receiversOf(graph: { readonly offsets: Uint32Array }): Uint32Array<ArrayBuffer> {
  const { offsets } = graph;
  const receiverCount = offsets.length - 1;
  const receivers = new Uint32Array(offsets[receiverCount]);
  for (let i = 0; i < receiverCount; i++) receivers.fill(i, offsets[i], offsets[i + 1]);
  return receivers;
}

/** The number of edges that each node receives [N]. */
export function inDegrees(graph: { readonly offsets: Uint32Array }): Uint32Array<ArrayBuffer> {
  const { offsets } = graph;
  const degrees = new Uint32Array(offsets.length - 1);
  for (let i = 0; i < degrees.length; i++) degrees[i] = offsets[i + 1] - offsets[i];
  return degrees;
}

/**
 * The edges listed by sender, ascending per sender: sums over them need no atomics and run in edge
 * order.
 *
 * @param senders Sender of every edge [E].
 * @param nodeCount The number of possible senders.
 */
export function edgesBySender(senders: Uint32Array, nodeCount: number): EdgesBySender {
  checkNodes("sender", senders, nodeCount);
  const offsets = countingOffsets(senders, nodeCount);
  const next = offsets.slice();
  const edges = new Uint32Array(senders.length);
  for (let e = 0; e < senders.length; e++) edges[next[senders[e]]++] = e;
  return { offsets, edges };
}

/**
 * The first position of each of the values 0, 1, ..., valueCount - 1 in the sorted `values`, and
 * the number of values at the end [valueCount + 1].
 */
export function countingOffsets(
  values: ArrayLike<number>,
  valueCount: number,
): Uint32Array<ArrayBuffer> {
  const offsets = new Uint32Array(valueCount + 1);
  for (let i = 0; i < values.length; i++) offsets[values[i] + 1]++;
  for (let v = 0; v < valueCount; v++) offsets[v + 1] += offsets[v];
  return offsets;
}

function checkNodes(end: string, nodes: ArrayLike<number>, nodeCount: number): void {
  for (let e = 0; e < nodes.length; e++) {
    const node = nodes[e];
    if (!(node >= 0 && node < nodeCount && Number.isInteger(node))) {
      throw new RangeError(
        `Cannot build graph: nodes must be numbers from 0 to ${nodeCount - 1}, edge ${e} has ` +
          `${end} ${node}`,
      );
    }
  }
}
