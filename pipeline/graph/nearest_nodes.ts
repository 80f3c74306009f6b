/**
 * Search for the mesh nodes nearest to any point, in meshes as uneven as an aerofoil's wall layer.
 *
 * @module
 */

/** The maximum number of nodes per leaf of the tree, which are compared one by one. */
const LEAF_NODES = 8;

/**
 * A balanced k-d tree over the nodes of a mesh, in two flat arrays.
 *
 * The tree is implicit: `#order` holds the nodes, and the middle of every range is its splitting
 * node. Construction is O(N log N), a query O(log N), at any spacing of the nodes; a uniform grid
 * would put a wall layer into one cell. Of nodes at equal distances the smaller number comes first.
 */
export class NearestNodes {
  readonly dimensions: number;
  readonly nodeCount: number;
  readonly #position: ArrayLike<number>;
  readonly #order: Uint32Array;
  readonly #axes: Uint8Array;
  #point: ArrayLike<number> = [];
  #nodes: number[] = [];
  #squares: number[] = [];
  #maxCount = 1;

  /**
   * @param position Node positions [N, D]; referenced, must not change.
   * @param dimensions Space dimensions D.
   * @throws {RangeError} If there is no node.
   */
  constructor(position: ArrayLike<number>, dimensions: number) {
    this.dimensions = dimensions;
    this.nodeCount = position.length / dimensions;
    if (!Number.isInteger(this.nodeCount) || this.nodeCount < 1) {
      throw new RangeError(
        `Cannot search for nearest nodes: positions must be [N, ${dimensions}] with N > 0, ` +
          `received ${position.length} values`,
      );
    }
    this.#position = position;
    this.#order = Uint32Array.from({ length: this.nodeCount }, (_, node) => node);
    this.#axes = new Uint8Array(this.nodeCount);
    this.#build(0, this.nodeCount);
  }

  /** The number of the node nearest to `point` [D]. */
  nearest(point: ArrayLike<number>): number {
    return this.nearestFew(point, 1).nodes[0];
  }

  /**
   * The `count` nodes nearest to `point` [D] with their distances, nearest first; fewer in a
   * smaller mesh.
   */
  nearestFew(point: ArrayLike<number>, count: number): { nodes: number[]; distances: number[] } {
    this.#point = point;
    this.#nodes = [];
    this.#squares = [];
    this.#maxCount = count;
    this.#search(0, this.nodeCount);
    return { nodes: this.#nodes, distances: this.#squares.map(Math.sqrt) };
  }

  #build(start: number, end: number): void {
    if (end - start <= LEAF_NODES) return;
    const middle = (start + end) >> 1;
    const axis = this.#widestAxis(start, end);
    this.#axes[middle] = axis;
    this.#select(start, end - 1, middle, axis);
    this.#build(start, middle);
    this.#build(middle + 1, end);
  }

  #widestAxis(start: number, end: number): number {
    let widest = 0;
    let width = -1;
    for (let axis = 0; axis < this.dimensions; axis++) {
      let low = Infinity;
      let high = -Infinity;
      for (let k = start; k < end; k++) {
        const x = this.#coordinate(this.#order[k], axis);
        if (x < low) low = x;
        if (x > high) high = x;
      }
      if (high - low > width) {
        widest = axis;
        width = high - low;
      }
    }
    return widest;
  }

  /**
   * Hoare's selection: moves the node of rank `middle` along `axis` to its position, smaller ones
   * before it.
   */
  #select(left: number, right: number, middle: number, axis: number): void {
    const order = this.#order;
    while (left < right) {
      const pivot = this.#coordinate(order[(left + right) >> 1], axis);
      let i = left;
      let j = right;
      while (i <= j) {
        while (this.#coordinate(order[i], axis) < pivot) i++;
        while (this.#coordinate(order[j], axis) > pivot) j--;
        if (i <= j) {
          const node = order[i];
          order[i++] = order[j];
          order[j--] = node;
        }
      }
      if (middle <= j) right = j;
      else if (middle >= i) left = i;
      else return;
    }
  }

  #search(start: number, end: number): void {
    if (end - start <= LEAF_NODES) {
      for (let k = start; k < end; k++) this.#offer(this.#order[k]);
      return;
    }
    const middle = (start + end) >> 1;
    const axis = this.#axes[middle];
    const gap = this.#point[axis] - this.#coordinate(this.#order[middle], axis);
    this.#offer(this.#order[middle]);
    if (gap < 0) this.#search(start, middle);
    else this.#search(middle + 1, end);
    if (this.#nodes.length === this.#maxCount && gap * gap > this.#squares[this.#maxCount - 1]) {
      return;
    }
    if (gap < 0) this.#search(middle + 1, end);
    else this.#search(start, middle);
  }

  /** Inserts the node into the nearest few if it is nearer than the last of them. */
  #offer(node: number): void {
    let square = 0;
    for (let axis = 0; axis < this.dimensions; axis++) {
      const gap = this.#coordinate(node, axis) - this.#point[axis];
      square += gap * gap;
    }
    const nodes = this.#nodes;
    const squares = this.#squares;
    let slot = nodes.length;
    while (
      slot > 0 &&
      (square < squares[slot - 1] || (square === squares[slot - 1] && node < nodes[slot - 1]))
    ) slot--;
    if (slot === this.#maxCount) return;
    nodes.splice(slot, 0, node);
    squares.splice(slot, 0, square);
    if (nodes.length > this.#maxCount) {
      nodes.pop();
      squares.pop();
    }
  }

  #coordinate(node: number, axis: number): number {
    return this.#position[node * this.dimensions + axis];
  }
}
