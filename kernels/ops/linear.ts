/**
 * Dense layers: the affine map and the three parts of its adjoint. Weights are stored
 * `[inner, columns]`, the transpose of PyTorch's.
 *
 * @module
 */

import { accumulateF32, defineKernel, overwriteF32, readF32 } from "../kernel.ts";

/** Activation code of `linear` and `weightedGather`: identity. */
export const LINEAR_IDENTITY = 0;
/** Activation code of `linear` and `weightedGather`: ReLU. */
export const LINEAR_RELU = 1;

/**
 * `output = activation(input · weight + bias)`; with `accumulate` = 1,
 * `output += input · weight + bias` (identity only).
 *
 * input `[rows, inner]`, weight `[inner, columns]`, bias `[columns]`, output `[rows, columns]`.
 */
export const linear = defineKernel({
  name: "linear",
  bindings: { input: readF32, weight: readF32, bias: readF32, output: overwriteF32 },
  sizes: ["rows", "inner", "columns", "activation", "accumulate"],
  reference({ input, weight, bias, output }, { rows, inner, columns, activation, accumulate }) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = bias[column];
        for (let k = 0; k < inner; k++) {
          sum += input[row * inner + k] * weight[k * columns + column];
        }
        if (activation === LINEAR_RELU) sum = Math.max(sum, 0);
        if (accumulate === 1) sum += output[row * columns + column];
        output[row * columns + column] = sum;
      }
    }
  },
});

/**
 * Adjoint of `linear` in its input: `inputGradient = outputGradient · weightᵀ`; with `mask` = 1
 * only where `input > 0` (the ReLU that gave `input`); with `accumulate` = 1 accumulated.
 *
 * outputGradient `[rows, columns]`, weight `[inner, columns]`, input and inputGradient
 * `[rows, inner]`.
 */
export const linearBackwardInput = defineKernel({
  name: "linearBackwardInput",
  bindings: {
    outputGradient: readF32,
    weight: readF32,
    input: readF32,
    inputGradient: overwriteF32,
  },
  sizes: ["rows", "inner", "columns", "mask", "accumulate"],
  reference(
    { outputGradient, weight, input, inputGradient },
    { rows, inner, columns, mask, accumulate },
  ) {
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < inner; k++) {
        const at = row * inner + k;
        let sum = 0;
        if (mask === 0 || input[at] > 0) {
          for (let column = 0; column < columns; column++) {
            sum += outputGradient[row * columns + column] * weight[k * columns + column];
          }
        }
        inputGradient[at] = accumulate === 1 ? inputGradient[at] + sum : sum;
      }
    }
  },
});

/**
 * Adjoint of `linear` in its weight: `weightGradient += inputᵀ · outputGradient`, summed in row
 * order.
 *
 * input `[rows, inner]`, outputGradient `[rows, columns]`, weightGradient `[inner, columns]`.
 */
export const linearBackwardWeight = defineKernel({
  name: "linearBackwardWeight",
  bindings: { input: readF32, outputGradient: readF32, weightGradient: accumulateF32 },
  sizes: ["rows", "inner", "columns"],
  reference({ input, outputGradient, weightGradient }, { rows, inner, columns }) {
    for (let k = 0; k < inner; k++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let row = 0; row < rows; row++) {
          sum += input[row * inner + k] * outputGradient[row * columns + column];
        }
        weightGradient[k * columns + column] += sum;
      }
    }
  },
});

/**
 * Adjoint of `linear` in its bias: `sums += the sum of the rows of input`.
 *
 * input `[rows, columns]`, sums `[columns]`.
 */
export const columnSum = defineKernel({
  name: "columnSum",
  bindings: { input: readF32, sums: accumulateF32 },
  sizes: ["rows", "columns"],
  reference({ input, sums }, { rows, columns }) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += input[row * columns + column];
      sums[column] += sum;
    }
  },
});
