/**
 * Edge attributes of a hop (Kakka et al. 2024, Eq. 5: receiver minus sender).
 *
 * @module
 */

import { defineKernel, overwriteF32, readF32, readU32 } from "../kernel.ts";

/**
 * `attributes[e] = [input_i - input_j, decoded_i - decoded_j]` for the edge e from sender j to
 * receiver i.
 *
 * senders, receivers `[edges]` (node numbers), input `[nodes, inputs]`, decoded `[nodes, outputs]`,
 * attributes `[edges, inputs + outputs]`.
 */
export const edgeAttributes = defineKernel({
  name: "edgeAttributes",
  bindings: {
    senders: readU32,
    receivers: readU32,
    input: readF32,
    decoded: readF32,
    attributes: overwriteF32,
  },
  sizes: ["edges", "inputs", "outputs"],
  reference({ senders, receivers, input, decoded, attributes }, { edges, inputs, outputs }) {
    const width = inputs + outputs;
    for (let e = 0; e < edges; e++) {
      const i = receivers[e], j = senders[e];
      for (let k = 0; k < inputs; k++) {
        attributes[e * width + k] = input[i * inputs + k] - input[j * inputs + k];
      }
      for (let k = 0; k < outputs; k++) {
        attributes[e * width + inputs + k] = decoded[i * outputs + k] - decoded[j * outputs + k];
      }
    }
  },
});
