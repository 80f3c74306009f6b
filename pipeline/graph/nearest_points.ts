/**
 * Nearest-neighbour search among the points of a tree.
 *
 * @module
 */

import type { PointTree } from "./point_tree.ts";

/** Finds the nearest neighbours of the points of a tree; one object serves all of them. */
export class NearestPoints {
  /** Senders of the last receiver, ascending [at least their count]; overwritten by the next. */
  readonly senders: Uint32Array;

  readonly #tree: PointTree;
  readonly #squaredRadius: number;
  /** Smallest node of each cell: equal distances are ordered by node number. */
  readonly #firstNodes: Uint32Array;
  /** Nodes found, nearest first, and their squared distances. */
  readonly #found: Uint32Array;
  readonly #squares: Float64Array;
  #foundCount = 0;
  /** The point of the receiver, and its position. */
  #point = 0;
  #x = 0;
  #y = 0;
  #z = 0;

  constructor(tree: PointTree, radius: number, maxEdges: number) {
    const capacity = Math.min(maxEdges, Math.max(tree.pointCount - 1, 0));
    this.#tree = tree;
    this.#squaredRadius = radius * radius;
    this.#firstNodes = firstNodes(tree);
    this.#found = new Uint32Array(capacity);
    this.#squares = new Float64Array(capacity);
    this.senders = new Uint32Array(capacity);
  }

  /**
   * Finds the nearest neighbours of `point`.
   *
   * @returns The number of senders.
   */
  search(point: number): number {
    const { points } = this.#tree;
    this.#foundCount = 0;
    this.#point = point;
    this.#x = points[point * 3], this.#y = points[point * 3 + 1], this.#z = points[point * 3 + 2];
    if (this.#found.length > 0) this.#visit(0, this.#squaredGap(0), 0);
    const senders = this.senders.subarray(0, this.#foundCount);
    senders.set(this.#found.subarray(0, this.#foundCount));
    senders.sort();
    return this.#foundCount;
  }

  /** Searches a cell at a squared distance, its nearer half first. */
  #visit(cell: number, squaredGap: number, level: number): void {
    if (!this.#precedesLast(squaredGap, this.#firstNodes[cell])) return;
    if (level === this.#tree.leafLevel) return this.#visitLeaf(cell);
    const left = 2 * cell + 1, right = 2 * cell + 2;
    const leftGap = this.#squaredGap(left), rightGap = this.#squaredGap(right);
    const leftFirst = leftGap < rightGap ||
      (leftGap === rightGap && this.#firstNodes[left] < this.#firstNodes[right]);
    if (leftFirst) {
      this.#visit(left, leftGap, level + 1);
      this.#visit(right, rightGap, level + 1);
    } else {
      this.#visit(right, rightGap, level + 1);
      this.#visit(left, leftGap, level + 1);
    }
  }

  #visitLeaf(cell: number): void {
    const { starts, counts, points, nodes } = this.#tree;
    const x = this.#x, y = this.#y, z = this.#z;
    const end = starts[cell] + counts[cell];
    for (let candidate = starts[cell]; candidate < end; candidate++) {
      const dx = x - points[candidate * 3];
      const dy = y - points[candidate * 3 + 1];
      const dz = z - points[candidate * 3 + 2];
      const square = dx * dx + dy * dy + dz * dz;
      if (candidate !== this.#point && this.#precedesLast(square, nodes[candidate])) {
        this.#insert(nodes[candidate], square);
      }
    }
  }

  /** Whether a node belongs to the nearest found so far. */
  #precedesLast(square: number, node: number): boolean {
    const last = this.#found.length - 1;
    if (this.#foundCount <= last) return square <= this.#squaredRadius;
    return square < this.#squares[last] ||
      (square === this.#squares[last] && node < this.#found[last]);
  }

  /** Puts a node in its place, and the last out if there are too many. */
  #insert(node: number, square: number): void {
    const found = this.#found;
    const squares = this.#squares;
    let slot = Math.min(this.#foundCount, found.length - 1);
    for (; slot > 0; slot--) {
      const before = squares[slot - 1];
      if (before < square || (before === square && found[slot - 1] < node)) break;
      squares[slot] = before;
      found[slot] = found[slot - 1];
    }
    squares[slot] = square;
    found[slot] = node;
    if (this.#foundCount < found.length) this.#foundCount++;
  }

  /** Squared distance from the receiver to the box of a cell, rounded like one between points. */
  #squaredGap(cell: number): number {
    const { boxes } = this.#tree;
    const side = cell * 6;
    const gapX = Math.max(boxes[side] - this.#x, this.#x - boxes[side + 3], 0);
    const gapY = Math.max(boxes[side + 1] - this.#y, this.#y - boxes[side + 4], 0);
    const gapZ = Math.max(boxes[side + 2] - this.#z, this.#z - boxes[side + 5], 0);
    return gapX * gapX + gapY * gapY + gapZ * gapZ;
  }
}

/** The smallest node of each cell. */
function firstNodes({ leafLevel, nodes, starts, counts }: PointTree): Uint32Array {
  const leafStart = 2 ** leafLevel - 1;
  const smallest = new Uint32Array(starts.length).fill(0xffffffff);
  for (let cell = smallest.length - 1; cell >= 0; cell--) {
    if (cell >= leafStart) {
      const end = starts[cell] + counts[cell];
      for (let point = starts[cell]; point < end; point++) {
        smallest[cell] = Math.min(smallest[cell], nodes[point]);
      }
    } else {
      smallest[cell] = Math.min(smallest[2 * cell + 1], smallest[2 * cell + 2]);
    }
  }
  return smallest;
}
