/**
 * Gaussian means and gradients of fields on the nodes of any mesh.
 *
 * @module
 */

import { meansAtPoints, mergeDenseNodes, nodeVolumes, type WeightedPoints } from "./dense_nodes.ts";
import { PointGrid } from "./point_grid.ts";

/** Distance, in standard deviations, beyond which a node has no weight. */
const CUTOFF = 3;

/** The Gaussian there, which is subtracted: a node at the edge counts little either way. */
const EDGE_WEIGHT = Math.exp(-(CUTOFF ** 2) / 2);

/** Sides of the bins in which dense nodes are merged, in standard deviations, by dimension. */
const BIN_SIDES = [0, 1 / 4, 1 / 4, 1 / 2];

/** Coefficients that a stencil holds at once: 8 bytes each, and up to 4 for their points. */
const MAX_COEFFICIENTS = 2 ** 23;

/** Share of its trace below which a direction of a neighbourhood counts as flat. */
const FLAT = 1e-9;

/** Coefficients of the points around some nodes, in rows. */
interface Block {
  readonly firstRow: number;
  /** Start of each row, and the end of the last [rows + 1]. */
  readonly offsets: Uint32Array;
  /** Positions of the points in the order of the grid. */
  readonly points: Uint32Array;
  /** C coefficients of each point. */
  readonly coefficients: Float64Array;
}

/** A linear function of a field at each node, with C components. */
interface Operator {
  readonly components: number;
  /** Writes the coefficients of a node whose search found `count` points. */
  readonly write: (node: number, count: number, coefficients: Float64Array, at: number) => void;
  /** The only block, once it is known to hold all rows. */
  block?: Block | undefined;
}

/**
 * Weights of the nodes around each node of a mesh: a Gaussian of the distance less its value at
 * three standard deviations, where it ends without a jump, times the volume that a node stands for,
 * so that where nodes are dense they count no more than elsewhere. The volume is estimated as a
 * power D of the mean distance to the D nearest nodes at other places, which is the same for all
 * nodes of a regular grid. Where more than eight nodes share a bin of a quarter of the deviation,
 * or of half of it in space, they count as one in their middle.
 *
 * Costs O(N · neighbours) per field, at most 3,600 neighbours in a plane and 7,200 in space however
 * fine the mesh is. Up to 2²³ coefficients are held for the next field.
 */
export class GaussianStencil {
  readonly length: number;
  readonly #position: Float32Array;
  readonly #dimensions: number;
  readonly #volumes: Float64Array;
  readonly #points: WeightedPoints;
  readonly #grid: PointGrid;
  /** Weights of the points in the order of the grid. */
  readonly #pointWeights: Float64Array;
  /** Nodes in the order of their points in the grid, so that neighbours follow each other. */
  readonly #rows: Uint32Array;
  readonly #mean: Operator;
  readonly #gradient: Operator;

  /**
   * @param position Node positions `[N, D]`; referenced, must not change.
   * @param length Standard deviation > 0, in units of the positions
   * @param beat Called many times a second
   */
  constructor(
    position: Float32Array,
    dimensions: number,
    length: number,
    beat: () => void = () => {},
  ) {
    this.length = length;
    this.#position = position;
    this.#dimensions = dimensions;
    this.#volumes = nodeVolumes(position, dimensions, beat);
    const side = BIN_SIDES[dimensions] * length;
    this.#points = mergeDenseNodes(position, dimensions, this.#volumes, side);
    this.#grid = new PointGrid(this.#points.places, CUTOFF * length);
    this.#pointWeights = ordered(this.#points.weights, this.#grid.order);
    this.#rows = rowsOf(this.#points.pointOf, this.#grid.order);
    this.#mean = { components: 1, write: this.#writeWeights.bind(this) };
    this.#gradient = { components: dimensions, write: this.#writeSlopes.bind(this) };
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
    const means = this.#apply(this.#mean, values, beat);
    return means.map((gap, node) => values[node] + gap);
  }

  /**
   * Gradient of a field at each node `[N, D]`: that of the linear function that fits the values
   * around the node best, in weighted least squares. It is exact for linear fields, at a boundary
   * too; along directions in which the nodes do not extend it is 0.
   *
   * @param values Values of the field `[N]`.
   */
  gradient(values: ArrayLike<number>, beat: () => void): Float64Array {
    return this.#apply(this.#gradient, values, beat);
  }

  /** The sums of coefficients times (value − value of the node) `[N, C]`. */
  #apply(operator: Operator, values: ArrayLike<number>, beat: () => void): Float64Array {
    const { components } = operator;
    const atPoints = ordered(
      meansAtPoints(this.#points, this.#volumes, values),
      this.#grid.order,
    );
    const sums = new Float64Array(this.#rows.length * components);
    for (const { firstRow, offsets, points, coefficients } of this.#blocks(operator, beat)) {
      for (let row = 0; row + 1 < offsets.length; row++) {
        const node = this.#rows[firstRow + row];
        // Relative to the node itself, a constant field is exact.
        const own = values[node];
        for (let c = 0; c < components; c++) {
          let sum = 0;
          for (let k = offsets[row]; k < offsets[row + 1]; k++) {
            sum += coefficients[k * components + c] * (atPoints[points[k]] - own);
          }
          sums[node * components + c] = sum;
        }
      }
    }
    return sums;
  }

  /** All rows, in blocks of limited size; a single block is held for the next call. */
  *#blocks(operator: Operator, beat: () => void): Generator<Block> {
    if (operator.block !== undefined) return yield operator.block;
    const rowCount = this.#rows.length;
    for (let firstRow = 0; firstRow < rowCount;) {
      const block = this.#build(operator, firstRow, beat);
      firstRow += block.offsets.length - 1;
      if (block.firstRow === 0 && firstRow === rowCount) operator.block = block;
      yield block;
    }
  }

  #build({ components, write }: Operator, firstRow: number, beat: () => void): Block {
    const position = this.#position;
    const dimensions = this.#dimensions;
    const limit = Math.ceil(MAX_COEFFICIENTS / components);
    const offsets = [0];
    let points = new Uint32Array(1024);
    let coefficients = new Float64Array(1024 * components);
    let count = 0;
    for (let row = firstRow; row < this.#rows.length && count < limit; row++) {
      if (row % 100 === 0) beat();
      const node = this.#rows[row];
      const at = node * dimensions;
      const found = this.#grid.search(
        position[at],
        dimensions > 1 ? position[at + 1] : 0,
        dimensions > 2 ? position[at + 2] : 0,
      );
      if (count + found > points.length) {
        const size = Math.max(2 * points.length, count + found);
        points = grown(points, new Uint32Array(size));
        coefficients = grown(coefficients, new Float64Array(size * components));
      }
      for (let k = 0; k < found; k++) points[count + k] = this.#grid.found[k];
      write(node, found, coefficients, count * components);
      count += found;
      offsets.push(count);
    }
    return { firstRow, offsets: Uint32Array.from(offsets), points, coefficients };
  }

  /** Weights of the points found around a node, whose sum is 1. */
  #writeWeights(_node: number, count: number, weights: Float64Array, at: number): void {
    const { found, squares } = this.#grid;
    const factor = -1 / (2 * this.length ** 2);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const gaussian = Math.max(Math.exp(squares[k] * factor) - EDGE_WEIGHT, 0);
      const weight = this.#pointWeights[found[k]] * gaussian;
      weights[at + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < count; k++) weights[at + k] /= sum;
  }

  /** Coefficients of the slopes of the best linear function around a node. */
  #writeSlopes(node: number, count: number, slopes: Float64Array, at: number): void {
    const dimensions = this.#dimensions;
    const position = this.#position;
    const { found, order } = this.#grid;
    const { places } = this.#points;
    const weights = new Float64Array(count);
    this.#writeWeights(node, count, weights, 0);
    const gapOf = (k: number, axis: number) =>
      places[3 * order[found[k]] + axis] - position[node * dimensions + axis];
    const centre = new Float64Array(dimensions);
    for (let k = 0; k < count; k++) {
      for (let a = 0; a < dimensions; a++) centre[a] += weights[k] * gapOf(k, a);
    }
    const matrix = new Float64Array(dimensions * dimensions);
    for (let k = 0; k < count; k++) {
      for (let a = 0; a < dimensions; a++) {
        const weighted = weights[k] * (gapOf(k, a) - centre[a]);
        slopes[at + k * dimensions + a] = weighted;
        for (let b = 0; b <= a; b++) {
          matrix[a * dimensions + b] += weighted * (gapOf(k, b) - centre[b]);
        }
      }
    }
    const inverse = inverseOf(matrix, dimensions);
    const row = new Float64Array(dimensions);
    for (let k = 0; k < count; k++) {
      const start = at + k * dimensions;
      for (let a = 0; a < dimensions; a++) row[a] = slopes[start + a];
      for (let a = 0; a < dimensions; a++) {
        let sum = 0;
        for (let b = 0; b < dimensions; b++) sum += inverse[a * dimensions + b] * row[b];
        slopes[start + a] = sum;
      }
    }
  }
}

/** Values in the order of the grid. */
function ordered(values: Float64Array, order: Uint32Array): Float64Array {
  return Float64Array.from(order, (point) => values[point]);
}

/** The nodes in the order of their points. */
function rowsOf(pointOf: Uint32Array, order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) places[order[place]] = place;
  const next = new Uint32Array(order.length + 1);
  for (const point of pointOf) next[places[point] + 1]++;
  for (let place = 0; place < order.length; place++) next[place + 1] += next[place];
  const rows = new Uint32Array(pointOf.length);
  for (let node = 0; node < rows.length; node++) rows[next[places[pointOf[node]]]++] = node;
  return rows;
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * The inverse of a symmetric matrix given by its lower half, by elimination; 0 for 0. A small
 * multiple of the identity bounds it; that changes regular ones by about 1e-9.
 */
function inverseOf(matrix: Float64Array, size: number): Float64Array {
  let trace = 0;
  for (let a = 0; a < size; a++) trace += matrix[a * size + a];
  const inverse = new Float64Array(size * size);
  if (!(trace > 0)) return inverse;
  const rest = matrix.slice();
  for (let a = 0; a < size; a++) {
    inverse[a * size + a] = 1;
    rest[a * size + a] += FLAT * trace;
    for (let b = 0; b < a; b++) rest[b * size + a] = rest[a * size + b];
  }
  for (let a = 0; a < size; a++) {
    const pivot = rest[a * size + a];
    for (let c = 0; c < size; c++) {
      rest[a * size + c] /= pivot;
      inverse[a * size + c] /= pivot;
    }
    for (let b = 0; b < size; b++) {
      const factor = rest[b * size + a];
      if (b === a || factor === 0) continue;
      for (let c = 0; c < size; c++) {
        rest[b * size + c] -= factor * rest[a * size + c];
        inverse[b * size + c] -= factor * inverse[a * size + c];
      }
    }
  }
  return inverse;
}
