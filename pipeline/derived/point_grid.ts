/**
 * Search for all nodes within a fixed distance of a node.
 *
 * @module
 */

/** Cells along one axis. */
const MAX_CELLS = 128;

/** Nodes of a mesh in the cells of a regular grid. */
export class PointGrid {
  readonly #position: Float32Array;
  readonly #dimensions: number;
  readonly #radius: number;
  readonly #low: Float64Array;
  readonly #size: Float64Array;
  readonly #counts: readonly number[];
  /** First node of each cell in `#nodes`, and their number at the end. */
  readonly #starts: Uint32Array;
  readonly #nodes: Uint32Array;

  /**
   * @param position Node positions `[N, D]`; referenced, must not change.
   * @param radius Distance > 0 that is searched
   */
  constructor(position: Float32Array, dimensions: number, radius: number) {
    this.#position = position;
    this.#dimensions = dimensions;
    this.#radius = radius;
    const high = new Float64Array(dimensions).fill(-Infinity);
    this.#low = new Float64Array(dimensions).fill(Infinity);
    for (let k = 0; k < position.length; k++) {
      const axis = k % dimensions;
      this.#low[axis] = Math.min(this.#low[axis], position[k]);
      high[axis] = Math.max(high[axis], position[k]);
    }
    const extents = high.map((value, axis) => value - this.#low[axis]);
    this.#counts = Array.from(
      extents,
      (extent) => Math.max(1, Math.min(MAX_CELLS, Math.floor(extent / radius))),
    );
    this.#size = extents.map((extent, axis) => extent / this.#counts[axis] || 1);
    const cellCount = this.#counts.reduce((product, count) => product * count, 1);
    const nodeCount = position.length / dimensions;
    const cells = Uint32Array.from({ length: nodeCount }, (_, node) => this.#cellOf(node));
    this.#starts = new Uint32Array(cellCount + 1);
    for (const cell of cells) this.#starts[cell + 1]++;
    for (let cell = 0; cell < cellCount; cell++) this.#starts[cell + 1] += this.#starts[cell];
    const next = this.#starts.slice();
    this.#nodes = new Uint32Array(nodeCount);
    cells.forEach((cell, node) => this.#nodes[next[cell]++] = node);
  }

  /** The nodes within the radius of a node, itself included. */
  within(node: number): readonly number[] {
    const found: number[] = [];
    const dimensions = this.#dimensions;
    const limit = this.#radius ** 2;
    const last = [0, 0, 0].map((_, axis) => axis < dimensions ? 1 : 0);
    const at = [0, 1, 2].map((axis) => axis < dimensions ? this.#indexOf(node, axis) : 0);
    const counts = [0, 1, 2].map((axis) => axis < dimensions ? this.#counts[axis] : 1);
    for (let i = at[0] - last[0]; i <= at[0] + last[0]; i++) {
      for (let j = at[1] - last[1]; j <= at[1] + last[1]; j++) {
        for (let k = at[2] - last[2]; k <= at[2] + last[2]; k++) {
          if (Math.min(i, j, k) < 0 || i >= counts[0] || j >= counts[1] || k >= counts[2]) continue;
          this.#collect((k * counts[1] + j) * counts[0] + i, node, limit, found);
        }
      }
    }
    return found;
  }

  #collect(cell: number, node: number, limit: number, found: number[]): void {
    const dimensions = this.#dimensions;
    const position = this.#position;
    for (let k = this.#starts[cell]; k < this.#starts[cell + 1]; k++) {
      const other = this.#nodes[k];
      let square = 0;
      for (let d = 0; d < dimensions; d++) {
        square += (position[other * dimensions + d] - position[node * dimensions + d]) ** 2;
      }
      if (square <= limit) found.push(other);
    }
  }

  #indexOf(node: number, axis: number): number {
    const place = this.#position[node * this.#dimensions + axis] - this.#low[axis];
    return Math.min(this.#counts[axis] - 1, Math.floor(place / this.#size[axis]));
  }

  #cellOf(node: number): number {
    let cell = 0;
    for (let axis = this.#dimensions - 1; axis >= 0; axis--) {
      cell = cell * this.#counts[axis] + this.#indexOf(node, axis);
    }
    return cell;
  }
}
