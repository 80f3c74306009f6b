// The register tile under every product: 6 rows by 8 columns of sums in 12 vectors, one vector for the broadcast value
// and two for the panel: all that the 15 free vector registers of x64 hold.
//
// The second operand comes in panels: 8 columns side by side, row after row without gaps, the last panel padded with
// zeros (`panels.wasm.ts`). Sums run over rows of the panel in order.

/** Rows of a tile. */
export const TILE_ROWS: usize = 6;
/** Columns of a tile, and of a panel. */
export const TILE_COLUMNS: usize = 8;

/** The sums of the last tile, `[6, 8]`. */
const SUMS: usize = memory.data(192, 16);

/**
 * Sums of the products of six rows, each read forwards from its pointer, with `inner` rows of `panel`.
 * For fewer rows, repeat a pointer and store fewer.
 */
// @ts-ignore: decorator
@inline
export function multiplyRows(
  row0: usize, row1: usize, row2: usize, row3: usize, row4: usize, row5: usize, panel: usize, inner: usize,
): void {
  const zero = f32x4.splat(0);
  let sum00 = zero, sum01 = zero, sum10 = zero, sum11 = zero, sum20 = zero, sum21 = zero;
  let sum30 = zero, sum31 = zero, sum40 = zero, sum41 = zero, sum50 = zero, sum51 = zero;
  for (const end = panel + inner * 32; panel < end; panel += 32) {
    const left = v128.load(panel), right = v128.load(panel, 16);
    let value = v128.load32_splat(row0);
    sum00 = f32x4.relaxed_madd(value, left, sum00);
    sum01 = f32x4.relaxed_madd(value, right, sum01);
    value = v128.load32_splat(row1);
    sum10 = f32x4.relaxed_madd(value, left, sum10);
    sum11 = f32x4.relaxed_madd(value, right, sum11);
    value = v128.load32_splat(row2);
    sum20 = f32x4.relaxed_madd(value, left, sum20);
    sum21 = f32x4.relaxed_madd(value, right, sum21);
    value = v128.load32_splat(row3);
    sum30 = f32x4.relaxed_madd(value, left, sum30);
    sum31 = f32x4.relaxed_madd(value, right, sum31);
    value = v128.load32_splat(row4);
    sum40 = f32x4.relaxed_madd(value, left, sum40);
    sum41 = f32x4.relaxed_madd(value, right, sum41);
    value = v128.load32_splat(row5);
    sum50 = f32x4.relaxed_madd(value, left, sum50);
    sum51 = f32x4.relaxed_madd(value, right, sum51);
    row0 += 4, row1 += 4, row2 += 4, row3 += 4, row4 += 4, row5 += 4;
  }
  keepSums(sum00, sum01, sum10, sum11, sum20, sum21, sum30, sum31, sum40, sum41, sum50, sum51);
}

/**
 * Sums of the products of six neighbouring columns of a matrix, whose rows are `stride` bytes apart, with `inner` rows of
 * `panel`. Always reads six values of a row: up to 20 bytes past the last one.
 */
// @ts-ignore: decorator
@inline
export function multiplyColumns(columns: usize, stride: usize, panel: usize, inner: usize): void {
  const zero = f32x4.splat(0);
  let sum00 = zero, sum01 = zero, sum10 = zero, sum11 = zero, sum20 = zero, sum21 = zero;
  let sum30 = zero, sum31 = zero, sum40 = zero, sum41 = zero, sum50 = zero, sum51 = zero;
  for (const end = panel + inner * 32; panel < end; panel += 32, columns += stride) {
    const left = v128.load(panel), right = v128.load(panel, 16);
    let value = v128.load32_splat(columns);
    sum00 = f32x4.relaxed_madd(value, left, sum00);
    sum01 = f32x4.relaxed_madd(value, right, sum01);
    value = v128.load32_splat(columns, 4);
    sum10 = f32x4.relaxed_madd(value, left, sum10);
    sum11 = f32x4.relaxed_madd(value, right, sum11);
    value = v128.load32_splat(columns, 8);
    sum20 = f32x4.relaxed_madd(value, left, sum20);
    sum21 = f32x4.relaxed_madd(value, right, sum21);
    value = v128.load32_splat(columns, 12);
    sum30 = f32x4.relaxed_madd(value, left, sum30);
    sum31 = f32x4.relaxed_madd(value, right, sum31);
    value = v128.load32_splat(columns, 16);
    sum40 = f32x4.relaxed_madd(value, left, sum40);
    sum41 = f32x4.relaxed_madd(value, right, sum41);
    value = v128.load32_splat(columns, 20);
    sum50 = f32x4.relaxed_madd(value, left, sum50);
    sum51 = f32x4.relaxed_madd(value, right, sum51);
  }
  keepSums(sum00, sum01, sum10, sum11, sum20, sum21, sum30, sum31, sum40, sum41, sum50, sum51);
}

// @ts-ignore: decorator
@inline
function keepSums(
  sum00: v128, sum01: v128, sum10: v128, sum11: v128, sum20: v128, sum21: v128,
  sum30: v128, sum31: v128, sum40: v128, sum41: v128, sum50: v128, sum51: v128,
): void {
  v128.store(SUMS, sum00);
  v128.store(SUMS, sum01, 16);
  v128.store(SUMS, sum10, 32);
  v128.store(SUMS, sum11, 48);
  v128.store(SUMS, sum20, 64);
  v128.store(SUMS, sum21, 80);
  v128.store(SUMS, sum30, 96);
  v128.store(SUMS, sum31, 112);
  v128.store(SUMS, sum40, 128);
  v128.store(SUMS, sum41, 144);
  v128.store(SUMS, sum50, 160);
  v128.store(SUMS, sum51, 176);
}

/**
 * Writes the first `rows` by `columns` sums of the last tile to `target`, whose rows are `stride` bytes apart:
 * `rectify((sums + bias where mask > 0) + target if accumulate)`. `bias` (one row) and `mask` (laid out as
 * `target`) may be 0: none.
 */
export function storeTile(
  target: usize, stride: usize, rows: usize, columns: usize,
  bias: usize, mask: usize, rectify: bool, accumulate: bool,
): void {
  if (columns < TILE_COLUMNS) {
    storeNarrowTile(target, stride, rows, columns, bias, mask, rectify, accumulate);
    return;
  }
  const zero = f32x4.splat(0);
  let leftBias = zero, rightBias = zero;
  if (bias) leftBias = v128.load(bias), rightBias = v128.load(bias, 16);
  for (let sums = SUMS, end = SUMS + rows * 32; sums < end; sums += 32, target += stride) {
    let left = f32x4.add(v128.load(sums), leftBias), right = f32x4.add(v128.load(sums, 16), rightBias);
    if (mask) {
      left = v128.and(left, f32x4.gt(v128.load(mask), zero));
      right = v128.and(right, f32x4.gt(v128.load(mask, 16), zero));
      mask += stride;
    }
    if (accumulate) left = f32x4.add(left, v128.load(target)), right = f32x4.add(right, v128.load(target, 16));
    if (rectify) left = f32x4.max(left, zero), right = f32x4.max(right, zero);
    v128.store(target, left);
    v128.store(target, right, 16);
  }
}

function storeNarrowTile(
  target: usize, stride: usize, rows: usize, columns: usize,
  bias: usize, mask: usize, rectify: bool, accumulate: bool,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let at: usize = 0; at < columns * 4; at += 4) {
      let sum = load<f32>(SUMS + row * 32 + at);
      if (bias) sum += load<f32>(bias + at);
      if (mask && !(load<f32>(mask + row * stride + at) > 0)) sum = 0;
      if (accumulate) sum += load<f32>(target + row * stride + at);
      if (rectify) sum = max(sum, 0);
      store<f32>(target + row * stride + at, sum);
    }
  }
}
