/**
 * Operation counts of the kernels.
 *
 * @module
 */

import type { Lengths, Sizes } from "./kernel.ts";

const product = ({ rows, inner, columns }: Sizes) => 2 * rows * inner * columns;

/** Sums and copies are bound by memory; compared with products, their operations are few. */
const none = () => 0;

/**
 * Floating-point operations of one call, by kernel name, given its sizes and the lengths of its
 * bindings. A multiply-add counts as two. Only products count, as in closed formulas for a step.
 */
export const OPERATIONS: { readonly [kernel: string]: (sizes: Sizes, lengths: Lengths) => number } =
  {
    addArrays: none,
    addRows: none,
    columnSum: none,
    edgeAttributes: none,
    edgeEnds: none,
    gatherRows: none,
    gatherSum: none,
    hopOutput: none,
    hopOutputBackward: none,
    layerNorm: none,
    layerNormBackwardInput: none,
    layerNormBackwardParameters: none,
    linear: product,
    linearBackwardInput: product,
    linearBackwardWeight: product,
    matrixPolynomial: none,
    moment: ({ hiddenWidth, width }, { senders }) => 2 * senders * hiddenWidth * width,
    // Two products: one for the kernel network's output, one for the latents.
    momentBackward: ({ hiddenWidth, width }, { senders }) => 4 * senders * hiddenWidth * width,
    segmentSum: none,
    squaredErrorGradient: none,
    weightedGather: ({ rows, width }, { senders }) => 2 * (rows + senders) * width,
  };
