// Dense layers on the CPU; see linear.ts.

import { packPanels, packStrip, packTransposed, panelBytes } from "../cpu/panels.wasm";
import { multiplyTile, TILE_COLUMNS, TILE_ROWS } from "../cpu/tile.wasm";

/**
 * Maximum number of terms that are summed in registers at a time. Panels and strips are read in
 * order, at the speed of the second-level cache; smaller blocks were slower, since they cut the
 * rows of `input`.
 */
const INNER_BLOCK: usize = 4096;
/** Size of the strip of the left operand in bytes. */
const STRIP_BYTES: usize = INNER_BLOCK * TILE_ROWS * 4;
/** Rows of one pass of `linearBackwardWeight`, whose panels fit the first-level cache. */
const ROW_BLOCK: usize = 64;

export function linearScratch(rows: usize, inner: usize, columns: usize): usize {
  return panelBytes(inner, columns) + STRIP_BYTES;
}

export function linear(
  input: usize, weight: usize, bias: usize, output: usize,
  rows: usize, inner: usize, columns: usize, activation: usize, accumulate: usize, scratch: usize,
): void {
  packPanels(weight, inner, columns, 1, scratch + STRIP_BYTES);
  multiply(input, scratch, bias, 0, output, rows, inner, columns, activation == 1, accumulate == 1);
}

export function linearBackwardInputScratch(rows: usize, inner: usize, columns: usize): usize {
  return panelBytes(columns, inner) + STRIP_BYTES;
}

export function linearBackwardInput(
  outputGradient: usize, weight: usize, input: usize, inputGradient: usize,
  rows: usize, inner: usize, columns: usize, mask: usize, accumulate: usize, scratch: usize,
): void {
  packTransposed(weight, inner, columns, 1, scratch + STRIP_BYTES);
  const maskAt = mask == 1 ? input : 0;
  multiply(
    outputGradient, scratch, 0, maskAt, inputGradient, rows, columns, inner, false, accumulate == 1,
  );
}

/**
 * `output [rows, columns] = input [rows, inner] · panels`, with the bias, mask and activation of
 * `multiplyTile`. The panels follow the strip.
 */
function multiply(
  input: usize, strip: usize, bias: usize, mask: usize, output: usize,
  rows: usize, inner: usize, columns: usize, rectify: bool, accumulate: bool,
): void {
  const panels = strip + STRIP_BYTES, stride = inner * 4;
  let first: usize = 0;
  do {
    const count = min(INNER_BLOCK, inner - first),
      isFirst = first == 0,
      isLast = first + count == inner;
    for (let row: usize = 0; row < rows; row += TILE_ROWS) {
      const tileRows = min(TILE_ROWS, rows - row), source = input + row * stride + first * 4;
      packStrip(
        source, source + min<usize>(1, tileRows - 1) * stride,
        source + min<usize>(2, tileRows - 1) * stride,
        source + min<usize>(3, tileRows - 1) * stride, count, strip,
      );
      for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
        const at = (row * columns + column) * 4;
        multiplyTile(
          strip, 16, panels + (column * inner + first * 8) * 4, count,
          output + at, columns * 4, tileRows, min(TILE_COLUMNS, columns - column),
          isFirst && bias ? bias + column * 4 : 0, mask ? mask + at : 0,
          accumulate || !isFirst, rectify && isLast,
        );
      }
    }
    first += count;
  } while (first < inner);
}

export function linearBackwardWeightScratch(rows: usize, inner: usize, columns: usize): usize {
  return panelBytes(min(rows, ROW_BLOCK), columns);
}

export function linearBackwardWeight(
  input: usize, outputGradient: usize, weightGradient: usize,
  rows: usize, inner: usize, columns: usize, scratch: usize,
): void {
  for (let row: usize = 0; row < rows; row += ROW_BLOCK) {
    const count = min(ROW_BLOCK, rows - row);
    packPanels(outputGradient + row * columns * 4, count, columns, 1, scratch);
    for (let k: usize = 0; k < inner; k += TILE_ROWS) {
      for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
        multiplyTile(
          input + (row * inner + k) * 4, inner * 4, scratch + column * count * 4, count,
          weightGradient + (k * columns + column) * 4, columns * 4,
          min(TILE_ROWS, inner - k), min(TILE_COLUMNS, columns - column), 0, 0, true, false,
        );
      }
    }
  }
}

/** Sums are float64: a gradient may be a small difference of large sums over all rows. */
export function columnSum(input: usize, sums: usize, rows: usize, columns: usize): void {
  const stride = columns * 4, end = sums + stride;
  let column = input, sum = sums;
  for (; sum + 16 <= end; sum += 16, column += 16) {
    let low = f64x2.splat(0), high = low, row = column;
    for (let k: usize = 0; k < rows; k++, row += stride) {
      const values = v128.load(row);
      low = f64x2.add(low, f64x2.promote_low_f32x4(values));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<u64>(values, values, 1, 0)));
    }
    const total = v128.shuffle<u64>(
      f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2,
    );
    v128.store(sum, f32x4.add(v128.load(sum), total));
  }
  for (; sum < end; sum += 4, column += 4) {
    let total: f64 = 0, row = column;
    for (let k: usize = 0; k < rows; k++, row += stride) total += <f64> load<f32>(row);
    store<f32>(sum, load<f32>(sum) + <f32> total);
  }
}
