/**
 * Solver of Darcy flow on a grid: `-∇·(a∇u) = f` on the unit square, `u = 0` on the boundary.
 *
 * @module
 */

import { requireInteger } from "../../../errors.ts";
import { applyStencil, createStencil, Multigrid, type Stencil } from "./multigrid.ts";

/** Mean of the coefficients of two vertices on the face between them. */
export type FaceMean = "arithmetic" | "harmonic";

/** Options of {@linkcode solveDarcy}. */
export interface DarcySolverOptions {
  /** Right-hand side at the vertices `[n * n]`, or one number for all. @default 1 */
  readonly source?: ArrayLike<number> | number | undefined;
  /** @default "arithmetic" */
  readonly faceMean?: FaceMean | undefined;
  /**
   * Largest residual relative to the right-hand side, both in the 2-norm. Rounding to float64 is
   * always allowed: it grows with `n²` and exceeds 1e-10 from about 1,400 vertices per side.
   *
   * @default 1e-10
   */
  readonly tolerance?: number | undefined;
  /** Iterations after which the solver fails. @default 200 */
  readonly maxIterations?: number | undefined;
}

/** A solution with its residual. */
export interface DarcySolution {
  /** At the vertices `[n * n]`, number `i * n + j`; 0 on the boundary. */
  readonly solution: Float64Array;
  readonly iterations: number;
  /** `|b - Au| / |b|` in the 2-norm, computed from the solution and not by the iteration. */
  readonly relativeResidual: number;
}

/**
 * Solves `-∇·(a∇u) = f` on `resolution × resolution` vertices by second-order differences in
 * float64.
 *
 * The coefficient on a face is the mean of those at its two vertices. Conjugate gradients,
 * preconditioned by one multigrid V-cycle, need about ten iterations at any resolution for jumps
 * such as 12 / 3 and twenty for 10^6; time and memory grow with the number of vertices.
 *
 * @param coefficient At the vertices `[n * n]`, number `i * n + j` at (x, y) = (i, j) / (n - 1);
 * finite and > 0
 * @param resolution Vertices `n` per side, at least 3
 * @throws {RangeError} If an argument is out of range, or the tolerance is not reached
 *
 * @example One unknown
 * ```ts
 * import { solveDarcy } from "./darcy_solver.ts";
 * import assert from "node:assert/strict";
 *
 * const { solution } = solveDarcy(new Float64Array(9).fill(2), 3);
 * assert.equal(solution[4], 1 / 32); // 4 faces * 2 * u = h²
 * ```
 */
export function solveDarcy(
  coefficient: ArrayLike<number>,
  resolution: number,
  options: DarcySolverOptions = {},
): DarcySolution {
  const { source = 1, faceMean = "arithmetic", tolerance = 1e-10, maxIterations = 200 } = options;
  const operator = assembleDarcyOperator(coefficient, resolution, faceMean);
  const rightHandSide = sampleSource(source, operator);
  const { x, iterations } = conjugateGradients(
    operator,
    new Multigrid(operator),
    rightHandSide,
    tolerance,
    maxIterations,
  );
  const relativeResidual = residualNorm(operator, rightHandSide, x);
  const isSolved = relativeResidual <= tolerance ||
    relativeResidual <= roundingLevel(operator, rightHandSide, x);
  if (!isSolved) {
    throw new RangeError(
      `Cannot solve Darcy flow on ${resolution} × ${resolution} vertices: the relative residual ` +
        `must fall to ${tolerance}, reached ${relativeResidual.toExponential(1)} after ` +
        `${iterations} iterations; allow more iterations or a narrower range of the coefficient`,
    );
  }
  return { solution: x, iterations, relativeResidual };
}

/**
 * Assembles the five-point operator times `h²` for the unknowns inside the boundary. Its ring of
 * ghosts is the boundary, so unknowns have the numbers of the vertices.
 *
 * @throws {RangeError} If the resolution is below 3 or a coefficient is not finite and > 0
 * @throws {TypeError} If there is not one coefficient per vertex
 */
export function assembleDarcyOperator(
  coefficient: ArrayLike<number>,
  resolution: number,
  faceMean: FaceMean = "arithmetic",
): Stencil {
  checkCoefficient(coefficient, resolution);
  const mean = faceMean === "harmonic"
    ? (a: number, b: number) => 2 * a * b / (a + b)
    : (a: number, b: number) => (a + b) / 2;
  const n = resolution;
  const operator = createStencil(n - 2);
  const { centre, north, east } = operator;
  for (let i = 1; i < n - 1; i++) {
    for (let j = 1, p = i * n + 1; j < n - 1; j++, p++) {
      const a = coefficient[p];
      const eastFace = mean(a, coefficient[p + n]);
      const northFace = mean(a, coefficient[p + 1]);
      centre[p] = eastFace + northFace + mean(a, coefficient[p - n]) + mean(a, coefficient[p - 1]);
      if (i < n - 2) east[p] = -eastFace;
      if (j < n - 2) north[p] = -northFace;
    }
  }
  return operator;
}

function checkCoefficient(coefficient: ArrayLike<number>, resolution: number): void {
  requireInteger("Cannot solve Darcy flow: the resolution", resolution, 3);
  if (coefficient.length !== resolution * resolution) {
    throw new TypeError(
      "Cannot solve Darcy flow: there must be one coefficient per vertex, received " +
        `${coefficient.length} for ${resolution} × ${resolution} vertices`,
    );
  }
  for (let p = 0; p < coefficient.length; p++) {
    if (!(coefficient[p] > 0 && coefficient[p] < Infinity)) {
      throw new RangeError(
        "Cannot solve Darcy flow: the coefficient must be finite and > 0, received " +
          `${coefficient[p]} at vertex ${p}`,
      );
    }
  }
}

/** The source times `h²` at the unknowns; values on the boundary are ignored. */
function sampleSource(source: ArrayLike<number> | number, { size, stride }: Stencil): Float64Array {
  if (typeof source !== "number" && source.length !== stride * stride) {
    throw new TypeError(
      "Cannot solve Darcy flow: there must be one source per vertex, received " +
        `${source.length} for ${stride} × ${stride} vertices`,
    );
  }
  const scaled = new Float64Array(stride * stride);
  const h = 1 / (stride - 1);
  for (let i = 1; i <= size; i++) {
    for (let p = i * stride + 1, end = p + size; p < end; p++) {
      const value = typeof source === "number" ? source : source[p];
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `Cannot solve Darcy flow: the source must be finite, received ${value} at vertex ${p}`,
        );
      }
      scaled[p] = h * h * value;
    }
  }
  return scaled;
}

/**
 * Preconditioned conjugate gradients from 0 (Hestenes, Stiefel 1952). The iteration stops at half
 * the tolerance, so that the true residual is below it.
 */
function conjugateGradients(
  operator: Stencil,
  preconditioner: Multigrid,
  b: Float64Array,
  tolerance: number,
  maxIterations: number,
): { x: Float64Array; iterations: number } {
  const x = new Float64Array(b.length);
  const residual = b.slice();
  const preconditioned = new Float64Array(b.length);
  const direction = new Float64Array(b.length);
  const image = new Float64Array(b.length);
  const goal = 0.5 * tolerance * Math.sqrt(dot(b, b));
  let iterations = 0;
  let energy = 0;
  while (iterations < maxIterations && !(Math.sqrt(dot(residual, residual)) <= goal)) {
    preconditioner.cycle(residual, preconditioned);
    const previousEnergy = energy;
    energy = dot(residual, preconditioned);
    const turn = iterations === 0 ? 0 : energy / previousEnergy;
    for (let p = 0; p < x.length; p++) direction[p] = preconditioned[p] + turn * direction[p];
    applyStencil(operator, direction, image);
    const step = energy / dot(direction, image);
    for (let p = 0; p < x.length; p++) {
      x[p] += step * direction[p];
      residual[p] -= step * image[p];
    }
    iterations++;
  }
  return { x, iterations };
}

/** `|b - Ax| / |b|`. */
function residualNorm(operator: Stencil, b: Float64Array, x: Float64Array): number {
  const difference = new Float64Array(b.length);
  applyStencil(operator, x, difference);
  for (let p = 0; p < b.length; p++) difference[p] -= b[p];
  const norm = Math.sqrt(dot(b, b));
  return norm === 0 ? 0 : Math.sqrt(dot(difference, difference)) / norm;
}

/**
 * The relative residual that rounding of `x` may cause: `ε |A| |x| / |b|`, with `|A|` at most twice
 * the largest diagonal entry.
 */
function roundingLevel({ centre }: Stencil, b: Float64Array, x: Float64Array): number {
  let largest = 0;
  for (let p = 0; p < centre.length; p++) largest = Math.max(largest, centre[p]);
  return Number.EPSILON * 2 * largest * Math.sqrt(dot(x, x) / dot(b, b));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < a.length; p++) sum += a[p] * b[p];
  return sum;
}
