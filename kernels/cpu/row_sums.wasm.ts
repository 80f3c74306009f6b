// Sums of rows, in order and in registers: 16 columns at a time, then 4, then 1. Each sum is added
// to its target once.

/** `sums += the sum of count rows of width values`, `stride` bytes apart. */
export function addStridedRows(
  source: usize, stride: usize, count: usize, width: usize, sums: usize,
): void {
  const end = sums + width * 4;
  for (; sums + 64 <= end; sums += 64, source += 64) {
    let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    let row = source;
    for (let k: usize = 0; k < count; k++, row += stride) {
      sum0 = f32x4.add(sum0, v128.load(row));
      sum1 = f32x4.add(sum1, v128.load(row, 16));
      sum2 = f32x4.add(sum2, v128.load(row, 32));
      sum3 = f32x4.add(sum3, v128.load(row, 48));
    }
    addSixteen(sums, sum0, sum1, sum2, sum3, 1);
  }
  for (; sums + 16 <= end; sums += 16, source += 16) {
    let sum = f32x4.splat(0), row = source;
    for (let k: usize = 0; k < count; k++, row += stride) sum = f32x4.add(sum, v128.load(row));
    v128.store(sums, f32x4.add(v128.load(sums), sum));
  }
  for (; sums < end; sums += 4, source += 4) {
    let sum: f32 = 0, row = source;
    for (let k: usize = 0; k < count; k++, row += stride) sum += load<f32>(row);
    store<f32>(sums, load<f32>(sums) + sum);
  }
}

/**
 * `sums += sign times the sum of the rows of width values at the count items`; rows are `stride`
 * bytes apart.
 */
export function addIndexedRows(
  source: usize, stride: usize, items: usize, count: usize, width: usize, sign: f32, sums: usize,
): void {
  const end = sums + width * 4, lastItem = items + count * 4;
  for (; sums + 64 <= end; sums += 64, source += 64) {
    let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (let item = items; item < lastItem; item += 4) {
      const row = source + <usize> load<u32>(item) * stride;
      sum0 = f32x4.add(sum0, v128.load(row));
      sum1 = f32x4.add(sum1, v128.load(row, 16));
      sum2 = f32x4.add(sum2, v128.load(row, 32));
      sum3 = f32x4.add(sum3, v128.load(row, 48));
    }
    addSixteen(sums, sum0, sum1, sum2, sum3, sign);
  }
  for (; sums + 16 <= end; sums += 16, source += 16) {
    let sum = f32x4.splat(0);
    for (let item = items; item < lastItem; item += 4) {
      sum = f32x4.add(sum, v128.load(source + <usize> load<u32>(item) * stride));
    }
    v128.store(sums, f32x4.relaxed_madd(sum, f32x4.splat(sign), v128.load(sums)));
  }
  for (; sums < end; sums += 4, source += 4) {
    let sum: f32 = 0;
    for (let item = items; item < lastItem; item += 4) {
      sum += load<f32>(source + <usize> load<u32>(item) * stride);
    }
    store<f32>(sums, load<f32>(sums) + sign * sum);
  }
}

@inline
function addSixteen(sums: usize, sum0: v128, sum1: v128, sum2: v128, sum3: v128, sign: f32): void {
  const factor = f32x4.splat(sign);
  v128.store(sums, f32x4.relaxed_madd(sum0, factor, v128.load(sums)));
  v128.store(sums, f32x4.relaxed_madd(sum1, factor, v128.load(sums, 16)), 16);
  v128.store(sums, f32x4.relaxed_madd(sum2, factor, v128.load(sums, 32)), 32);
  v128.store(sums, f32x4.relaxed_madd(sum3, factor, v128.load(sums, 48)), 48);
}
