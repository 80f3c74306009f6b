/**
 * Errors on a wall and away from it, by the conventions of the AirfRANS literature.
 *
 * @module
 */

/** One test sample, in physical units. */
export interface SurfaceSample {
  /** True values [N, O], node by node. */
  readonly truth: ArrayLike<number>;
  /** Predicted values [N, O], node by node. */
  readonly predicted: ArrayLike<number>;
  /** Per node [N]: not 0 on a wall. */
  readonly surface: ArrayLike<number>;
  /** Per node [N]: 0 for a node whose truth is not known, which is left out. @default all known */
  readonly known?: ArrayLike<number> | undefined;
}

/** The errors of one output over a group of nodes; both are means over the samples. */
export interface ColumnError {
  /** Mean squared error of the value divided by its deviation over the training set. */
  readonly normalisedMse: number;
  /**
   * ‖predicted − truth‖₂ / ‖truth‖₂ in physical units; NaN if every truth is 0, as velocity is on
   * a wall.
   */
  readonly relativeL2: number;
}

/** The errors over a group of nodes. */
export interface GroupErrors {
  /** Nodes of this group, over all samples. */
  readonly nodeCount: number;
  /** By the name of the predicted value, such as `velocity.x`. */
  readonly columns: Readonly<Record<string, ColumnError>>;
  /** Mean of `normalisedMse` over the columns. */
  readonly normalisedMse: number;
}

/** The errors on the surface, and in the volume, which is everything else. */
export interface SurfaceMetrics {
  readonly surface: GroupErrors;
  readonly volume: GroupErrors;
}

/**
 * Sums errors on the surface and in the volume. Every sample has the same weight, regardless of
 * its node count.
 *
 * Tables in the literature mix two figures, which have separate names here:
 *
 * - `normalisedMse` is what AirfRANS (arXiv 2212.07564) tabulates for the volume, value by value,
 *   and for the pressure on the surface. Its authors' evaluation, and that of Transolver (arXiv
 *   2402.02366), first set predicted velocity and turbulent viscosity on the surface to their
 *   boundary value 0; here predictions count unchanged, which makes no difference to the pressure.
 * - `relativeL2` is how Transolver's table describes its columns "Volume" and "Surf". Its published
 *   evaluation computes the mean squared error on normalised fields, as above.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const errors = new SurfaceAccumulator(["pressure"], [2]);
 * errors.add({ truth: [10, 4], predicted: [12, 4], surface: [1, 0] });
 * const { pressure } = errors.result()!.surface.columns;
 * assert.deepEqual(pressure, { normalisedMse: 1, relativeL2: 0.2 });
 * ```
 */
export class SurfaceAccumulator {
  readonly #names: readonly string[];
  readonly #deviation: ArrayLike<number>;
  readonly #surface: GroupSums;
  readonly #volume: GroupSums;

  /**
   * @param names Name of each output [O]
   * @param deviation Standard deviation of each output over the training set [O], physical units
   */
  constructor(names: readonly string[], deviation: ArrayLike<number>) {
    this.#names = names;
    this.#deviation = deviation;
    this.#surface = new GroupSums(names.length);
    this.#volume = new GroupSums(names.length);
  }

  /** Adds one sample; the caller checks the lengths and that all numbers are finite. */
  add({ truth, predicted, surface, known }: SurfaceSample): void {
    const width = this.#names.length;
    for (const group of [this.#surface, this.#volume]) {
      const squares = new Float64Array(width);
      const truthSquares = new Float64Array(width);
      let nodeCount = 0;
      for (let node = 0; node < surface.length; node++) {
        if ((surface[node] !== 0) !== (group === this.#surface)) continue;
        if (known && known[node] === 0) continue;
        nodeCount++;
        for (let o = 0; o < width; o++) {
          const k = node * width + o;
          squares[o] += (predicted[k] - truth[k]) ** 2;
          truthSquares[o] += truth[k] ** 2;
        }
      }
      group.add(nodeCount, squares, truthSquares);
    }
  }

  /** The errors of all samples so far; undefined if the surface or the volume has no node. */
  result(): SurfaceMetrics | undefined {
    if (this.#surface.nodeCount === 0 || this.#volume.nodeCount === 0) return undefined;
    return {
      surface: this.#surface.result(this.#names, this.#deviation),
      volume: this.#volume.result(this.#names, this.#deviation),
    };
  }
}

/** Sums over the samples, per column. */
class GroupSums {
  nodeCount = 0;
  #sampleCount = 0;
  readonly #meanSquares: Float64Array;
  readonly #relativeL2: Float64Array;
  readonly #relativeCount: Uint32Array;

  constructor(width: number) {
    this.#meanSquares = new Float64Array(width);
    this.#relativeL2 = new Float64Array(width);
    this.#relativeCount = new Uint32Array(width);
  }

  add(nodeCount: number, squares: Float64Array, truthSquares: Float64Array): void {
    if (nodeCount === 0) return;
    this.nodeCount += nodeCount;
    this.#sampleCount++;
    for (let o = 0; o < squares.length; o++) {
      this.#meanSquares[o] += squares[o] / nodeCount;
      if (truthSquares[o] === 0) continue;
      this.#relativeL2[o] += Math.sqrt(squares[o] / truthSquares[o]);
      this.#relativeCount[o]++;
    }
  }

  result(names: readonly string[], deviation: ArrayLike<number>): GroupErrors {
    const columns = names.map((name, o): [string, ColumnError] => [name, {
      normalisedMse: this.#meanSquares[o] / this.#sampleCount / deviation[o] ** 2,
      relativeL2: this.#relativeL2[o] / this.#relativeCount[o],
    }]);
    const total = columns.reduce((sum, [, { normalisedMse }]) => sum + normalisedMse, 0);
    return {
      nodeCount: this.nodeCount,
      columns: Object.fromEntries(columns),
      normalisedMse: total / names.length,
    };
  }
}
