/**
 * A quadratic polynomial of a square matrix, given the matrix and its square.
 *
 * @module
 */

import { defineKernel, overwriteF32, readF32 } from "../kernel.ts";

/**
 * `output = c₀ · identity + c₁ · matrix + c₂ · square`.
 *
 * coefficients `[3]`; matrix, square and output `[size, size]`.
 */
export const matrixPolynomial = defineKernel({
  name: "matrixPolynomial",
  bindings: { coefficients: readF32, matrix: readF32, square: readF32, output: overwriteF32 },
  sizes: ["size"],
  reference({ coefficients: [constant, linear, quadratic], matrix, square, output }, { size }) {
    for (let at = 0; at < size * size; at++) {
      const diagonal = at % (size + 1) === 0 ? constant : 0;
      output[at] = diagonal + linear * matrix[at] + quadratic * square[at];
    }
  },
});
