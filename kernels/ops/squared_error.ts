/**
 * The gradient of the squared error, before the division by the number of counted values, which is
 * known only after the all-reduce.
 *
 * @module
 */

import { defineKernel, overwriteF32, readF32 } from "../kernel.ts";

/**
 * `gradient = 2 · counted · (prediction - target)`.
 *
 * prediction, target and gradient `[rows, columns]`; counted `[rows]`, the weight of a node in the
 * loss, 0 for one that does not count.
 */
export const squaredErrorGradient = defineKernel({
  name: "squaredErrorGradient",
  bindings: { prediction: readF32, target: readF32, counted: readF32, gradient: overwriteF32 },
  sizes: ["rows", "columns"],
  reference({ prediction, target, counted, gradient }, { rows, columns }) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        gradient[at] = 2 * counted[row] * (prediction[at] - target[at]);
      }
    }
  },
});
