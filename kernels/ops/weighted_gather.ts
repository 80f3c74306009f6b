/**
 * Aggregation of the node-based GCN baseline (Kipf and Welling 2017), with fixed edge weights.
 *
 * @module
 */

import { defineKernel, overwriteF32, readF32, readU32 } from "../kernel.ts";

/**
 * `sums[r] = activation(selfWeights[r] · values[r] + bias + weighted)`, where `weighted` is the sum
 * of `edgeWeights[e] · values[senders[e]]` over the edges `offsets[r] .. offsets[r + 1]`;
 * activation 0 is the identity, 1 is ReLU.
 *
 * offsets `[rows + 1]`, senders and edgeWeights `[edges]`, selfWeights `[rows]`, values
 * `[nodes, width]` (the first `rows` nodes are the receivers), bias `[width]`, sums
 * `[rows, width]`. The adjoint is the same kernel on the transposed graph.
 */
export const weightedGather = defineKernel({
  name: "weightedGather",
  bindings: {
    offsets: readU32,
    senders: readU32,
    edgeWeights: readF32,
    selfWeights: readF32,
    values: readF32,
    bias: readF32,
    sums: overwriteF32,
  },
  sizes: ["rows", "width", "activation"],
  reference(
    { offsets, senders, edgeWeights, selfWeights, values, bias, sums },
    { rows, width, activation },
  ) {
    for (let r = 0; r < rows; r++) {
      for (let f = 0; f < width; f++) {
        let sum = selfWeights[r] * values[r * width + f] + bias[f];
        for (let e = offsets[r]; e < offsets[r + 1]; e++) {
          sum += edgeWeights[e] * values[senders[e] * width + f];
        }
        sums[r * width + f] = activation === 1 ? Math.max(sum, 0) : sum;
      }
    }
  },
});
