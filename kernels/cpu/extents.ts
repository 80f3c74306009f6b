/**
 * Required lengths of the arrays of each kernel. WebAssembly checks no bounds within its memory, so
 * a wrong size or index would silently corrupt another array; the CPU device checks these lengths
 * before it runs a kernel.
 *
 * @module
 */

import type { Lengths, Sizes } from "../kernel.ts";
import { edgeEndsWidth } from "../ops/edge_ends.ts";

/** Scans the index arrays of a kernel call. */
export interface IndexScan {
  /** 1 + the largest of the first `count` elements of `name`; 0 if `count` is 0. */
  end(name: string, count: number): number;
  /**
   * The last of `count + 1` offsets minus `first`.
   *
   * @throws {RangeError} If the offsets are not ascending from `first` or more.
   */
  lastOffset(name: string, count: number, first: number): number;
}

/** Required length of each binding, by kernel name, given the sizes and the indices. */
export const EXTENTS: Readonly<Record<string, (sizes: Sizes, scan: IndexScan) => Lengths>> = {
  addArrays: ({ count }) => ({ source: count, target: count }),

  addRows: ({ rowCount, width }, scan) => ({
    indices: rowCount,
    rows: rowCount * width,
    target: scan.end("indices", rowCount) * width,
  }),

  columnSum: ({ rows, columns }) => ({ input: rows * columns, sums: columns }),

  edgeAttributes({ edges, inputs, outputs }, scan) {
    const nodes = Math.max(scan.end("senders", edges), scan.end("receivers", edges));
    return {
      senders: edges,
      receivers: edges,
      input: nodes * inputs,
      decoded: nodes * outputs,
      attributes: edges * (inputs + outputs),
    };
  },

  edgeEnds({ edges, inputs, outputs, dimensions }, scan) {
    const nodes = Math.max(scan.end("senders", edges), scan.end("receivers", edges));
    return {
      senders: edges,
      receivers: edges,
      input: nodes * inputs,
      decoded: nodes * outputs,
      attributes: edges * edgeEndsWidth(inputs, outputs, dimensions),
    };
  },

  gatherRows: ({ rowCount, width }, scan) => ({
    indices: rowCount,
    source: scan.end("indices", rowCount) * width,
    rows: rowCount * width,
  }),

  gatherSum({ targetCount, stride, column, width }, scan) {
    const edges = scan.lastOffset("offsets", targetCount, 0);
    return {
      targets: targetCount,
      offsets: targetCount + 1,
      items: edges,
      values: stridedLength(scan.end("items", edges), stride, column, width),
      sums: scan.end("targets", targetCount) * width,
    };
  },

  hopOutput: ({ count }) => ({ update: count, latent: count, next: count }),

  hopOutputBackward: ({ count }) => ({ update: count, nextGradient: count, updateGradient: count }),

  layerNorm: ({ rows, width }) => ({
    input: rows * width,
    weight: width,
    bias: width,
    output: rows * width,
  }),

  layerNormBackwardInput: ({ rows, width }) => ({
    input: rows * width,
    weight: width,
    outputGradient: rows * width,
    inputGradient: rows * width,
  }),

  layerNormBackwardParameters: ({ rows, width }) => ({
    input: rows * width,
    outputGradient: rows * width,
    weightGradient: width,
    biasGradient: width,
  }),

  linear: ({ rows, inner, columns }) => ({
    input: rows * inner,
    weight: inner * columns,
    bias: columns,
    output: rows * columns,
  }),

  linearBackwardInput: ({ rows, inner, columns, mask }) => ({
    outputGradient: rows * columns,
    weight: inner * columns,
    input: mask === 1 ? rows * inner : 0,
    inputGradient: rows * inner,
  }),

  linearBackwardWeight: ({ rows, inner, columns }) => ({
    input: rows * inner,
    outputGradient: rows * columns,
    weightGradient: inner * columns,
  }),

  matrixPolynomial: ({ size }) => ({
    coefficients: 3,
    matrix: size * size,
    square: size * size,
    output: size * size,
  }),

  moment({ receivers, firstEdge, hiddenWidth, width }, scan) {
    const edges = scan.lastOffset("offsets", receivers, firstEdge);
    return {
      offsets: receivers + 1,
      senders: edges,
      hidden: edges * hiddenWidth,
      latent: scan.end("senders", edges) * width,
      moments: receivers * (hiddenWidth + 1) * width,
    };
  },

  momentBackward({ receivers, firstEdge, hiddenWidth, width }, scan) {
    const edges = scan.lastOffset("offsets", receivers, firstEdge);
    return {
      offsets: receivers + 1,
      senders: edges,
      hidden: edges * hiddenWidth,
      latent: scan.end("senders", edges) * width,
      momentGradient: receivers * (hiddenWidth + 1) * width,
      hiddenGradient: edges * hiddenWidth,
      messageGradient: edges * width,
    };
  },

  segmentSum: ({ rows, firstEdge, stride, column, width }, scan) => ({
    offsets: rows + 1,
    values: stridedLength(scan.lastOffset("offsets", rows, firstEdge), stride, column, width),
    sums: rows * width,
  }),

  squaredErrorGradient: ({ rows, columns }) => ({
    prediction: rows * columns,
    target: rows * columns,
    counted: rows,
    gradient: rows * columns,
  }),

  weightedGather({ rows, width }, scan) {
    const edges = scan.lastOffset("offsets", rows, 0);
    return {
      offsets: rows + 1,
      senders: edges,
      edgeWeights: edges,
      selfWeights: rows,
      values: Math.max(rows, scan.end("senders", edges)) * width,
      bias: width,
      sums: rows * width,
    };
  },
};

/** Elements of `rows` rows of `stride` values, up to the last used column. */
function stridedLength(rows: number, stride: number, column: number, width: number): number {
  return rows === 0 ? 0 : (rows - 1) * stride + column + width;
}
