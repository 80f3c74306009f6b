/**
 * Activation checkpointing: which edge activations a training step saves for the backward pass, and
 * which it recomputes.
 *
 * A saved block holds, for every hop, the moments of its receivers and all activations of the
 * kernel network except the first. To recompute the first from the few attributes of an edge costs
 * a hundredth of a step. Blocks are saved in order until the budget is used up; a step that saves
 * none takes about a third longer.
 *
 * @module
 */

import type { DsmpnnConfig } from "./config.ts";

/** Default budget per rank in MiB: enough for a graph of 1600 nodes with 56 edges each. */
export const SAVED_ACTIVATION_MIB = 160;

/** A piece of a graph whose activations are either all saved or all recomputed. */
interface Block {
  readonly edgeCount: number;
  readonly receiverCount: number;
}

/** Bytes of the saved activations of `block`, over all hops. */
export function savedBytes({ hops, kernelHidden, width }: DsmpnnConfig, block: Block): number {
  const kernelColumns = kernelHidden.slice(1).reduce((sum, columns) => sum + columns, 0);
  const momentNumbers = (kernelHidden[kernelHidden.length - 1] + 1) * width;
  return 4 * hops * (block.edgeCount * kernelColumns + block.receiverCount * momentNumbers);
}

/**
 * The number of blocks, from the first, whose activations together fit into `maxBytes`.
 *
 * @param maxBytes The budget in bytes. @default 160 MiB
 */
export function countSavedBlocks(
  config: DsmpnnConfig,
  blocks: readonly Block[],
  maxBytes: number = SAVED_ACTIVATION_MIB * 2 ** 20,
): number {
  let bytes = 0;
  const firstBeyond = blocks.findIndex((block) => (bytes += savedBytes(config, block)) > maxBytes);
  return firstBeyond < 0 ? blocks.length : firstBeyond;
}
