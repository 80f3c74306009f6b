// Aggregation of the GCN baseline on the CPU; see weighted_gather.ts.

import { addScaledRow, rectifyRow } from "../cpu/vectors.wasm";

export function weightedGather(
  offsets: usize, senders: usize, edgeWeights: usize, selfWeights: usize, values: usize,
  bias: usize, sums: usize,
  rows: usize, width: usize, activation: usize,
): void {
  const bytes = width * 4;
  for (let r: usize = 0; r < rows; r++, sums += bytes) {
    memory.copy(sums, bias, bytes);
    addScaledRow(values + r * bytes, load<f32>(selfWeights + r * 4), sums, width);
    const end = <usize> load<u32>(offsets + r * 4, 4);
    for (let e = <usize> load<u32>(offsets + r * 4); e < end; e++) {
      addScaledRow(
        values + <usize> load<u32>(senders + e * 4) * bytes, load<f32>(edgeWeights + e * 4), sums,
        width,
      );
    }
    if (activation == 1) rectifyRow(sums, width);
  }
}
