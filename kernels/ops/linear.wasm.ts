// Dense layers on the CPU; see linear.ts for what each function computes.

import { packPanels, packTransposed, panelBytes } from "../cpu/panels.wasm";
import { addRow } from "../cpu/vectors.wasm";
import { multiplyColumns, multiplyRows, storeTile, TILE_COLUMNS, TILE_ROWS } from "../cpu/tile.wasm";

/** Terms summed in registers before the next part of the inner dimension: 256 rows of a panel are 8 KiB. */
const INNER_BLOCK: usize = 256;
/** Rows of one pass of `linearBackwardWeight`: their panels stay in the first-level cache. */
const ROW_BLOCK: usize = 64;

export function linearScratch(rows: usize, inner: usize, columns: usize): usize {
  return panelBytes(inner, columns);
}

export function linear(
  input: usize, weight: usize, bias: usize, output: usize,
  rows: usize, inner: usize, columns: usize, activation: usize, accumulate: usize, scratch: usize,
): void {
  packPanels(weight, inner, columns, 1, scratch);
  multiply(input, scratch, bias, 0, output, rows, inner, columns, activation == 1, accumulate == 1);
}

export function linearBackwardInputScratch(rows: usize, inner: usize, columns: usize): usize {
  return panelBytes(columns, inner);
}

export function linearBackwardInput(
  outputGradient: usize, weight: usize, input: usize, inputGradient: usize,
  rows: usize, inner: usize, columns: usize, mask: usize, accumulate: usize, scratch: usize,
): void {
  packTransposed(weight, inner, columns, 1, scratch);
  const maskAt = mask == 1 ? input : 0;
  multiply(outputGradient, scratch, 0, maskAt, inputGradient, rows, columns, inner, false, accumulate == 1);
}

/** `output [rows, columns] = input [rows, inner] · panels`, finished as `storeTile` says. */
function multiply(
  input: usize, panels: usize, bias: usize, mask: usize, output: usize,
  rows: usize, inner: usize, columns: usize, rectify: bool, accumulate: bool,
): void {
  const stride = inner * 4, outputStride = columns * 4;
  let first: usize = 0;
  do {
    const count = min(INNER_BLOCK, inner - first), isLast = first + count == inner;
    for (let row: usize = 0; row < rows; row += TILE_ROWS) {
      const row0 = input + row * stride + first * 4, left = rows - row - 1;
      const row1 = row0 + min<usize>(1, left) * stride, row2 = row0 + min<usize>(2, left) * stride;
      const row3 = row0 + min<usize>(3, left) * stride, row4 = row0 + min<usize>(4, left) * stride;
      const row5 = row0 + min<usize>(5, left) * stride;
      for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
        multiplyRows(row0, row1, row2, row3, row4, row5, panels + (column * inner + first * 8) * 4, count);
        const at = (row * columns + column) * 4;
        storeTile(
          output + at, outputStride, left + 1 < TILE_ROWS ? left + 1 : TILE_ROWS, min(TILE_COLUMNS, columns - column),
          first == 0 && bias ? bias + column * 4 : 0, mask ? mask + at : 0,
          rectify && isLast, accumulate || first > 0,
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
        multiplyColumns(input + (row * inner + k) * 4, inner * 4, scratch + column * count * 4, count);
        storeTile(
          weightGradient + (k * columns + column) * 4, columns * 4,
          min(TILE_ROWS, inner - k), min(TILE_COLUMNS, columns - column), 0, 0, false, true,
        );
      }
    }
  }
}

export function columnSumScratch(rows: usize, columns: usize): usize {
  return columns * 4;
}

export function columnSum(input: usize, sums: usize, rows: usize, columns: usize, scratch: usize): void {
  memory.fill(scratch, 0, columns * 4);
  for (let row: usize = 0; row < rows; row++) addRow(input + row * columns * 4, scratch, columns);
  addRow(scratch, sums, columns);
}
