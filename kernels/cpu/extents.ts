/**
 * How long the arrays of each kernel must be. WebAssembly has no bounds inside its memory, so a
 * wrong size or index would corrupt another array in silence; the CPU device asks here before it
 * runs a kernel.
 *
 * @module
 */

/** Sizes of a kernel by name. */
type Sizes = { readonly [name: string]: number };

/** Looks at index arrays of the kernel about to run. */
export interface IndexScan {
  /** One more than the largest of the first `count` elements of `name`; 0 when there are none. */
  end(name: string, count: number): number;
  /**
   * The last of `count + 1` offsets, minus `first`; checks that offsets start at `first` or later
   * and never fall.
   */
  lastOffset(name: string, count: number, first: number): number;
}

/** Elements that each binding must have. */
type Lengths = { readonly [binding: string]: number };

/**
 * By kernel name: the elements that each binding must have, given the sizes and what the indices
 * point at.
 */
export const EXTENTS: { readonly [kernel: string]: (sizes: Sizes, scan: IndexScan) => Lengths } = {
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

/** Elements up to the end of the last of `rows` windows of `width` columns, in rows of `stride`. */
function stridedLength(rows: number, stride: number, column: number, width: number): number {
  return rows === 0 ? 0 : (rows - 1) * stride + column + width;
}
