/**
 * The list of all kernels; tests iterate over it.
 *
 * @module
 */

import { edgeAttributes } from "./edge_attributes.ts";
import { edgeEnds } from "./edge_ends.ts";
import { hopOutput, hopOutputBackward } from "./hop_output.ts";
import { layerNorm, layerNormBackwardInput, layerNormBackwardParameters } from "./layer_norm.ts";
import { columnSum, linear, linearBackwardInput, linearBackwardWeight } from "./linear.ts";
import { matrixPolynomial } from "./matrix_polynomial.ts";
import { moment, momentBackward } from "./moment.ts";
import { addArrays, addRows, gatherRows } from "./rows.ts";
import { squaredErrorGradient } from "./squared_error.ts";
import { gatherSum, segmentSum } from "./sums.ts";
import { weightedGather } from "./weighted_gather.ts";

/** All kernels, in alphabetical order of their names. */
export const ALL_KERNELS = [
  addArrays,
  addRows,
  columnSum,
  edgeAttributes,
  edgeEnds,
  gatherRows,
  gatherSum,
  hopOutput,
  hopOutputBackward,
  layerNorm,
  layerNormBackwardInput,
  layerNormBackwardParameters,
  linear,
  linearBackwardInput,
  linearBackwardWeight,
  matrixPolynomial,
  moment,
  momentBackward,
  segmentSum,
  squaredErrorGradient,
  weightedGather,
] as const;
