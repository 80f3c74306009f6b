// The register tile of all products: 4 by 8 sums. With one vector of the left operand, its
// broadcast value and two vectors of the right operand they fit the 15 free vector registers of
// x64. A larger tile would broadcast from memory, where WebAssembly adds a bounds check to each
// load.
//
// The left operand provides 4 consecutive values per step: columns of a matrix, or a strip
// (`panels.wasm.ts`). The right operand is packed in panels of 8 columns. Sums run over the steps
// in order.

/** Rows of a tile: the values of the left operand per step. */
export const TILE_ROWS: usize = 4;
/** Columns of a tile, and of a panel. */
export const TILE_COLUMNS: usize = 8;

/** Buffer of a tile for a target narrower than 8 columns, `[4, 8]`. */
const NARROW: usize = memory.data(128, 16);

/**
 * Multiplies and writes `rows` by `columns` values to `target`, whose rows are `targetStride` bytes
 * apart: `rectify((bias + sums where mask > 0) + target if accumulate)`.
 *
 * Reads 4 values at `left` and 8 at `panel` for each of `steps` steps; those at `left` are
 * `leftStride` bytes apart and may lie up to 12 bytes past the end. `bias` (one row) and `mask`
 * (in the layout of `target`) are 0 if there are none.
 */
@inline
export function multiplyTile(
  left: usize, leftStride: usize, panel: usize, steps: usize,
  target: usize, targetStride: usize, rows: usize, columns: usize,
  bias: usize, mask: usize, accumulate: bool, rectify: bool,
): void {
  const isWide = columns >= TILE_COLUMNS, zero = f32x4.splat(0);
  let sum00 = zero, sum01 = zero;
  if (bias && isWide) sum00 = v128.load(bias), sum01 = v128.load(bias, 16);
  let sum10 = sum00, sum11 = sum01, sum20 = sum00, sum21 = sum01, sum30 = sum00, sum31 = sum01;
  for (const end = panel + steps * 32; panel < end; panel += 32, left += leftStride) {
    const values = v128.load(left), right0 = v128.load(panel), right1 = v128.load(panel, 16);
    let value = v128.shuffle<f32>(values, values, 0, 0, 0, 0);
    sum00 = f32x4.relaxed_madd(value, right0, sum00);
    sum01 = f32x4.relaxed_madd(value, right1, sum01);
    value = v128.shuffle<f32>(values, values, 1, 1, 1, 1);
    sum10 = f32x4.relaxed_madd(value, right0, sum10);
    sum11 = f32x4.relaxed_madd(value, right1, sum11);
    value = v128.shuffle<f32>(values, values, 2, 2, 2, 2);
    sum20 = f32x4.relaxed_madd(value, right0, sum20);
    sum21 = f32x4.relaxed_madd(value, right1, sum21);
    value = v128.shuffle<f32>(values, values, 3, 3, 3, 3);
    sum30 = f32x4.relaxed_madd(value, right0, sum30);
    sum31 = f32x4.relaxed_madd(value, right1, sum31);
  }
  if (isWide) {
    storeRow(target, sum00, sum01, mask, accumulate, rectify);
    if (rows == 1) return;
    mask = nextRow(mask, targetStride), target += targetStride;
    storeRow(target, sum10, sum11, mask, accumulate, rectify);
    if (rows == 2) return;
    mask = nextRow(mask, targetStride), target += targetStride;
    storeRow(target, sum20, sum21, mask, accumulate, rectify);
    if (rows == 3) return;
    mask = nextRow(mask, targetStride), target += targetStride;
    storeRow(target, sum30, sum31, mask, accumulate, rectify);
    return;
  }
  v128.store(NARROW, sum00);
  v128.store(NARROW, sum01, 16);
  v128.store(NARROW, sum10, 32);
  v128.store(NARROW, sum11, 48);
  v128.store(NARROW, sum20, 64);
  v128.store(NARROW, sum21, 80);
  v128.store(NARROW, sum30, 96);
  v128.store(NARROW, sum31, 112);
  storeNarrow(target, targetStride, rows, columns, bias, mask, accumulate, rectify);
}

@inline
function nextRow(mask: usize, stride: usize): usize {
  return mask ? mask + stride : 0;
}

@inline
function storeRow(
  target: usize, left: v128, right: v128, mask: usize, accumulate: bool, rectify: bool,
): void {
  const zero = f32x4.splat(0);
  if (mask) {
    left = v128.and(left, f32x4.gt(v128.load(mask), zero));
    right = v128.and(right, f32x4.gt(v128.load(mask, 16), zero));
  }
  if (accumulate) {
    left = f32x4.add(left, v128.load(target)), right = f32x4.add(right, v128.load(target, 16));
  }
  if (rectify) left = f32x4.max(left, zero), right = f32x4.max(right, zero);
  v128.store(target, left);
  v128.store(target, right, 16);
}

function storeNarrow(
  target: usize, stride: usize, rows: usize, columns: usize,
  bias: usize, mask: usize, accumulate: bool, rectify: bool,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const sums = NARROW + row * 32, place = row * stride;
    let at: usize = 0;
    if (columns >= 4) {
      let sum = v128.load(sums);
      if (bias) sum = f32x4.add(sum, v128.load(bias));
      if (mask) sum = v128.and(sum, f32x4.gt(v128.load(mask + place), f32x4.splat(0)));
      if (accumulate) sum = f32x4.add(sum, v128.load(target + place));
      if (rectify) sum = f32x4.max(sum, f32x4.splat(0));
      v128.store(target + place, sum);
      at = 16;
    }
    for (; at < columns * 4; at += 4) {
      let sum = load<f32>(sums + at);
      if (bias) sum += load<f32>(bias + at);
      if (mask && !(load<f32>(mask + place + at) > 0)) sum = 0;
      if (accumulate) sum += load<f32>(target + place + at);
      if (rectify) sum = max(sum, 0);
      store<f32>(target + place + at, sum);
    }
  }
}
