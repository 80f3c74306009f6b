/**
 * Operations of a training step in closed form: the numerator of the rates that the benchmarks
 * print. `StepCounter` counts the operations that the network really runs, recomputation included.
 *
 * @module
 */

import type { DsmpnnConfig, GcnConfig, NetworkConfig } from "../../pipeline/model/config.ts";
import { mlpSizes } from "../../pipeline/model/parameters.ts";

/** Size of the complete graph, whatever the number of ranks. */
export interface GraphSize {
  readonly nodeCount: number;
  readonly edgeCount: number;
}

/**
 * Floating-point operations of one training step: the matrix products of the hops, forward and
 * backward, in re-associated form. A multiplication with its addition is two.
 *
 * Each product is counted once, even if it is recomputed in the backward pass or computed for the
 * same node on several ranks. The MLPs of the nodes (encoder and decoder, some 2 % on the paper's
 * graphs) and sums are not counted.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * // y = x · W of 10 nodes, 3 inputs, 2 outputs: forward and weight gradient need 120 each. Two
 * // gathers sum 10 nodes and 5 edges.
 * const layer = { network: "gcn", inputs: 3, outputs: 2, width: 8, layers: 1 } as const;
 * const size = { nodeCount: 10, edgeCount: 5 };
 * assert.equal(stepOperations(layer, size), 2 * 120 + 2 * (2 * 15 * 2));
 * ```
 */
export function stepOperations(config: NetworkConfig, size: GraphSize): number {
  return config.network === "gcn" ? gcnOperations(config, size) : dsmpnnOperations(config, size);
}

function dsmpnnOperations(config: DsmpnnConfig, { nodeCount, edgeCount }: GraphSize): number {
  const { width, hops, rootWeight, edgeUpdate } = config;
  const sizes = mlpSizes(config, "kernel");
  const layers = sizes.slice(1).map((columns, layer) => product(edgeCount, sizes[layer], columns));
  const hiddenWidth = sizes[sizes.length - 1];
  const moment = product(edgeCount, hiddenWidth, width);
  const update = product(nodeCount, (hiddenWidth + 1) * width, width);
  const root = rootWeight ? product(nodeCount, width, width) : 0;
  const forward = layers.reduce((sum, layer) => sum + layer, moment + update + root);
  // A product has two gradients. That of the edge attributes is needed only where a decoder feeds
  // them.
  const decodedHops = edgeUpdate === "decoded" ? hops - 1 : 0;
  return hops * (3 * forward - layers[0]) + decodedHops * layers[0];
}

function gcnOperations(config: GcnConfig, { nodeCount, edgeCount }: GraphSize): number {
  const { inputs, outputs, width, layers } = config;
  const sizes = [inputs, ...Array<number>(layers - 1).fill(width), outputs];
  return sizes.slice(1).reduce((sum, columns, layer) => {
    const linear = product(nodeCount, sizes[layer], columns);
    const gather = 2 * (nodeCount + edgeCount) * columns;
    return sum + (layer === 0 ? 2 : 3) * linear + 2 * gather;
  }, 0);
}

function product(rows: number, inner: number, columns: number): number {
  return 2 * rows * inner * columns;
}
