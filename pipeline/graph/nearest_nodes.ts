/**
 * The nodes of a mesh nearest to any point, for meshes as uneven as the wall layer of an aerofoil.
 *
 * @module
 */

/** Nodes per leaf of the tree: few enough to compare one by one. */
const LEAF_NODES = 8;

/**
 * A balanced k-d tree over the nodes of a mesh, in two flat arrays.
 *
 * The tree is implicit: `#order` holds the nodes, and the middle of every range is its splitting
 * node. Building costs O(N log N), a query O(log N), whatever the spacing of the nodes; a uniform
 * grid would put a wall layer into one cell. Equal distances go to the smaller node number.
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
  #wanted = 1;

  /**
   * @param position Node positions [N, D]; kept, must not change
   * @param dimensions D
   * @throws {RangeError} when there is no node
   */
  constructor(position: ArrayLike<number>, dimensions: number) {
    this.dimensions = dimensions;
    this.nodeCount = position.length / dimensions;
    if (!Number.isInteger(this.nodeCount) || this.nodeCount < 1) {
      throw new RangeError(
        `Cannot search for nearest nodes as the positions must be [N, ${dimensions}] with N > 0: ` +
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
   * The `count` nodes nearest to `point` [D] (fewer in a smaller mesh), nearest first, with their
   * distances.
   */
  nearestFew(point: ArrayLike<number>, count: number): { nodes: number[]; distances: number[] } {
    this.#point = point;
    this.#nodes = [];
    this.#squares = [];
    this.#wanted = count;
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
      if (high - low > width) [widest, width] = [axis, high - low];
    }
    return widest;
  }

  /**
   * Hoare's selection: the node of rank `wanted` along `axis` goes to its place, smaller ones
   * before it.
   */
  #select(left: number, right: number, wanted: number, axis: number): void {
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
      if (wanted <= j) right = j;
      else if (wanted >= i) left = i;
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
    if (this.#nodes.length === this.#wanted && gap * gap > this.#squares[this.#wanted - 1]) return;
    if (gap < 0) this.#search(middle + 1, end);
    else this.#search(start, middle);
  }

  /** Takes the node among the nearest few if it is nearer than the last of them. */
  #offer(node: number): void {
    let square = 0;
    for (let axis = 0; axis < this.dimensions; axis++) {
      const gap = this.#coordinate(node, axis) - this.#point[axis];
      square += gap * gap;
    }
    const [nodes, squares] = [this.#nodes, this.#squares];
    let place = nodes.length;
    while (
      place > 0 &&
      (square < squares[place - 1] || (square === squares[place - 1] && node < nodes[place - 1]))
    ) place--;
    if (place === this.#wanted) return;
    nodes.splice(place, 0, node);
    squares.splice(place, 0, square);
    if (nodes.length > this.#wanted) {
      nodes.pop();
      squares.pop();
    }
  }

  #coordinate(node: number, axis: number): number {
    return this.#position[node * this.dimensions + axis];
  }
}
