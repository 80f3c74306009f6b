/**
 * Consecutive numbers for the points of a cover, so that a point can be drawn without a list.
 *
 * @module
 */

import type { BallCover } from "./ball_cover.ts";
import type { PointTree } from "./point_tree.ts";

/**
 * Finds the n-th point of a cover, inside cells first, in constant time on average.
 *
 * A guide table (Chen and Asau, 1974) holds the cell of every 2^shift-th number; a short walk leads
 * from there to the cell of any number. One object serves many covers.
 */
export class CellIndex {
  /** The number of points. */
  pointCount = 0;

  readonly #tree: PointTree;
  /** Number of the first point of each cell, and the point count at the end [cells + 1]. */
  #firsts = new Uint32Array(256);
  /** First point of each cell in the tree [cells]. */
  #starts = new Uint32Array(256);
  /** Cell of number b · 2^shift [at most 2 · cells]. */
  #guide = new Uint32Array(512);
  #shift = 0;

  constructor(tree: PointTree) {
    this.#tree = tree;
  }

  /** Numbers the points of a cover. */
  fill(cover: BallCover): void {
    const { insideCellCount, unsureCellCount } = cover;
    const cellCount = insideCellCount + unsureCellCount;
    if (cellCount >= this.#starts.length) {
      this.#firsts = new Uint32Array(2 * cellCount);
      this.#starts = new Uint32Array(2 * cellCount);
      this.#guide = new Uint32Array(4 * cellCount);
    }
    this.pointCount = 0;
    this.#append(cover.insideCells, insideCellCount, 0);
    this.#append(cover.unsureCells, unsureCellCount, insideCellCount);
    this.#firsts[cellCount] = this.pointCount;

    this.#shift = 0;
    while (this.pointCount / 2 ** this.#shift > 2 * cellCount) this.#shift++;
    for (
      let b = 0, cell = 0, number = 0;
      number < this.pointCount;
      number = ++b * 2 ** this.#shift
    ) {
      while (this.#firsts[cell + 1] <= number) cell++;
      this.#guide[b] = cell;
    }
  }

  /** The point with the given number, from 0 to `pointCount` - 1. */
  pointOf(number: number): number {
    const firsts = this.#firsts;
    let cell = this.#guide[number >>> this.#shift];
    while (firsts[cell + 1] <= number) cell++;
    return this.#starts[cell] + number - firsts[cell];
  }

  #append(cells: Uint32Array, cellCount: number, place: number): void {
    const { starts, counts } = this.#tree;
    for (let c = 0; c < cellCount; c++) {
      this.#firsts[place + c] = this.pointCount;
      this.#starts[place + c] = starts[cells[c]];
      this.pointCount += counts[cells[c]];
    }
  }
}
