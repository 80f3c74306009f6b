// Packing for the register tile. The right operand of a product is packed into panels of 8 columns,
// row after row, with the last panel padded by zeros; panel p of a matrix with `rows` rows starts
// at `packed + p * rows * 32`. The left operand is packed into strips of 4 rows, column after
// column.

import { TILE_COLUMNS } from "./tile.wasm";

/** Size of the panels of a matrix `[rows, columns]` in bytes. */
export function panelBytes(rows: usize, columns: usize): usize {
  return (columns + TILE_COLUMNS - 1) / TILE_COLUMNS * rows * 32;
}

/** Packs `scale * matrix`, `[rows, columns]`. */
export function packPanels(
  matrix: usize, rows: usize, columns: usize, scale: f32, packed: usize,
): void {
  const stride = columns * 4;
  for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
    let source = matrix + column * 4;
    for (const end = packed + rows * 32; packed < end; packed += 32, source += stride) {
      packRow(source, columns - column, scale, packed);
    }
  }
}

/** Packs `scale` times the rows `indices[0 .. count]` of `matrix`, which has `columns` columns. */
export function packRows(
  matrix: usize, indices: usize, count: usize, columns: usize, scale: f32, packed: usize,
): void {
  for (let column: usize = 0; column < columns; column += TILE_COLUMNS) {
    for (let k: usize = 0; k < count; k++, packed += 32) {
      const row = <usize> load<u32>(indices + k * 4);
      packRow(matrix + (row * columns + column) * 4, columns - column, scale, packed);
    }
  }
}

@inline
function packRow(source: usize, columns: usize, scale: f32, packed: usize): void {
  if (columns >= TILE_COLUMNS) {
    const factor = f32x4.splat(scale);
    v128.store(packed, f32x4.mul(v128.load(source), factor));
    v128.store(packed, f32x4.mul(v128.load(source, 16), factor), 16);
    return;
  }
  for (let at: usize = 0; at < TILE_COLUMNS * 4; at += 4) {
    store<f32>(packed + at, at < columns * 4 ? load<f32>(source + at) * scale : 0);
  }
}

/** Packs the transpose of `scale * matrix`, `[rows, columns]`: a panel holds 8 of its rows. */
export function packTransposed(
  matrix: usize, rows: usize, columns: usize, scale: f32, packed: usize,
): void {
  const stride = columns * 4;
  for (let row: usize = 0; row < rows; row += TILE_COLUMNS, packed += columns * 32) {
    const source = matrix + row * stride;
    let column: usize = 0;
    if (rows - row >= TILE_COLUMNS) {
      for (; column + 4 <= columns; column += 4) {
        const corner = source + column * 4, target = packed + column * 32;
        transposeSquare(corner, stride, scale, target);
        transposeSquare(corner + 4 * stride, stride, scale, target + 16);
      }
    }
    for (; column < columns; column++) {
      for (let k: usize = 0; k < TILE_COLUMNS; k++) {
        const value: f32 = row + k < rows ? load<f32>(source + k * stride + column * 4) * scale : 0;
        store<f32>(packed + column * 32 + k * 4, value);
      }
    }
  }
}

/** Writes `scale` times the transpose of the 4 by 4 square at `source` to four panel rows. */
@inline
function transposeSquare(source: usize, stride: usize, scale: f32, target: usize): void {
  const factor = f32x4.splat(scale);
  const a = f32x4.mul(v128.load(source), factor), b = f32x4.mul(v128.load(source + stride), factor);
  const c = f32x4.mul(v128.load(source + 2 * stride), factor),
    d = f32x4.mul(v128.load(source + 3 * stride), factor);
  storeTransposed(a, b, c, d, target, 32);
}

/** Packs `count` columns of four rows, each given by a pointer, into a strip. */
export function packStrip(
  row0: usize, row1: usize, row2: usize, row3: usize, count: usize, strip: usize,
): void {
  const end = strip + count * 16;
  for (; strip + 64 <= end; strip += 64) {
    storeTransposed(v128.load(row0), v128.load(row1), v128.load(row2), v128.load(row3), strip, 16);
    row0 += 16, row1 += 16, row2 += 16, row3 += 16;
  }
  for (; strip < end; strip += 16) {
    store<u32>(strip, load<u32>(row0));
    store<u32>(strip, load<u32>(row1), 4);
    store<u32>(strip, load<u32>(row2), 8);
    store<u32>(strip, load<u32>(row3), 12);
    row0 += 4, row1 += 4, row2 += 4, row3 += 4;
  }
}

/** Writes the columns of the rows a, b, c, d as four vectors, `stride` bytes apart. */
@inline
function storeTransposed(a: v128, b: v128, c: v128, d: v128, target: usize, stride: usize): void {
  const lowAB = v128.shuffle<f32>(a, b, 0, 4, 1, 5), lowCD = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const highAB = v128.shuffle<f32>(a, b, 2, 6, 3, 7), highCD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f32>(lowAB, lowCD, 0, 1, 4, 5));
  v128.store(target + stride, v128.shuffle<f32>(lowAB, lowCD, 2, 3, 6, 7));
  v128.store(target + 2 * stride, v128.shuffle<f32>(highAB, highCD, 0, 1, 4, 5));
  v128.store(target + 3 * stride, v128.shuffle<f32>(highAB, highCD, 2, 3, 6, 7));
}
