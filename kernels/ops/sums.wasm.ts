// Sums over edges on the CPU; see sums.ts.

import { addIndexedRows, addStridedRows } from "../cpu/row_sums.wasm";

export function segmentSum(
  offsets: usize, values: usize, sums: usize,
  rows: usize, firstEdge: usize, stride: usize, column: usize, width: usize,
): void {
  const strideBytes = stride * 4, source = values + column * 4;
  for (let r: usize = 0; r < rows; r++) {
    const start = <usize> load<u32>(offsets + r * 4) - firstEdge;
    const end = <usize> load<u32>(offsets + r * 4, 4) - firstEdge;
    addStridedRows(
      source + start * strideBytes, strideBytes, end - start, width, sums + r * width * 4,
    );
  }
}

export function gatherSum(
  targets: usize, offsets: usize, items: usize, values: usize, sums: usize,
  targetCount: usize, stride: usize, column: usize, width: usize, negative: usize,
): void {
  const source = values + column * 4, sign: f32 = negative == 1 ? -1 : 1;
  for (let t: usize = 0; t < targetCount; t++) {
    const start = <usize> load<u32>(offsets + t * 4), end = <usize> load<u32>(offsets + t * 4, 4);
    const target = sums + <usize> load<u32>(targets + t * 4) * width * 4;
    addIndexedRows(source, stride * 4, items + start * 4, end - start, width, sign, target);
  }
}
