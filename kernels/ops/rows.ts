/**
 * Copies and sums of rows: packing of the halo, its adjoint, and addition of arrays.
 *
 * @module
 */

import { accumulateF32, defineKernel, overwriteF32, readF32, readU32 } from "../kernel.ts";

/**
 * `rows[k] = source[indices[k]]`.
 *
 * indices `[rowCount]`, source `[nodes, width]`, rows `[rowCount, width]`.
 */
export const gatherRows = defineKernel({
  name: "gatherRows",
  bindings: { indices: readU32, source: readF32, rows: overwriteF32 },
  sizes: ["rowCount", "width"],
  reference({ indices, source, rows }, { rowCount, width }) {
    for (let k = 0; k < rowCount; k++) {
      for (let f = 0; f < width; f++) rows[k * width + f] = source[indices[k] * width + f];
    }
  },
});

/**
 * `target[indices[k]] += rows[k]`, the adjoint of `gatherRows`; the indices must be distinct.
 *
 * indices `[rowCount]`, rows `[rowCount, width]`, target `[nodes, width]`.
 */
export const addRows = defineKernel({
  name: "addRows",
  bindings: { indices: readU32, rows: readF32, target: accumulateF32 },
  sizes: ["rowCount", "width"],
  reference({ indices, rows, target }, { rowCount, width }) {
    for (let k = 0; k < rowCount; k++) {
      for (let f = 0; f < width; f++) target[indices[k] * width + f] += rows[k * width + f];
    }
  },
});

/** `target += source`, elementwise over `count` values. */
export const addArrays = defineKernel({
  name: "addArrays",
  bindings: { source: readF32, target: accumulateF32 },
  sizes: ["count"],
  reference({ source, target }, { count }) {
    for (let k = 0; k < count; k++) target[k] += source[k];
  },
});
