/**
 * Gaussian means and gradients of fields on the nodes of any mesh.
 *
 * @module
 */

import { NearestNodes } from "../graph/nearest_nodes.ts";
import { PointGrid } from "./point_grid.ts";

/** Distance, in standard deviations, beyond which a node has no weight. */
const CUTOFF = 3;

/** The Gaussian there, which is subtracted: a node at the edge counts little either way. */
const EDGE_WEIGHT = Math.exp(-(CUTOFF ** 2) / 2);

/** Weights that a stencil holds at once: 12 bytes each. */
const MAX_WEIGHTS = 2 ** 23;

/** Share of its trace below which a direction of a neighbourhood counts as flat. */
const FLAT = 1e-9;

/** Neighbours of some nodes with their weights, in rows. */
interface Block {
  readonly firstNode: number;
  /** Start of the row of each node, and the end of the last `[nodes + 1]`. */
  readonly offsets: Uint32Array;
  readonly nodes: Uint32Array;
  /** Weights of each row, whose sum is 1. */
  readonly weights: Float64Array;
}

/**
 * Weights of the nodes around each node of a mesh: a Gaussian of the distance less its value at
 * three standard deviations, where it ends without a jump, times the volume that a node stands for,
 * so that where nodes are dense they count no more than elsewhere. The volume is estimated as a
 * power D of the mean distance to the D nearest nodes at other places, which is the same for all
 * nodes of a regular grid.
 *
 * Costs O(N · neighbours) per field; weights of up to 2²³ pairs are held for the next field.
 */
export class GaussianStencil {
  readonly length: number;
  readonly #position: Float32Array;
  readonly #dimensions: number;
  readonly #volumes: Float64Array;
  readonly #grid: PointGrid;
  #block: Block | undefined;

  /**
   * @param position Node positions `[N, D]`; referenced, must not change.
   * @param length Standard deviation > 0, in units of the positions
   */
  constructor(position: Float32Array, dimensions: number, length: number) {
    this.length = length;
    this.#position = position;
    this.#dimensions = dimensions;
    this.#volumes = nodeVolumes(position, dimensions);
    this.#grid = new PointGrid(position, dimensions, CUTOFF * length);
  }

  /** Whether the stencil is that of a mesh with the same positions and of the same length. */
  fits(position: Float32Array, length: number): boolean {
    return length === this.length && position.length === this.#position.length &&
      position.every((x, k) => x === this.#position[k]);
  }

  /**
   * Weighted means of a field around each node `[N]`.
   *
   * @param values Values of the field `[N]`.
   */
  mean(values: ArrayLike<number>, beat: () => void): Float64Array {
    const means = new Float64Array(this.#volumes.length);
    for (const { firstNode, offsets, nodes, weights } of this.#blocks(beat)) {
      for (let row = 0; row + 1 < offsets.length; row++) {
        // Relative to the node itself, a constant field is exact.
        const own = values[firstNode + row];
        let sum = 0;
        for (let k = offsets[row]; k < offsets[row + 1]; k++) {
          sum += weights[k] * (values[nodes[k]] - own);
        }
        means[firstNode + row] = own + sum;
      }
    }
    return means;
  }

  /**
   * Gradient of a field at each node `[N, D]`: that of the linear function that fits the values
   * around the node best, in weighted least squares. It is exact for linear fields, at a boundary
   * too; along directions in which the nodes do not extend it is 0.
   *
   * @param values Values of the field `[N]`.
   */
  gradient(values: ArrayLike<number>, beat: () => void): Float64Array {
    const dimensions = this.#dimensions;
    const position = this.#position;
    const gradients = new Float64Array(this.#volumes.length * dimensions);
    const centre = new Float64Array(dimensions);
    const right = new Float64Array(dimensions);
    const matrix = new Float64Array(dimensions * dimensions);
    for (const { firstNode, offsets, nodes, weights } of this.#blocks(beat)) {
      for (let row = 0; row + 1 < offsets.length; row++) {
        const node = firstNode + row;
        centre.fill(0);
        right.fill(0);
        matrix.fill(0);
        let mean = 0;
        for (let k = offsets[row]; k < offsets[row + 1]; k++) {
          mean += weights[k] * (values[nodes[k]] - values[node]);
          for (let a = 0; a < dimensions; a++) {
            const gap = position[nodes[k] * dimensions + a] - position[node * dimensions + a];
            centre[a] += weights[k] * gap;
          }
        }
        for (let k = offsets[row]; k < offsets[row + 1]; k++) {
          const rise = values[nodes[k]] - values[node] - mean;
          for (let a = 0; a < dimensions; a++) {
            const at = nodes[k] * dimensions;
            const gap = position[at + a] - position[node * dimensions + a] - centre[a];
            right[a] += weights[k] * gap * rise;
            for (let b = 0; b <= a; b++) {
              const other = position[at + b] - position[node * dimensions + b] - centre[b];
              matrix[a * dimensions + b] += weights[k] * gap * other;
            }
          }
        }
        solveSymmetric(matrix, right, dimensions);
        gradients.set(right, node * dimensions);
      }
    }
    return gradients;
  }

  /** The rows of all nodes, in blocks of limited size; a single block is held for the next call. */
  *#blocks(beat: () => void): Generator<Block> {
    if (this.#block !== undefined) return yield this.#block;
    const nodeCount = this.#volumes.length;
    for (let firstNode = 0; firstNode < nodeCount;) {
      const block = this.#build(firstNode, beat);
      firstNode += block.offsets.length - 1;
      if (block.firstNode === 0 && firstNode === nodeCount) this.#block = block;
      yield block;
    }
  }

  #build(firstNode: number, beat: () => void): Block {
    const dimensions = this.#dimensions;
    const position = this.#position;
    const offsets = [0];
    let nodes = new Uint32Array(1024);
    let weights = new Float64Array(1024);
    let count = 0;
    const nodeCount = this.#volumes.length;
    for (let node = firstNode; node < nodeCount && count < MAX_WEIGHTS; node++) {
      if (node % 1000 === 0) beat();
      const start = count;
      let sum = 0;
      const found = this.#grid.within(node);
      if (start + found.length > nodes.length) {
        const size = 2 * (start + found.length);
        nodes = grown(nodes, new Uint32Array(size));
        weights = grown(weights, new Float64Array(size));
      }
      for (const other of found) {
        let square = 0;
        for (let d = 0; d < dimensions; d++) {
          square += (position[other * dimensions + d] - position[node * dimensions + d]) ** 2;
        }
        const gaussian = Math.exp(-square / (2 * this.length ** 2));
        const weight = this.#volumes[other] * Math.max(gaussian - EDGE_WEIGHT, 0);
        nodes[count] = other;
        weights[count++] = weight;
        sum += weight;
      }
      for (let k = start; k < count; k++) weights[k] /= sum;
      offsets.push(count);
    }
    return { firstNode, offsets: Uint32Array.from(offsets), nodes, weights };
  }
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Relative volumes that the nodes stand for `[N]`, > 0. */
function nodeVolumes(position: Float32Array, dimensions: number): Float64Array {
  const search = new NearestNodes(position, dimensions);
  const count = position.length / dimensions;
  const volumes = new Float64Array(count);
  let largest = 0;
  for (let node = 0; node < count; node++) {
    const point = position.subarray(node * dimensions, (node + 1) * dimensions);
    let wanted = dimensions + 1;
    let others: readonly number[] = [];
    // Of nodes at one place, none measures the distance to the next place.
    for (; others.length < dimensions && wanted <= 8 * (dimensions + 1); wanted *= 2) {
      others = search.nearestFew(point, wanted).distances.filter((distance) => distance > 0);
    }
    const nearest = others.slice(0, dimensions);
    const mean = nearest.reduce((sum, distance) => sum + distance, 0) / nearest.length;
    volumes[node] = nearest.length === 0 ? 0 : mean ** dimensions;
    largest = Math.max(largest, volumes[node]);
  }
  return volumes.map((volume) => volume > 0 ? volume : largest > 0 ? largest : 1);
}

/** Solves a symmetric system in place by elimination; 0 along directions that are flat. */
function solveSymmetric(matrix: Float64Array, right: Float64Array, size: number): void {
  let trace = 0;
  for (let a = 0; a < size; a++) {
    trace += matrix[a * size + a];
    for (let b = 0; b < a; b++) matrix[b * size + a] = matrix[a * size + b];
  }
  // A small multiple of the identity bounds the solution; it changes regular ones by about 1e-9.
  for (let a = 0; a < size; a++) matrix[a * size + a] += FLAT * trace;
  if (trace === 0) return void right.fill(0);
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      const factor = matrix[b * size + a] / matrix[a * size + a];
      for (let c = a; c < size; c++) matrix[b * size + c] -= factor * matrix[a * size + c];
      right[b] -= factor * right[a];
    }
  }
  for (let a = size - 1; a >= 0; a--) {
    for (let c = a + 1; c < size; c++) right[a] -= matrix[a * size + c] * right[c];
    right[a] /= matrix[a * size + a];
  }
}
