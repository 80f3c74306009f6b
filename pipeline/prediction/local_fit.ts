/**
 * Local linear fit: reduces the noise of a prediction that was made in groups.
 *
 * @module
 */

import { BallSearch } from "../graph/ball_search.ts";
import { buildPointTree, type PointTree } from "../graph/point_tree.ts";

/** Distance at which weights end, in lengths of the fit. */
const CUT_OFF = 3;

/** Gaussian at the cut-off, by which weights are lowered so that they end continuously. */
const LAST_WEIGHT = Math.exp(-CUT_OFF * CUT_OFF / 2);

/** Variance of neighbours across their line or plane that is rounding, as a share of that along. */
const MIN_VARIANCE = 1e-10;

/** Nodes between two calls of `beat`. */
const BEAT_NODES = 256;

/** Nodes of a mesh with values to fit. */
export interface FitNodes {
  /** Node positions `[N, D]`. */
  readonly position: Float32Array;
  readonly dimensions: number;
  /** Values per node O. */
  readonly width: number;
}

/**
 * The values of a weighted least-squares linear fit around every node, taken at the node.
 *
 * The local spacing h of a node is the distance to its D-th nearest other position. Its neighbours,
 * itself included, are the nodes within 3 lengths L = `length` · h, but no more than a regular grid
 * has there, the nearest ones. The weight at distance d is exp(−d² / 2L²) − exp(−9/2), which is 0
 * at 3 L, so the fit changes continuously with the positions. Linear fields are reproduced exactly
 * at any node, those of a boundary included. Neighbours on a line or in a plane, within 10⁻⁵ of
 * their extent, are fitted along it; equal positions get their mean. O(N log N) at any density.
 *
 * @param values Values to fit `[N, O]`
 * @param length Length of the weights in local spacings, > 0
 * @param beat Called many times a second
 * @returns The fitted values `[N, O]`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { localFit } from "./local_fit.ts";
 *
 * const nodes = { position: Float32Array.of(0, 1, 2, 3), dimensions: 1, width: 1 };
 * const line = Float32Array.of(1, 3, 5, 7);
 * assert.deepEqual(localFit(line, nodes, 1), line);
 * ```
 */
export function localFit(
  values: Float32Array,
  { position, dimensions, width }: FitNodes,
  length: number,
  beat?: () => void,
): Float32Array<ArrayBuffer> {
  const nodeCount = position.length / dimensions;
  const fitted = new Float32Array(nodeCount * width);
  if (nodeCount === 0) return fitted;
  const tree = buildPointTree(position, dimensions);
  const weights = new FitWeights(tree, dimensions, length);
  const sums = new Float64Array(width);
  for (let point = 0; point < nodeCount; point++) {
    if (point % BEAT_NODES === 0) beat?.();
    const count = weights.compute(point);
    sums.fill(0);
    for (let k = 0; k < count; k++) {
      const row = tree.nodes[weights.points[k]] * width;
      const weight = weights.values[k];
      for (let c = 0; c < width; c++) sums[c] += weight * values[row + c];
    }
    const row = tree.nodes[point] * width;
    for (let c = 0; c < width; c++) fitted[row + c] = sums[c];
  }
  return fitted;
}

/** Number of nodes within `radius` spacings of a node of a regular grid. */
function gridNodes(dimensions: number, radius: number): number {
  const reach = Math.floor(radius);
  const reachY = dimensions > 1 ? reach : 0;
  const reachZ = dimensions > 2 ? reach : 0;
  let count = 0;
  for (let x = -reach; x <= reach; x++) {
    for (let y = -reachY; y <= reachY; y++) {
      for (let z = -reachZ; z <= reachZ; z++) {
        if (x * x + y * y + z * z <= radius * radius) count++;
      }
    }
  }
  return Math.max(count, 2 * dimensions + 1);
}

/** Weights with which the values of neighbours give the fit at a point; one object serves all. */
class FitWeights {
  /** Weights of the neighbours of the last point, whose sum is 1. */
  readonly values: Float64Array;

  readonly #tree: PointTree;
  readonly #dimensions: number;
  readonly #length: number;
  readonly #search: BallSearch;
  /** Offsets of the neighbours from the point `[neighbours, D]`, and their mean `[D]`. */
  readonly #offsets: Float64Array;
  readonly #mean: Float64Array;

  constructor(tree: PointTree, dimensions: number, length: number) {
    const capacity = gridNodes(dimensions, CUT_OFF * length);
    this.#tree = tree;
    this.#dimensions = dimensions;
    this.#length = length;
    this.#search = new BallSearch(tree, dimensions, capacity);
    this.values = new Float64Array(capacity);
    this.#offsets = new Float64Array(capacity * dimensions);
    this.#mean = new Float64Array(dimensions);
  }

  /** Neighbours of the last point, itself included. */
  get points(): Uint32Array {
    return this.#search.points;
  }

  /**
   * Computes the weights around a point.
   *
   * @returns The number of neighbours.
   */
  compute(point: number): number {
    const search = this.#search;
    const squaredLength = search.squaredSpacing(point) * this.#length * this.#length;
    const count = search.search(point, squaredLength * CUT_OFF * CUT_OFF);
    const { points } = this.#tree;
    const dimensions = this.#dimensions;
    for (let k = 0; k < count; k++) {
      for (let d = 0; d < dimensions; d++) {
        this.#offsets[k * dimensions + d] = points[search.points[k] * 3 + d] -
          points[point * 3 + d];
      }
    }
    this.#weigh(count, squaredLength);
    this.#fit(count);
    return count;
  }

  /** Sets weights whose sum is 1 by distance. */
  #weigh(count: number, squaredLength: number): void {
    const weights = this.values;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const square = this.#search.squares[k];
      const gaussian = square === 0 ? 1 : Math.exp(-square / (2 * squaredLength));
      weights[k] = Math.max(0, gaussian - LAST_WEIGHT);
      sum += weights[k];
    }
    for (let k = 0; k < count; k++) weights[k] /= sum;
  }

  /**
   * Turns the weights of the mean into those of the fit at offset 0: modified Gram-Schmidt on the
   * centered axes of the offsets, the widest first, takes the mean offset to 0. As the node is its
   * own neighbour, a direction without spread holds no part of it.
   */
  #fit(count: number): void {
    const dimensions = this.#dimensions;
    const weights = this.values;
    const axes = this.#offsets;
    const mean = this.#mean.fill(0);
    for (let k = 0; k < count; k++) {
      for (let d = 0; d < dimensions; d++) mean[d] += weights[k] * axes[k * dimensions + d];
    }
    const roots = this.#search.squares;
    for (let k = 0; k < count; k++) {
      roots[k] = Math.sqrt(weights[k]);
      for (let d = 0; d < dimensions; d++) {
        axes[k * dimensions + d] = roots[k] * (axes[k * dimensions + d] - mean[d]);
      }
    }
    let limit = 0;
    for (let step = 0; step < dimensions; step++) {
      const axis = this.#widestAxis(count);
      const variance = this.#variance(count, axis);
      if (step === 0) limit = MIN_VARIANCE * variance;
      if (!(variance > limit)) return;
      for (let d = 0; d < dimensions; d++) {
        if (d !== axis) this.#project(count, d, axis, variance);
      }
      const part = mean[axis] / variance;
      for (let k = 0; k < count; k++) {
        weights[k] -= roots[k] * axes[k * dimensions + axis] * part;
        axes[k * dimensions + axis] = 0;
      }
      mean[axis] = 0;
    }
  }

  #widestAxis(count: number): number {
    let widest = 0;
    for (let d = 1; d < this.#dimensions; d++) {
      if (this.#variance(count, d) > this.#variance(count, widest)) widest = d;
    }
    return widest;
  }

  #variance(count: number, axis: number): number {
    const axes = this.#offsets;
    let sum = 0;
    for (let k = axis; k < count * this.#dimensions; k += this.#dimensions) {
      sum += axes[k] * axes[k];
    }
    return sum;
  }

  /** Takes the direction of an axis out of axis `d`. */
  #project(count: number, d: number, axis: number, variance: number): void {
    const dimensions = this.#dimensions;
    const axes = this.#offsets;
    let product = 0;
    for (let k = 0; k < count * dimensions; k += dimensions) {
      product += axes[k + d] * axes[k + axis];
    }
    const factor = product / variance;
    for (let k = 0; k < count * dimensions; k += dimensions) axes[k + d] -= factor * axes[k + axis];
    this.#mean[d] -= factor * this.#mean[axis];
  }
}
