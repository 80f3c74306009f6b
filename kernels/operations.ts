/**
 * How much arithmetic each kernel does.
 *
 * @module
 */

/** Sizes of a kernel by name. */
type Sizes = { readonly [name: string]: number };

/** Lengths of a kernel's bindings by name. */
type Lengths = { readonly [binding: string]: number };

const product = ({ rows, inner, columns }: Sizes) => 2 * rows * inner * columns;

/**
 * Sums and copies wait for memory, not for arithmetic: next to the products their operations are
 * few.
 */
const none = () => 0;

/**
 * By kernel name: the floating-point operations of one call, given its sizes and the lengths of its
 * bindings. A multiplication with its addition is two. Only products count, so that the sum over a
 * step is that of its formula.
 */
export const OPERATIONS: { readonly [kernel: string]: (sizes: Sizes, lengths: Lengths) => number } =
  {
    addArrays: none,
    addRows: none,
    columnSum: none,
    edgeAttributes: none,
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
    moment: ({ hiddenWidth, width }, { senders }) => 2 * senders * hiddenWidth * width,
    // Two products: one for the kernel network's output, one for the latents.
    momentBackward: ({ hiddenWidth, width }, { senders }) => 4 * senders * hiddenWidth * width,
    segmentSum: none,
    squaredErrorGradient: none,
    weightedGather: ({ rows, width }, { senders }) => 2 * (rows + senders) * width,
  };
