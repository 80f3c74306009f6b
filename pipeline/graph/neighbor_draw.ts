/**
 * The senders of one receiver: all points in its ball, or a uniform draw of them.
 *
 * @module
 */

import type { BallCover } from "./ball_cover.ts";
import { CellIndex } from "./cell_index.ts";
import type { PointTree } from "./point_tree.ts";
import type { KeyedSequence } from "./random.ts";

/** Up to here, insertion beats the call of a library sort. */
const SHORT_LIST = 64;

/** Lists or draws the points of balls; one object serves all receivers of a tree. */
export class NeighborDraw {
  /** Senders of the last receiver, ascending [at least their count]; overwritten by the next. */
  readonly senders: Uint32Array;

  readonly #tree: PointTree;
  readonly #squaredRadius: number;
  readonly #maxEdges: number;
  readonly #candidates: Uint32Array;
  /** 1 + the receiver that drew a point last, for each point. */
  readonly #drawnBy: Uint32Array;
  /** The cover that is drawn from. */
  readonly #index: CellIndex;
  #insidePointCount = 0;

  constructor(tree: PointTree, radius: number, maxEdges: number) {
    this.#tree = tree;
    this.#squaredRadius = radius * radius;
    this.#maxEdges = maxEdges;
    this.senders = new Uint32Array(Math.min(maxEdges, tree.pointCount));
    this.#candidates = new Uint32Array(tree.pointCount);
    this.#drawnBy = new Uint32Array(tree.pointCount);
    this.#index = new CellIndex(tree);
  }

  /** Takes all points of the ball around `point`, or draws from a list of them. @returns The number of senders. */
  fromList(point: number, cover: BallCover, draws: KeyedSequence): number {
    const candidates = this.#candidates;
    const count = this.#list(point, cover);
    const taken = Math.min(count, this.#maxEdges);
    if (taken < count) {
      for (let k = 0; k < taken; k++) {
        const j = k + draws.below(count - k);
        const drawn = candidates[j];
        candidates[j] = candidates[k];
        candidates[k] = drawn;
      }
    }
    for (let k = 0; k < taken; k++) this.senders[k] = this.#tree.nodes[candidates[k]];
    this.#sort(taken);
    return taken;
  }

  /** Makes `cover` the one that `fromCover` draws from. */
  setCover(cover: BallCover): void {
    this.#index.fill(cover);
    this.#insidePointCount = cover.insidePointCount;
  }

  /**
   * Draws from the cells of the cover by their counts, until enough points are drawn: rejected are the receiver, points
   * drawn before, and points outside the ball, so every set of points in the ball is equally likely.
   *
   * The ball must hold at least `maxEdges` points besides `point`, and each point may draw but once.
   *
   * @returns The number of senders.
   */
  fromCover(point: number, draws: KeyedSequence): number {
    const { nodes } = this.#tree;
    const index = this.#index;
    const drawnBy = this.#drawnBy;
    drawnBy[point] = point + 1;
    let taken = 0;
    while (taken < this.#maxEdges) {
      const number = draws.below(index.pointCount);
      const candidate = index.pointOf(number);
      if (drawnBy[candidate] === point + 1) continue;
      if (number >= this.#insidePointCount && !this.#inBall(point, candidate)) continue;
      drawnBy[candidate] = point + 1;
      this.senders[taken++] = nodes[candidate];
    }
    this.#sort(taken);
    return taken;
  }

  /** Lists the points in the ball around `point` but itself. @returns Their number. */
  #list(point: number, cover: BallCover): number {
    const { starts, counts, points } = this.#tree;
    const squaredRadius = this.#squaredRadius;
    const candidates = this.#candidates;
    const x = points[point * 3], y = points[point * 3 + 1], z = points[point * 3 + 2];
    let count = 0;
    for (let c = 0; c < cover.insideCellCount; c++) {
      const start = starts[cover.insideCells[c]];
      const end = start + counts[cover.insideCells[c]];
      for (let candidate = start; candidate < end; candidate++) candidates[count++] = candidate;
    }
    for (let c = 0; c < cover.unsureCellCount; c++) {
      const start = starts[cover.unsureCells[c]];
      const end = start + counts[cover.unsureCells[c]];
      for (let candidate = start; candidate < end; candidate++) {
        const dx = x - points[candidate * 3];
        const dy = y - points[candidate * 3 + 1];
        const dz = z - points[candidate * 3 + 2];
        // Written in any case and kept if inside: a wrong guess of the branch would cost more.
        candidates[count] = candidate;
        count += dx * dx + dy * dy + dz * dz <= squaredRadius ? 1 : 0;
      }
    }
    return this.#without(point, count);
  }

  /** Takes `point` out of the first `count` candidates. @returns The number left. */
  #without(point: number, count: number): number {
    const last = count - 1;
    this.#candidates[this.#candidates.indexOf(point)] = this.#candidates[last];
    return last;
  }

  #inBall(a: number, b: number): boolean {
    const { points } = this.#tree;
    const dx = points[a * 3] - points[b * 3];
    const dy = points[a * 3 + 1] - points[b * 3 + 1];
    const dz = points[a * 3 + 2] - points[b * 3 + 2];
    return dx * dx + dy * dy + dz * dz <= this.#squaredRadius;
  }

  #sort(count: number): void {
    const senders = this.senders;
    if (count > SHORT_LIST) {
      senders.subarray(0, count).sort();
      return;
    }
    for (let k = 1; k < count; k++) {
      const sender = senders[k];
      let slot = k;
      for (; slot > 0 && senders[slot - 1] > sender; slot--) senders[slot] = senders[slot - 1];
      senders[slot] = sender;
    }
  }
}
