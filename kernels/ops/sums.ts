/**
 * Sums over edges, in edge order and without atomics: by receiver (consecutive edges) and by sender
 * (listed edges).
 *
 * @module
 */

import { accumulateF32, defineKernel, readF32, readU32 } from "../kernel.ts";

/**
 * `sums[r, c] += sum of values[e, column + c]` over the edges of receiver r.
 *
 * offsets `[rows + 1]`: edges `offsets[r] - firstEdge .. offsets[r + 1] - firstEdge`; values
 * `[edges, stride]`, sums `[rows, width]`, `column + width <= stride`.
 */
export const segmentSum = defineKernel({
  name: "segmentSum",
  bindings: { offsets: readU32, values: readF32, sums: accumulateF32 },
  sizes: ["rows", "firstEdge", "stride", "column", "width"],
  reference({ offsets, values, sums }, { rows, firstEdge, stride, column, width }) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let e = offsets[r] - firstEdge; e < offsets[r + 1] - firstEdge; e++) {
          sum += values[e * stride + column + c];
        }
        sums[r * width + c] += sum;
      }
    }
  },
});

/**
 * `sums[targets[t], c] += ± sum of values[items[k], column + c]` over k in
 * `offsets[t] .. offsets[t + 1]`; minus if `negative` = 1. The targets must be distinct.
 *
 * targets `[targetCount]`, offsets `[targetCount + 1]`, items `[edges]`, values `[edges, stride]`,
 * sums `[nodes, width]`.
 */
export const gatherSum = defineKernel({
  name: "gatherSum",
  bindings: {
    targets: readU32,
    offsets: readU32,
    items: readU32,
    values: readF32,
    sums: accumulateF32,
  },
  sizes: ["targetCount", "stride", "column", "width", "negative"],
  reference(
    { targets, offsets, items, values, sums },
    { targetCount, stride, column, width, negative },
  ) {
    for (let t = 0; t < targetCount; t++) {
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let k = offsets[t]; k < offsets[t + 1]; k++) {
          sum += values[items[k] * stride + column + c];
        }
        sums[targets[t] * width + c] += negative === 1 ? -sum : sum;
      }
    }
  },
});
