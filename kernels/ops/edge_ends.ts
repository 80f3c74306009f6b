/**
 * Edge attributes of a hop with both ends: what `edgeAttributes` has, the length of the edge, and
 * the inputs of receiver and sender beyond their coordinates. A graph kernel network (Li et al.
 * 2020) sees both ends too. Positions enter as differences only: a shift of the mesh changes
 * nothing.
 *
 * @module
 */

import { defineKernel, overwriteF32, readF32, readU32 } from "../kernel.ts";

/**
 * `attributes[e] = [input_i - input_j, decoded_i - decoded_j, |x_i - x_j|, a_i, a_j]` for the edge
 * e from sender j to receiver i, with `input = [x, a]`: the coordinates x come first.
 *
 * senders, receivers `[edges]` (node numbers), input `[nodes, inputs]`, of which `dimensions` are
 * coordinates, decoded `[nodes, outputs]`, attributes
 * `[edges, inputs + outputs + 1 + 2 (inputs - dimensions)]`.
 */
export const edgeEnds = defineKernel({
  name: "edgeEnds",
  bindings: {
    senders: readU32,
    receivers: readU32,
    input: readF32,
    decoded: readF32,
    attributes: overwriteF32,
  },
  sizes: ["edges", "inputs", "outputs", "dimensions"],
  reference(
    { senders, receivers, input, decoded, attributes },
    { edges, inputs, outputs, dimensions },
  ) {
    let next = 0;
    for (let e = 0; e < edges; e++) {
      const i = receivers[e];
      const j = senders[e];
      let squares = 0;
      for (let k = 0; k < inputs; k++) {
        const difference = input[i * inputs + k] - input[j * inputs + k];
        attributes[next++] = difference;
        if (k < dimensions) squares += difference * difference;
      }
      for (let k = 0; k < outputs; k++) {
        attributes[next++] = decoded[i * outputs + k] - decoded[j * outputs + k];
      }
      attributes[next++] = Math.sqrt(squares);
      for (const node of [i, j]) {
        for (let k = dimensions; k < inputs; k++) attributes[next++] = input[node * inputs + k];
      }
    }
  },
});

/** Width of the attributes of {@linkcode edgeEnds}. */
export function edgeEndsWidth(inputs: number, outputs: number, dimensions: number): number {
  return inputs + outputs + 1 + 2 * (inputs - dimensions);
}
