/**
 * Gaussian random fields on the unit square, sampled on a grid.
 *
 * @module
 */

import { requireInteger } from "../../../errors.ts";
import { fillNormal, hash } from "../../graph/random.ts";

/** Default number of modes per direction: all that 421 vertices can resolve. */
export const DEFAULT_MODE_COUNT = 421;

/** The field to sample. */
export interface RandomFieldOptions {
  readonly seed: number;
  /** Number of the field under the seed. */
  readonly sample: number;
  /** Modes `k, l = 0, ..., modes - 1` per direction. @default 421 */
  readonly modes?: number | undefined;
}

/**
 * Samples a field of N(0, (-Δ + 9)^-2) with zero Neumann conditions and no constant mode on
 * `resolution × resolution` vertices.
 *
 * The field is the sum over (k, l) ≠ (0, 0) of `ξ_kl √λ_kl φ_k(x) φ_l(y)` with
 * `λ_kl = (π²(k² + l²) + 9)^-2`, `φ_0 = 1`, `φ_k = √2 cos(kπx)`, and normal numbers `ξ_kl` keyed by
 * (seed, sample, mode). It does not depend on the grid: a vertex common to two resolutions has the
 * same value on both, up to rounding. Fewer modes are a truncation of the same field; the modes
 * beyond 421 per direction hold 0.2 % of its root mean square.
 *
 * Modes that are aliases on the grid are added first; two matrix products with half of the cosines
 * follow: `modes² + resolution³` operations.
 *
 * @param resolution Vertices `n` per side, at least 2
 * @returns Values at the vertices `[n * n]`, number `i * n + j` at (x, y) = (i, j) / (n - 1)
 * @throws {RangeError} If the resolution is below 2 or there is no mode
 */
export function sampleRandomField(resolution: number, options: RandomFieldOptions): Float64Array {
  const { seed, sample, modes = DEFAULT_MODE_COUNT } = options;
  requireInteger("Cannot sample random field: the resolution", resolution, 2);
  requireInteger("Cannot sample random field: the mode count", modes, 2);
  const normals = fillNormal(hash(seed, "random field", sample), new Float64Array(modes * modes));
  const coefficients = foldModes(normals, modes, resolution);
  const count = Math.min(modes, resolution);
  const cosines = cosineTable(resolution);
  // Along y for every mode of x, then along x; each product leaves its result transposed.
  const alongY = sumCosines(coefficients, count, count, resolution, cosines);
  return sumCosines(alongY, resolution, count, resolution, cosines);
}

/**
 * Coefficients of `cos(kπx) cos(lπy)`, `[count, count]` with `count = min(modes, resolution)`: at
 * the vertices of a grid with N = resolution - 1 intervals, mode k equals mode `2N - k` and mode
 * `2N + k`, so those beyond N are added there.
 */
function foldModes(normals: Float64Array, modes: number, resolution: number): Float64Array {
  const count = Math.min(modes, resolution);
  const intervals = resolution - 1;
  const folded = Int32Array.from({ length: modes }, (_, k) => {
    const rest = k % (2 * intervals);
    return rest <= intervals ? rest : 2 * intervals - rest;
  });
  const coefficients = new Float64Array(count * count);
  for (let k = 0; k < modes; k++) {
    for (let l = 0; l < modes; l++) {
      if (k === 0 && l === 0) continue;
      const norm = (k > 0 ? Math.SQRT2 : 1) * (l > 0 ? Math.SQRT2 : 1);
      const rootEigenvalue = 1 / (Math.PI ** 2 * (k * k + l * l) + 9);
      coefficients[folded[k] * count + folded[l]] += norm * rootEigenvalue *
        normals[modeNumber(k, l)];
    }
  }
  return coefficients;
}

/**
 * Number of mode (k, l) in shells of equal max(k, l): the first `modes²` numbers are those of
 * `modes` modes.
 */
function modeNumber(k: number, l: number): number {
  const shell = Math.max(k, l);
  return shell * shell + (l === shell ? k : 2 * shell - l);
}

/**
 * `cos(πm / N)` for m = 0, ..., 2N - 1 with N = resolution - 1, even about N and odd about N / 2 to
 * the last bit.
 */
function cosineTable(resolution: number): Float64Array {
  const intervals = resolution - 1;
  const cosines = new Float64Array(2 * intervals);
  for (let m = 0; m < 2 * intervals; m++) {
    const near = Math.min(m, 2 * intervals - m);
    const mirrored = intervals - near;
    cosines[m] = near <= mirrored
      ? Math.cos(Math.PI * near / intervals)
      : -Math.cos(Math.PI * mirrored / intervals);
  }
  if (intervals % 2 === 0) cosines[intervals / 2] = cosines[3 * intervals / 2] = 0;
  return cosines;
}

/**
 * Sums cosine series at the vertices: `result[m, row] = Σ_k coefficients[row, k] cos(πkm / N)`.
 * Even modes are symmetric about the middle and odd ones antisymmetric, so half of the vertices
 * give the others.
 *
 * @returns The sums `[resolution, rows]`
 */
function sumCosines(
  coefficients: Float64Array,
  rows: number,
  count: number,
  resolution: number,
  cosines: Float64Array,
): Float64Array {
  const result = new Float64Array(resolution * rows);
  const period = cosines.length;
  const basis = new Float64Array(count);
  for (let m = 0; 2 * m < resolution; m++) {
    for (let k = 0, phase = 0; k < count; k++, phase = (phase + m) % period) {
      basis[k] = cosines[phase];
    }
    const mirrored = (resolution - 1 - m) * rows;
    for (let row = 0; row < rows; row++) {
      let even = 0;
      let odd = 0;
      let p = row * count;
      for (let k = 1; k < count; k += 2, p += 2) {
        even += coefficients[p] * basis[k - 1];
        odd += coefficients[p + 1] * basis[k];
      }
      if (count % 2 === 1) even += coefficients[p] * basis[count - 1];
      result[m * rows + row] = even + odd;
      result[mirrored + row] = even - odd;
    }
  }
  return result;
}
