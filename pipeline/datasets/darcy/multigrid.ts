/**
 * Multigrid for symmetric nine-point operators on a square of unknowns of any size.
 *
 * A coarse grid has every second unknown (2, 4, 6, ... of 1, 2, 3, ...), for odd and even numbers,
 * down to a single one. Interpolation depends on the operator (Alcouffe, Brandt, Dendy, Painter
 * 1981), so it bends where the coefficient jumps; the coarse operator is the Galerkin product,
 * again nine-point and symmetric.
 *
 * @module
 */

/**
 * A symmetric nine-point operator on `size × size` unknowns, stored with a ring of ghosts that are
 * always 0.
 *
 * Unknown (i, j), both from 1 to `size`, has the number `i * stride + j`. Every array has
 * `stride * stride` numbers; an off-diagonal array holds the entry towards the neighbour named, the
 * other four follow by symmetry.
 */
export interface Stencil {
  readonly size: number;
  /** `size + 2`. */
  readonly stride: number;
  /** The diagonal; positive on unknowns. */
  readonly centre: Float64Array;
  /** Towards (i, j + 1). */
  readonly north: Float64Array;
  /** Towards (i + 1, j - 1). */
  readonly southEast: Float64Array;
  /** Towards (i + 1, j). */
  readonly east: Float64Array;
  /** Towards (i + 1, j + 1). */
  readonly northEast: Float64Array;
}

/** Creates the zero operator on `size × size` unknowns. */
export function createStencil(size: number): Stencil {
  const stride = size + 2;
  const zeros = () => new Float64Array(stride * stride);
  return {
    size,
    stride,
    centre: zeros(),
    north: zeros(),
    southEast: zeros(),
    east: zeros(),
    northEast: zeros(),
  };
}

/** Writes `operator · x` to the unknowns of `y`; the ghosts of `x` must be 0. */
export function applyStencil(operator: Stencil, x: Float64Array, y: Float64Array): void {
  const { size, stride, centre, north, southEast, east, northEast } = operator;
  for (let i = 1; i <= size; i++) {
    for (let p = i * stride + 1, end = p + size; p < end; p++) {
      y[p] = centre[p] * x[p] +
        north[p - 1] * x[p - 1] + north[p] * x[p + 1] +
        east[p - stride] * x[p - stride] + east[p] * x[p + stride] +
        northEast[p - stride - 1] * x[p - stride - 1] + northEast[p] * x[p + stride + 1] +
        southEast[p - stride + 1] * x[p - stride + 1] + southEast[p] * x[p + stride - 1];
    }
  }
}

/** One level of the hierarchy; the coarsest has a single unknown and no interpolation. */
interface Level {
  readonly operator: Stencil;
  readonly interpolation: Interpolation | undefined;
  /** Residual after smoothing. */
  readonly residual: Float64Array;
  readonly rightHandSide: Float64Array;
  readonly correction: Float64Array;
}

/** Weights of the four coarse unknowns around every fine one, by corner; ghosts may have weight. */
interface Interpolation {
  readonly fine: Stencil;
  readonly coarseStride: number;
  readonly southWest: Float64Array;
  readonly northWest: Float64Array;
  readonly southEast: Float64Array;
  readonly northEast: Float64Array;
}

/**
 * A multigrid V-cycle for one operator: a symmetric positive definite approximation of its inverse.
 */
export class Multigrid {
  readonly #levels: readonly Level[];

  /**
   * Builds the hierarchy: `log2(size)` levels, 4/3 of the memory of the finest, about the time of
   * five cycles.
   *
   * @param operator Symmetric positive definite; referenced, not copied
   */
  constructor(operator: Stencil) {
    const levels: Level[] = [];
    for (let fine = operator;;) {
      const zeros = () => new Float64Array(fine.stride * fine.stride);
      const interpolation = fine.size > 1 ? createInterpolation(fine) : undefined;
      levels.push({
        operator: fine,
        interpolation,
        residual: zeros(),
        rightHandSide: zeros(),
        correction: zeros(),
      });
      if (interpolation === undefined) break;
      fine = galerkinProduct(fine, interpolation);
    }
    this.#levels = levels;
  }

  /**
   * Writes an approximate solution of `operator · solution = rightHandSide`: one V-cycle from 0,
   * with one forward Gauss-Seidel sweep on the way down and one backward sweep on the way up.
   *
   * @param rightHandSide `stride * stride` numbers, as the operator's arrays
   * @param solution Overwritten; its ghosts must be 0
   */
  cycle(rightHandSide: Float64Array, solution: Float64Array): void {
    this.#cycle(0, rightHandSide, solution);
  }

  #cycle(depth: number, rightHandSide: Float64Array, solution: Float64Array): void {
    const { operator, interpolation, residual } = this.#levels[depth];
    smoothFromZero(operator, rightHandSide, solution, residual);
    if (interpolation === undefined) return;
    const coarse = this.#levels[depth + 1];
    restrict(interpolation, residual, coarse.rightHandSide);
    this.#cycle(depth + 1, coarse.rightHandSide, coarse.correction);
    interpolate(interpolation, coarse.correction, solution);
    smoothBackward(operator, rightHandSide, solution);
  }
}

/**
 * One forward Gauss-Seidel sweep from 0, and the residual after it. With A = L + D + U the sweep
 * solves (L + D) x = b, so the residual is -U x: both need half the operator.
 */
function smoothFromZero(
  operator: Stencil,
  b: Float64Array,
  x: Float64Array,
  residual: Float64Array,
): void {
  const { size, stride, centre, north, southEast, east, northEast } = operator;
  for (let i = 1; i <= size; i++) {
    let south = 0;
    for (let p = i * stride + 1, end = p + size; p < end; p++) {
      const west = east[p - stride] * x[p - stride] +
        northEast[p - stride - 1] * x[p - stride - 1] +
        southEast[p - stride + 1] * x[p - stride + 1];
      x[p] = south = (b[p] - west - north[p - 1] * south) / centre[p];
    }
  }
  for (let i = 1; i <= size; i++) {
    for (let p = i * stride + 1, end = p + size; p < end; p++) {
      residual[p] = -(north[p] * x[p + 1] + southEast[p] * x[p + stride - 1] +
        east[p] * x[p + stride] + northEast[p] * x[p + stride + 1]);
    }
  }
}

function smoothBackward(operator: Stencil, b: Float64Array, x: Float64Array): void {
  const { size, stride, centre, north, southEast, east, northEast } = operator;
  for (let i = size; i >= 1; i--) {
    let northern = 0;
    for (let p = i * stride + size, end = i * stride; p > end; p--) {
      const others = north[p - 1] * x[p - 1] +
        east[p - stride] * x[p - stride] + east[p] * x[p + stride] +
        northEast[p - stride - 1] * x[p - stride - 1] + northEast[p] * x[p + stride + 1] +
        southEast[p - stride + 1] * x[p - stride + 1] + southEast[p] * x[p + stride - 1];
      x[p] = northern = (b[p] - others - north[p] * northern) / centre[p];
    }
  }
}

/** Adds the interpolated coarse vector to the fine one. */
function interpolate(interpolation: Interpolation, coarse: Float64Array, fine: Float64Array): void {
  const { fine: { size, stride }, coarseStride, southWest, northWest, southEast, northEast } =
    interpolation;
  for (let i = 1; i <= size; i++) {
    const west = (i >> 1) * coarseStride;
    const east = ((i + 1) >> 1) * coarseStride;
    for (let j = 1, p = i * stride + 1; j <= size; j++, p++) {
      const south = j >> 1;
      const north = (j + 1) >> 1;
      fine[p] += southWest[p] * coarse[west + south] + northWest[p] * coarse[west + north] +
        southEast[p] * coarse[east + south] + northEast[p] * coarse[east + north];
    }
  }
}

/** Writes the transpose of the interpolation, applied to the fine vector. */
function restrict(interpolation: Interpolation, fine: Float64Array, coarse: Float64Array): void {
  const { fine: { size, stride }, coarseStride, southWest, northWest, southEast, northEast } =
    interpolation;
  coarse.fill(0);
  for (let i = 1; i <= size; i++) {
    const west = (i >> 1) * coarseStride;
    const east = ((i + 1) >> 1) * coarseStride;
    for (let j = 1, p = i * stride + 1; j <= size; j++, p++) {
      const south = j >> 1;
      const north = (j + 1) >> 1;
      const value = fine[p];
      coarse[west + south] += southWest[p] * value;
      coarse[west + north] += northWest[p] * value;
      coarse[east + south] += southEast[p] * value;
      coarse[east + north] += northEast[p] * value;
    }
  }
}

/**
 * Operator-dependent weights: a fine unknown between two coarse ones solves its equation with the
 * stencil summed across the line through them; one between four solves its own equation with its
 * neighbours interpolated.
 */
function createInterpolation(fine: Stencil): Interpolation {
  const { size, stride, centre, north, southEast, east, northEast } = fine;
  const zeros = () => new Float64Array(stride * stride);
  const weights = {
    southWest: zeros(),
    northWest: zeros(),
    southEast: zeros(),
    northEast: zeros(),
  };
  for (let i = 1; i <= size; i++) {
    for (let j = 1, p = i * stride + 1; j <= size; j++, p++) {
      if (i % 2 === 0 && j % 2 === 0) {
        weights.southWest[p] = 1;
      } else if (j % 2 === 0) {
        const across = centre[p] + north[p] + north[p - 1];
        const westward = east[p - stride] + northEast[p - stride - 1] + southEast[p - stride + 1];
        const eastward = east[p] + northEast[p] + southEast[p];
        weights.southWest[p] = -westward / across;
        weights.southEast[p] = -eastward / across;
      } else if (i % 2 === 0) {
        const across = centre[p] + east[p] + east[p - stride];
        const southward = north[p - 1] + northEast[p - stride - 1] + southEast[p];
        const northward = north[p] + northEast[p] + southEast[p - stride + 1];
        weights.southWest[p] = -southward / across;
        weights.northWest[p] = -northward / across;
      }
    }
  }
  for (let i = 1; i <= size; i += 2) {
    for (let j = 1, p = i * stride + 1; j <= size; j += 2, p += 2) {
      const w = p - stride;
      const e = p + stride;
      const s = p - 1;
      const n = p + 1;
      weights.southWest[p] = -(northEast[w - 1] + east[w] * weights.southWest[w] +
        north[s] * weights.southWest[s]) / centre[p];
      weights.northWest[p] = -(southEast[w + 1] + east[w] * weights.northWest[w] +
        north[p] * weights.southWest[n]) / centre[p];
      weights.southEast[p] = -(southEast[p] + east[p] * weights.southWest[e] +
        north[s] * weights.southEast[s]) / centre[p];
      weights.northEast[p] = -(northEast[p] + east[p] * weights.northWest[e] +
        north[p] * weights.southEast[n]) / centre[p];
    }
  }
  return { fine, coarseStride: (size >> 1) + 2, ...weights };
}

/**
 * The coarse operator: restriction · fine operator · interpolation. Its columns are computed in
 * nine groups, since unknowns three apart share no row of a nine-point operator (Curtis, Powell,
 * Reid 1974).
 */
function galerkinProduct(fine: Stencil, interpolation: Interpolation): Stencil {
  const coarse = createStencil(fine.size >> 1);
  const { size, stride } = coarse;
  const probe = new Float64Array(stride * stride);
  const response = new Float64Array(stride * stride);
  const finer = new Float64Array(fine.stride * fine.stride);
  const image = new Float64Array(fine.stride * fine.stride);
  const towards: readonly (readonly (Float64Array | undefined)[])[] = [
    [undefined, undefined, undefined],
    [undefined, coarse.centre, coarse.north],
    [coarse.southEast, coarse.east, coarse.northEast],
  ];
  for (let colour = 0; colour < 9; colour++) {
    const a = Math.floor(colour / 3);
    const b = colour % 3;
    probe.fill(0);
    for (let i = a || 3; i <= size; i += 3) {
      for (let j = b || 3; j <= size; j += 3) probe[i * stride + j] = 1;
    }
    finer.fill(0);
    interpolate(interpolation, probe, finer);
    applyStencil(fine, finer, image);
    restrict(interpolation, image, response);
    for (let i = 1; i <= size; i++) {
      for (let j = 1; j <= size; j++) {
        const entries = towards[(a - i + 1 + 3 * size) % 3][(b - j + 1 + 3 * size) % 3];
        if (entries !== undefined) entries[i * stride + j] = response[i * stride + j];
      }
    }
  }
  return coarse;
}
