// Sums over edges on the CPU; see sums.ts. The sum of one segment is formed apart, then added to what is there.

import { addRow, addScaledRow } from "../cpu/vectors.wasm";

export function segmentSumScratch(
  rows: usize, firstEdge: usize, stride: usize, column: usize, width: usize,
): usize {
  return width * 4;
}

export function segmentSum(
  offsets: usize, values: usize, sums: usize,
  rows: usize, firstEdge: usize, stride: usize, column: usize, width: usize, scratch: usize,
): void {
  const strideBytes = stride * 4, source = values + column * 4;
  for (let r: usize = 0; r < rows; r++) {
    const end = <usize> load<u32>(offsets + r * 4, 4) - firstEdge;
    memory.fill(scratch, 0, width * 4);
    for (let e = <usize> load<u32>(offsets + r * 4) - firstEdge; e < end; e++) {
      addRow(source + e * strideBytes, scratch, width);
    }
    addRow(scratch, sums + r * width * 4, width);
  }
}

export function gatherSumScratch(
  targetCount: usize, stride: usize, column: usize, width: usize, negative: usize,
): usize {
  return width * 4;
}

export function gatherSum(
  targets: usize, offsets: usize, items: usize, values: usize, sums: usize,
  targetCount: usize, stride: usize, column: usize, width: usize, negative: usize, scratch: usize,
): void {
  const strideBytes = stride * 4, source = values + column * 4, sign: f32 = negative == 1 ? -1 : 1;
  for (let t: usize = 0; t < targetCount; t++) {
    const end = <usize> load<u32>(offsets + t * 4, 4);
    memory.fill(scratch, 0, width * 4);
    for (let k = <usize> load<u32>(offsets + t * 4); k < end; k++) {
      addRow(source + <usize> load<u32>(items + k * 4) * strideBytes, scratch, width);
    }
    addScaledRow(scratch, sign, sums + <usize> load<u32>(targets + t * 4) * width * 4, width);
  }
}
