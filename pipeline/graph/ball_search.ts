/**
 * Search for the points of a tree around each of its points: spacing, and neighbours in a ball.
 *
 * @module
 */

import type { PointTree } from "./point_tree.ts";

/** Searches around the points of a tree; one object serves all of them. */
export class BallSearch {
  /** Points found by the last search of a ball, the center included. */
  readonly points: Uint32Array;
  /** Squared distances of these points. */
  readonly squares: Float64Array;

  readonly #tree: PointTree;
  /** Smallest squared distances to points elsewhere, ascending. */
  readonly #smallest: Float64Array;
  #count = 0;
  #bound = 0;
  #x = 0;
  #y = 0;
  #z = 0;

  /**
   * @param rank Rank of the neighbour whose distance is the spacing, from 1
   * @param capacity Largest number of points in a ball; the nearest ones are found
   */
  constructor(tree: PointTree, rank: number, capacity: number) {
    this.#tree = tree;
    this.#smallest = new Float64Array(rank);
    this.points = new Uint32Array(capacity);
    this.squares = new Float64Array(capacity);
  }

  /**
   * The squared distance from a point to the neighbour of the rank among points elsewhere, or to
   * the last one of fewer; 0 if there is none.
   */
  squaredSpacing(point: number): number {
    this.#start(point);
    this.#bound = Infinity;
    this.#visit(0, 0, false);
    return this.#count === 0 ? 0 : this.#smallest[this.#count - 1];
  }

  /**
   * Finds the points within a distance of a point, or the nearest ones up to the capacity; equal
   * distances are ordered by point.
   *
   * @returns The number of points, the center included.
   */
  search(point: number, squaredRadius: number): number {
    this.#start(point);
    this.#bound = squaredRadius;
    this.#visit(0, 0, true);
    return this.#count;
  }

  #start(point: number): void {
    const { points } = this.#tree;
    this.#count = 0;
    this.#x = points[point * 3], this.#y = points[point * 3 + 1], this.#z = points[point * 3 + 2];
  }

  /** Visits the leaves of a cell within the bound, its nearer half first. */
  #visit(cell: number, level: number, isBall: boolean): void {
    if (level === this.#tree.leafLevel) return this.#visitLeaf(cell, isBall);
    const left = 2 * cell + 1, right = 2 * cell + 2;
    const leftGap = this.#squaredGap(left), rightGap = this.#squaredGap(right);
    if (leftGap <= rightGap) {
      if (leftGap <= this.#bound) this.#visit(left, level + 1, isBall);
      if (rightGap <= this.#bound) this.#visit(right, level + 1, isBall);
    } else {
      if (rightGap <= this.#bound) this.#visit(right, level + 1, isBall);
      if (leftGap <= this.#bound) this.#visit(left, level + 1, isBall);
    }
  }

  #visitLeaf(cell: number, isBall: boolean): void {
    const { starts, counts, points } = this.#tree;
    const end = starts[cell] + counts[cell];
    for (let point = starts[cell]; point < end; point++) {
      const dx = this.#x - points[point * 3];
      const dy = this.#y - points[point * 3 + 1];
      const dz = this.#z - points[point * 3 + 2];
      const square = dx * dx + dy * dy + dz * dz;
      if (square > this.#bound) continue;
      if (isBall) this.#add(point, square);
      else if (square > 0) this.#addSpacing(square);
    }
  }

  #addSpacing(square: number): void {
    const smallest = this.#smallest;
    const last = smallest.length - 1;
    if (this.#count > last && square >= smallest[last]) return;
    let slot = Math.min(this.#count, last);
    for (; slot > 0 && smallest[slot - 1] > square; slot--) smallest[slot] = smallest[slot - 1];
    smallest[slot] = square;
    if (this.#count <= last) this.#count++;
    if (this.#count > last) this.#bound = smallest[last];
  }

  #add(point: number, square: number): void {
    if (this.#count < this.points.length) {
      this.points[this.#count] = point;
      this.squares[this.#count++] = square;
      if (this.#count === this.points.length) this.#sift();
      return;
    }
    if (!this.#isFarther(0, point, square)) return;
    this.points[0] = point;
    this.squares[0] = square;
    this.#sink(0);
    this.#bound = this.squares[0];
  }

  /** Whether the point in a slot is farther than another, or as far with a larger number. */
  #isFarther(slot: number, point: number, square: number): boolean {
    return this.squares[slot] > square ||
      (this.squares[slot] === square && this.points[slot] > point);
  }

  /** Orders the points as a heap with the farthest one in slot 0. */
  #sift(): void {
    for (let slot = (this.#count >> 1) - 1; slot >= 0; slot--) this.#sink(slot);
    this.#bound = Math.min(this.#bound, this.squares[0]);
  }

  #sink(start: number): void {
    const { points, squares } = this;
    const point = points[start];
    const square = squares[start];
    let slot = start;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= this.#count) break;
      const next = child + 1;
      if (next < this.#count && this.#isFarther(next, points[child], squares[child])) child = next;
      if (!this.#isFarther(child, point, square)) break;
      points[slot] = points[child];
      squares[slot] = squares[child];
      slot = child;
    }
    points[slot] = point;
    squares[slot] = square;
  }

  #squaredGap(cell: number): number {
    const { boxes } = this.#tree;
    const side = cell * 6;
    const gapX = Math.max(boxes[side] - this.#x, this.#x - boxes[side + 3], 0);
    const gapY = Math.max(boxes[side + 1] - this.#y, this.#y - boxes[side + 4], 0);
    const gapZ = Math.max(boxes[side + 2] - this.#z, this.#z - boxes[side + 5], 0);
    return gapX * gapX + gapY * gapY + gapZ * gapZ;
  }
}
