/**
 * Regular grids of vertices on the unit square.
 *
 * @module
 */

/**
 * Coordinates of `resolution × resolution` vertices of the unit square, node `i * n + j` at (i, j)
 * / (n - 1).
 *
 * @returns Positions `[n * n, 2]`
 */
export function gridPositions(resolution: number): Float32Array<ArrayBuffer> {
  const position = new Float32Array(2 * resolution * resolution);
  for (let i = 0, p = 0; i < resolution; i++) {
    for (let j = 0; j < resolution; j++) {
      position[p++] = i / (resolution - 1);
      position[p++] = j / (resolution - 1);
    }
  }
  return position;
}

/**
 * Values at every `(n - 1) / (r - 1)`-th vertex per direction, corners included.
 *
 * @param values At the vertices `[n * n, components]`
 * @param resolution `n`
 * @param coarseResolution `r`, at least 2; `r - 1` divides `n - 1`
 * @param components Numbers per vertex. @default 1
 * @returns `[r * r, components]`
 * @throws {RangeError} If the coarse vertices are not vertices of the fine grid
 *
 * @example
 * ```ts
 * import { subsampleGrid } from "./unit_grid.ts";
 * import assert from "node:assert/strict";
 *
 * const corners = subsampleGrid(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8), 3, 2);
 * assert.deepEqual([...corners], [0, 2, 6, 8]);
 * ```
 */
export function subsampleGrid(
  values: ArrayLike<number>,
  resolution: number,
  coarseResolution: number,
  components = 1,
): Float32Array<ArrayBuffer> {
  checkSubsampling(resolution, coarseResolution);
  const step = (resolution - 1) / (coarseResolution - 1);
  const result = new Float32Array(coarseResolution * coarseResolution * components);
  for (let i = 0, p = 0; i < coarseResolution; i++) {
    for (let j = 0; j < coarseResolution; j++) {
      const start = (i * resolution + j) * step * components;
      for (let c = 0; c < components; c++) result[p++] = values[start + c];
    }
  }
  return result;
}

/**
 * Checks that a grid of `coarseResolution` is a part of one of `resolution`.
 *
 * @throws {RangeError} If it is not, with the possible resolutions
 */
export function checkSubsampling(resolution: number, coarseResolution: number): void {
  const rest = (resolution - 1) % (coarseResolution - 1);
  if (Number.isInteger(coarseResolution) && coarseResolution >= 2 && rest === 0) return;
  const possible = [];
  for (let r = 3; r <= resolution; r++) if ((resolution - 1) % (r - 1) === 0) possible.push(r);
  throw new RangeError(
    `Cannot subsample ${resolution} × ${resolution} vertices: the resolution minus 1 must divide ` +
      `${resolution - 1}, received ${coarseResolution}; use one of ${possible.join(", ")}`,
  );
}
