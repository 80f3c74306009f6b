/**
 * Search for all points within a fixed distance of a place.
 *
 * @module
 */

/**
 * Points in the cells of a regular grid, each a range of their order. A search visits the points in
 * the 3^D cells around a place.
 */
export class PointGrid {
  /** Number of the point at each position of the order [P]. */
  readonly order: Uint32Array;
  /** Positions in the order of the points found last [at least their count]. */
  found = new Uint32Array(256);
  /** Squared distances of the points found last. */
  squares = new Float64Array(256);

  readonly #squaredRadius: number;
  readonly #low: Float64Array;
  readonly #size: Float64Array;
  readonly #counts: Float64Array;
  /** First position of each cell, and the number of points at the end. */
  readonly #starts: Uint32Array;
  /** Coordinates in the order [P, 3]. */
  readonly #points: Float64Array;

  /**
   * @param points Coordinates [P, 3]; missing ones are 0.
   * @param radius Distance > 0 that is searched.
   */
  constructor(points: Float64Array, radius: number) {
    const count = points.length / 3;
    this.#squaredRadius = radius * radius;
    this.#low = new Float64Array(3).fill(Infinity);
    const high = new Float64Array(3).fill(-Infinity);
    for (let k = 0; k < points.length; k++) {
      const axis = k % 3;
      if (points[k] < this.#low[axis]) this.#low[axis] = points[k];
      if (points[k] > high[axis]) high[axis] = points[k];
    }
    const extents = high.map((value, axis) => value - this.#low[axis]);
    this.#counts = cellCounts(extents, radius, count);
    this.#size = extents.map((extent, axis) => extent / this.#counts[axis] || 1);

    const cells = new Uint32Array(count);
    this.#starts = new Uint32Array(this.#counts[0] * this.#counts[1] * this.#counts[2] + 1);
    for (let k = 0; k < count; k++) {
      const [x, y, z] = [0, 1, 2].map((axis) => this.#indexOf(points[3 * k + axis], axis));
      cells[k] = (z * this.#counts[1] + y) * this.#counts[0] + x;
      this.#starts[cells[k] + 1]++;
    }
    for (let cell = 1; cell < this.#starts.length; cell++) {
      this.#starts[cell] += this.#starts[cell - 1];
    }
    const next = this.#starts.slice();
    this.order = new Uint32Array(count);
    this.#points = new Float64Array(3 * count);
    for (let k = 0; k < count; k++) {
      const place = next[cells[k]]++;
      this.order[place] = k;
      for (let axis = 0; axis < 3; axis++) this.#points[3 * place + axis] = points[3 * k + axis];
    }
  }

  /**
   * Finds the points within the radius of a place.
   *
   * @returns Their number.
   */
  search(x: number, y: number, z: number): number {
    const [columns, rows, layers] = this.#counts;
    const i = this.#indexOf(x, 0);
    const j = this.#indexOf(y, 1);
    const k = this.#indexOf(z, 2);
    const first = Math.max(i - 1, 0);
    const last = Math.min(i + 1, columns - 1);
    let count = 0;
    for (let layer = Math.max(k - 1, 0); layer <= Math.min(k + 1, layers - 1); layer++) {
      for (let row = Math.max(j - 1, 0); row <= Math.min(j + 1, rows - 1); row++) {
        const line = (layer * rows + row) * columns;
        count = this.#collect(this.#starts[line + first], this.#starts[line + last + 1], count, {
          x,
          y,
          z,
        });
      }
    }
    return count;
  }

  /** Appends the points of a range that are within the radius of a place. */
  #collect(
    start: number,
    end: number,
    count: number,
    { x, y, z }: { readonly x: number; readonly y: number; readonly z: number },
  ): number {
    if (count + end - start > this.found.length) this.#grow(2 * (count + end - start));
    const points = this.#points;
    const found = this.found;
    const squares = this.squares;
    const limit = this.#squaredRadius;
    for (let place = start; place < end; place++) {
      const dx = points[3 * place] - x;
      const dy = points[3 * place + 1] - y;
      const dz = points[3 * place + 2] - z;
      const square = dx * dx + dy * dy + dz * dz;
      if (square > limit) continue;
      found[count] = place;
      squares[count++] = square;
    }
    return count;
  }

  #grow(length: number): void {
    const found = new Uint32Array(length);
    found.set(this.found);
    this.found = found;
    const squares = new Float64Array(length);
    squares.set(this.squares);
    this.squares = squares;
  }

  #indexOf(place: number, axis: number): number {
    const index = Math.floor((place - this.#low[axis]) / this.#size[axis]);
    return Math.max(0, Math.min(this.#counts[axis] - 1, index));
  }
}

/** Cells along each axis, not narrower than the radius, at most as many as points in all. */
function cellCounts(extents: Float64Array, radius: number, count: number): Float64Array {
  const counts = extents.map((extent) => Math.max(1, Math.min(count, Math.floor(extent / radius))));
  while (counts[0] * counts[1] * counts[2] > Math.max(count, 1)) {
    const widest = counts.indexOf(Math.max(...counts));
    counts[widest] = Math.ceil(counts[widest] / 2);
  }
  return counts;
}
