/**
 * Collector of edges whose receivers come in any order.
 *
 * @module
 */

import type { Graph } from "./graph.ts";

/** Edges per receiver for which memory is reserved; pages that are not written cost nothing. */
const COMMON_EDGES = 64;

/** Collects edges, receiver by receiver in any order. */
export class EdgeCollector {
  readonly #firsts: Uint32Array;
  readonly #counts: Uint32Array;
  #senders: Uint32Array;
  #edgeCount = 0;

  constructor(nodeCount: number, maxEdges: number) {
    this.#firsts = new Uint32Array(nodeCount);
    this.#counts = new Uint32Array(nodeCount);
    this.#senders = new Uint32Array(nodeCount * Math.min(maxEdges, COMMON_EDGES));
  }

  /** Adds the edges of one receiver: the first `count` of `senders`. */
  append(receiver: number, senders: Uint32Array, count: number): void {
    const first = this.#edgeCount;
    if (first + count > this.#senders.length) {
      const grown = new Uint32Array(Math.ceil((first + count) * 1.5));
      grown.set(this.#senders);
      this.#senders = grown;
    }
    this.#firsts[receiver] = first;
    this.#counts[receiver] = count;
    for (let k = 0; k < count; k++) this.#senders[first + k] = senders[k];
    this.#edgeCount = first + count;
  }

  /** The graph of all edges, stored by receiver. */
  toGraph(): Graph {
    const nodeCount = this.#counts.length;
    const offsets = new Uint32Array(nodeCount + 1);
    for (let node = 0; node < nodeCount; node++) {
      offsets[node + 1] = offsets[node] + this.#counts[node];
    }
    const senders = new Uint32Array(this.#edgeCount);
    for (let node = 0; node < nodeCount; node++) {
      const first = this.#firsts[node];
      for (let e = offsets[node], k = first; e < offsets[node + 1]; e++, k++) {
        senders[e] = this.#senders[k];
      }
    }
    return { nodeCount, offsets, senders };
  }
}
