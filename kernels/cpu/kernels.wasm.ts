// The module of the CPU device: one function per kernel, whose parameters are pointers to its
// bindings, its sizes, and a pointer to scratch memory if there is a function <kernel>Scratch,
// which returns the required bytes for given sizes.

export { edgeAttributes } from "../ops/edge_attributes.wasm";
export { edgeEnds } from "../ops/edge_ends.wasm";
export { hopOutput, hopOutputBackward } from "../ops/hop_output.wasm";
export {
  layerNorm, layerNormBackwardInput, layerNormBackwardParameters,
  layerNormBackwardParametersScratch,
} from "../ops/layer_norm.wasm";
export {
  columnSum, linear, linearBackwardInput, linearBackwardInputScratch, linearBackwardWeight,
  linearBackwardWeightScratch, linearScratch,
} from "../ops/linear.wasm";
export { matrixPolynomial } from "../ops/matrix_polynomial.wasm";
export { moment, momentBackward, momentBackwardScratch, momentScratch } from "../ops/moment.wasm";
export { addArrays, addRows, gatherRows } from "../ops/rows.wasm";
export { squaredErrorGradient } from "../ops/squared_error.wasm";
export { gatherSum, segmentSum } from "../ops/sums.wasm";
export { weightedGather } from "../ops/weighted_gather.wasm";

export { isAscending, largestIndex } from "./indices.wasm";
export { peakMadds } from "./peak.wasm";

/** First byte after the static data. */
export const heapStart: usize = __heap_base;
