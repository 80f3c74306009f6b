/**
 * Distances between nodes and their nearest neighbours, by a k-d tree (Bentley, CACM 1975).
 *
 * @module
 */

/** Points of a leaf, which are compared one by one. */
const LEAF_POINTS = 8;

/**
 * The distance of points to the nearest other point.
 *
 * @param points Coordinates [N, D]
 * @param queries Numbers of the points whose distances are requested
 * @param isApart Whether points at the same place are passed over
 * @returns Distance of each query; Infinity if there is no such point
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const line = Float64Array.of(0, 1, 1, 4);
 * assert.deepEqual([...nearestDistances(line, 1, [0, 1, 3])], [1, 1, 3]);
 * ```
 */
export function nearestDistances(
  points: Float64Array,
  dimensions: number,
  queries: ArrayLike<number>,
  isApart = true,
): Float64Array {
  const tree = new PointTree(points, dimensions, isApart);
  return Float64Array.from(queries, (query) => Math.sqrt(tree.nearest(query)));
}

/** Numbers of up to `count` points out of `total`, evenly distributed. */
export function evenSample(total: number, count: number): Uint32Array {
  const size = Math.min(total, count);
  return Uint32Array.from({ length: size }, (_, k) => Math.floor(k * total / size));
}

class PointTree {
  readonly #points: Float64Array;
  readonly #dimensions: number;
  readonly #isApart: boolean;
  /** Points in the order of the tree: the middle of every range splits it. */
  readonly #order: Uint32Array;
  /** The axis along which the range around each middle is split. */
  readonly #axes: Uint8Array;

  constructor(points: Float64Array, dimensions: number, isApart: boolean) {
    this.#isApart = isApart;
    this.#points = points;
    this.#dimensions = dimensions;
    this.#order = Uint32Array.from({ length: points.length / dimensions }, (_, point) => point);
    this.#axes = new Uint8Array(this.#order.length);
    this.#build(0, this.#order.length);
  }

  /** The squared distance of a point to the nearest other one. */
  nearest(point: number): number {
    return this.#search(point, 0, this.#order.length, Infinity);
  }

  #build(start: number, end: number): void {
    if (end - start <= LEAF_POINTS) return;
    const middle = (start + end) >> 1;
    const axis = this.#widestAxis(start, end);
    this.#axes[middle] = axis;
    this.#select(start, end - 1, middle, axis);
    this.#build(start, middle);
    this.#build(middle + 1, end);
  }

  #search(point: number, start: number, end: number, best: number): number {
    if (end - start <= LEAF_POINTS) {
      for (let k = start; k < end; k++) best = this.#closer(point, this.#order[k], best);
      return best;
    }
    const middle = (start + end) >> 1;
    const axis = this.#axes[middle];
    const split = this.#order[middle];
    const gap = this.#at(point, axis) - this.#at(split, axis);
    best = this.#closer(point, split, best);
    best = gap < 0
      ? this.#search(point, start, middle, best)
      : this.#search(point, middle + 1, end, best);
    if (gap * gap > best) return best;
    return gap < 0
      ? this.#search(point, middle + 1, end, best)
      : this.#search(point, start, middle, best);
  }

  #closer(point: number, other: number, best: number): number {
    if (other === point) return best;
    let square = 0;
    for (let axis = 0; axis < this.#dimensions; axis++) {
      square += (this.#at(point, axis) - this.#at(other, axis)) ** 2;
    }
    return square < best && (square > 0 || !this.#isApart) ? square : best;
  }

  #at(point: number, axis: number): number {
    return this.#points[this.#dimensions * point + axis];
  }

  #widestAxis(start: number, end: number): number {
    let widest = 0;
    let width = -1;
    for (let axis = 0; axis < this.#dimensions; axis++) {
      let low = Infinity;
      let high = -Infinity;
      for (let k = start; k < end; k++) {
        const value = this.#at(this.#order[k], axis);
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      if (high - low <= width) continue;
      width = high - low;
      widest = axis;
    }
    return widest;
  }

  /** Moves the points of a range so that the one at `middle` is where sorting would put it. */
  #select(left: number, right: number, middle: number, axis: number): void {
    const order = this.#order;
    while (left < right) {
      const pivot = this.#at(order[(left + right) >> 1], axis);
      let i = left;
      let j = right;
      while (i <= j) {
        while (this.#at(order[i], axis) < pivot) i++;
        while (this.#at(order[j], axis) > pivot) j--;
        if (i > j) break;
        [order[i], order[j]] = [order[j], order[i]];
        i++;
        j--;
      }
      if (middle <= j) right = j;
      else if (middle >= i) left = i;
      else return;
    }
  }
}

/** The least, the median and the largest of some numbers. */
export interface Distribution {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** The distribution of numbers, of which there is at least one. */
export function distributionOf(values: Iterable<number>): Distribution {
  const sorted = Float64Array.from(values).sort();
  return {
    least: sorted[0],
    median: sorted[Math.floor((sorted.length - 1) / 2)],
    most: sorted[sorted.length - 1],
  };
}
