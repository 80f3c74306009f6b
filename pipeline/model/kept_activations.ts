/**
 * What a training step keeps in memory from the forward to the backward pass of its edges, and what
 * it computes again.
 *
 * Kept are, for every hop, the moments of the receivers and all activations of the kernel network
 * but the first: that one follows from the few attributes of an edge and costs a hundredth of the
 * step. Blocks of receivers are kept, from the first, as long as they fit the allowance; a step
 * that keeps none takes about a third longer.
 *
 * @module
 */

import type { DsmpnnConfig } from "./config.ts";

/**
 * Most MiB that a rank keeps, unless it is told otherwise: enough for all of a graph of 1600 nodes
 * with 56 edges each.
 */
export const KEPT_ACTIVATION_MIB = 160;

/** A piece of a graph that is kept as a whole, or not at all. */
interface Block {
  readonly edgeCount: number;
  readonly receiverCount: number;
}

/** Bytes that all hops together keep of `block`. */
export function keptBytes({ hops, kernelHidden, width }: DsmpnnConfig, block: Block): number {
  const kernelColumns = kernelHidden.slice(1).reduce((sum, columns) => sum + columns, 0);
  const momentNumbers = (kernelHidden[kernelHidden.length - 1] + 1) * width;
  return 4 * hops * (block.edgeCount * kernelColumns + block.receiverCount * momentNumbers);
}

/** How many of the blocks, from the first, fit into `mostBytes` together. */
export function countKeptBlocks(
  config: DsmpnnConfig,
  blocks: readonly Block[],
  mostBytes: number = KEPT_ACTIVATION_MIB * 2 ** 20,
): number {
  let bytes = 0;
  const firstBeyond = blocks.findIndex((block) => (bytes += keptBytes(config, block)) > mostBytes);
  return firstBeyond < 0 ? blocks.length : firstBeyond;
}
