// Copies and sums of rows on the CPU; see rows.ts.

import { addRow } from "../cpu/vectors.wasm";

export function gatherRows(
  indices: usize, source: usize, rows: usize, rowCount: usize, width: usize,
): void {
  const bytes = width * 4;
  for (let k: usize = 0; k < rowCount; k++) {
    memory.copy(rows + k * bytes, source + <usize> load<u32>(indices + k * 4) * bytes, bytes);
  }
}

export function addRows(
  indices: usize, rows: usize, target: usize, rowCount: usize, width: usize,
): void {
  const bytes = width * 4;
  for (let k: usize = 0; k < rowCount; k++) {
    addRow(rows + k * bytes, target + <usize> load<u32>(indices + k * 4) * bytes, width);
  }
}

export function addArrays(source: usize, target: usize, count: usize): void {
  addRow(source, target, count);
}
