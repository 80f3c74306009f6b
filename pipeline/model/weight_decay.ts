/**
 * Decoupled weight decay (Loshchilov and Hutter 2019), as of PyTorch's AdamW, for any optimizer.
 *
 * @module
 */

import type { NetworkConfig } from "./config.ts";
import type { ElementRange } from "./optimizer.ts";
import { ParameterLayout } from "./parameters.ts";

/** The elements that decay: all weight matrices, no biases and no scales of norms. */
export function decayingElements(config: NetworkConfig): readonly ElementRange[] {
  return new ParameterLayout(config).tensors.flatMap(({ offset, length, shape }) =>
    shape.length > 1 ? [{ start: offset, end: offset + length }] : []
  );
}

/**
 * The parameters before an update whose weights are `factor` times smaller.
 *
 * @param factor 1 − learning rate · weight decay.
 */
export function decayed(
  parameters: Float32Array,
  elements: readonly ElementRange[],
  factor: number,
): Float32Array {
  const values = parameters.slice();
  for (const { start, end } of elements) {
    for (let k = start; k < end; k++) values[k] *= factor;
  }
  return values;
}
