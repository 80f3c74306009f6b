/**
 * Layer normalisation over the latent width (Ba et al. 2016; biased variance, epsilon 1e-5 as in
 * PyTorch).
 *
 * @module
 */

import { accumulateF32, defineKernel, overwriteF32, readF32 } from "../kernel.ts";

const EPSILON = 1e-5;

/**
 * `output = (input - mean) / sqrt(variance + 1e-5) · weight + bias`, by row.
 *
 * input and output `[rows, width]`, weight and bias `[width]`.
 */
export const layerNorm = defineKernel({
  name: "layerNorm",
  bindings: { input: readF32, weight: readF32, bias: readF32, output: overwriteF32 },
  sizes: ["rows", "width"],
  reference({ input, weight, bias, output }, { rows, width }) {
    for (let row = 0; row < rows; row++) {
      const { mean, scale } = rowMoments(input, row, width);
      for (let f = 0; f < width; f++) {
        output[row * width + f] = (input[row * width + f] - mean) * scale * weight[f] + bias[f];
      }
    }
  },
});

/**
 * Adjoint of `layerNorm` in its input.
 *
 * input, outputGradient and inputGradient `[rows, width]`, weight `[width]`.
 */
export const layerNormBackwardInput = defineKernel({
  name: "layerNormBackwardInput",
  bindings: {
    input: readF32,
    weight: readF32,
    outputGradient: readF32,
    inputGradient: overwriteF32,
  },
  sizes: ["rows", "width"],
  reference({ input, weight, outputGradient, inputGradient }, { rows, width }) {
    for (let row = 0; row < rows; row++) {
      const { mean, scale } = rowMoments(input, row, width);
      let sum = 0, projection = 0;
      for (let f = 0; f < width; f++) {
        const g = outputGradient[row * width + f] * weight[f];
        sum += g;
        projection += g * (input[row * width + f] - mean) * scale;
      }
      for (let f = 0; f < width; f++) {
        const normal = (input[row * width + f] - mean) * scale;
        const g = outputGradient[row * width + f] * weight[f];
        inputGradient[row * width + f] = scale * (g - (sum + normal * projection) / width);
      }
    }
  },
});

/**
 * Adjoint of `layerNorm` in weight and bias, summed in row order.
 *
 * input and outputGradient `[rows, width]`, weightGradient and biasGradient `[width]`.
 */
export const layerNormBackwardParameters = defineKernel({
  name: "layerNormBackwardParameters",
  bindings: {
    input: readF32,
    outputGradient: readF32,
    weightGradient: accumulateF32,
    biasGradient: accumulateF32,
  },
  sizes: ["rows", "width"],
  reference({ input, outputGradient, weightGradient, biasGradient }, { rows, width }) {
    const weightSums = new Float64Array(width);
    const biasSums = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      const { mean, scale } = rowMoments(input, row, width);
      for (let f = 0; f < width; f++) {
        const g = outputGradient[row * width + f];
        weightSums[f] += g * (input[row * width + f] - mean) * scale;
        biasSums[f] += g;
      }
    }
    for (let f = 0; f < width; f++) {
      weightGradient[f] += weightSums[f];
      biasGradient[f] += biasSums[f];
    }
  },
});

function rowMoments(
  input: Float32Array,
  row: number,
  width: number,
): { mean: number; scale: number } {
  let mean = 0, variance = 0;
  for (let f = 0; f < width; f++) mean += input[row * width + f];
  mean /= width;
  for (let f = 0; f < width; f++) variance += (input[row * width + f] - mean) ** 2;
  return { mean, scale: 1 / Math.sqrt(variance / width + EPSILON) };
}
