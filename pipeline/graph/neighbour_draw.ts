/**
 * The senders of one receiver: all points in its ball, or a draw from them, uniform or stratified.
 *
 * @module
 */

import type { BallCover } from "./ball_cover.ts";
import { CellIndex } from "./cell_index.ts";
import { CoverPoints } from "./cover_points.ts";
import { PointSet } from "./point_set.ts";
import type { PointTree } from "./point_tree.ts";
import type { KeyedSequence } from "./random.ts";

/** Up to this length, insertion sort is faster than the library sort. */
const SHORT_LIST = 64;

/** An order of the points of a tree. */
interface SpatialOrder {
  /** Rank of each point, from 0 to N - 1. */
  readonly ranks: Uint32Array;
  /** The point of each rank. */
  readonly points: Uint32Array;
}

function orderOfPoints({ nodes }: PointTree, ranks: Uint32Array): SpatialOrder {
  const ofPoints = nodes.map((node) => ranks[node]);
  const points = new Uint32Array(nodes.length);
  ofPoints.forEach((rank, point) => points[rank] = point);
  return { ranks: ofPoints, points };
}

/** Lists or draws the points of balls; one object serves all receivers of a tree. */
export class NeighbourDraw {
  /** Senders of the last receiver, ascending [at least their count]; overwritten by the next. */
  readonly senders: Uint32Array;

  readonly #tree: PointTree;
  readonly #squaredRadius: number;
  readonly #maxEdges: number;
  /** The points of the cover for `fromList`. */
  readonly #listed: CoverPoints;
  readonly #candidates: Uint32Array;
  readonly #drawn: PointSet;
  /** The cells of the cover for `fromCover`. */
  readonly #index: CellIndex;
  #insidePointCount = 0;
  /** Ranks of the points, and the points by rank; undefined for uniform draws. */
  readonly #order: SpatialOrder | undefined;

  /** @param ranks Rank of each node `[N]`, for stratified draws. @default uniform draws */
  constructor(tree: PointTree, radius: number, maxEdges: number, ranks?: Uint32Array) {
    this.#tree = tree;
    this.#order = ranks && orderOfPoints(tree, ranks);
    this.#squaredRadius = radius * radius;
    this.#maxEdges = maxEdges;
    this.senders = new Uint32Array(Math.min(maxEdges, tree.pointCount));
    this.#listed = new CoverPoints(tree);
    this.#candidates = new Uint32Array(tree.pointCount + 1);
    this.#drawn = new PointSet(this.senders.length + 1);
    this.#index = new CellIndex(tree);
  }

  /** Sets the cover for `fromList`. */
  setList(cover: BallCover): void {
    this.#listed.fill(cover);
  }

  /**
   * Selects all points of the ball around `point`, or draws from a list of them.
   *
   * @returns The number of senders.
   */
  fromList(point: number, draws: KeyedSequence): number {
    const candidates = this.#candidates;
    const count = this.#list(point);
    const taken = Math.min(count, this.#maxEdges);
    if (taken < count && this.#order !== undefined) {
      this.#takeStrata(this.#order, count, taken, draws.below(count));
    } else if (taken < count) {
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

  /**
   * Moves every (count / taken)-th of the candidates along the spatial order to the front, from the
   * given start.
   *
   * @param start From 0 to count - 1, in units of 1 / taken of a candidate.
   */
  #takeStrata(
    { ranks, points }: SpatialOrder,
    count: number,
    taken: number,
    start: number,
  ): void {
    const candidates = this.#candidates;
    for (let k = 0; k < count; k++) candidates[k] = ranks[candidates[k]];
    candidates.subarray(0, count).sort();
    for (let k = 0; k < taken; k++) {
      candidates[k] = points[candidates[Math.floor((k * count + start) / taken)]];
    }
  }

  /** Sets the cover for `fromCover`. */
  setCover(cover: BallCover): void {
    this.#index.fill(cover);
    this.#insidePointCount = cover.insidePointCount;
  }

  /**
   * Draws from the cells of the cover by their counts until there are `maxEdges` points. The
   * receiver, earlier points and points outside the ball are rejected, so every set of points in
   * the ball is equally likely.
   *
   * The ball must hold at least `maxEdges` points in addition to `point`.
   *
   * @returns The number of senders.
   */
  fromCover(point: number, draws: KeyedSequence): number {
    const { nodes } = this.#tree;
    const index = this.#index;
    const drawn = this.#drawn;
    const senders = this.senders;
    drawn.clear();
    drawn.add(point);
    let taken = 0;
    while (taken < this.#maxEdges) {
      const number = draws.below(index.pointCount);
      const candidate = index.pointOf(number);
      if (number >= this.#insidePointCount && !this.#inBall(point, candidate)) continue;
      if (drawn.add(candidate)) senders[taken++] = candidate;
    }
    // In a separate loop, cache misses overlap.
    for (let k = 0; k < taken; k++) senders[k] = nodes[senders[k]];
    this.#sort(taken);
    return taken;
  }

  /**
   * Lists the other points in the ball around `point`.
   *
   * @returns The number of points.
   */
  #list(point: number): number {
    const { points } = this.#tree;
    const { count: listedCount, insideCount, numbers, xs, ys, zs } = this.#listed;
    const squaredRadius = this.#squaredRadius;
    const candidates = this.#candidates;
    const x = points[point * 3], y = points[point * 3 + 1], z = points[point * 3 + 2];
    let count = insideCount;
    for (let k = 0; k < insideCount; k++) candidates[k] = numbers[k];
    for (let k = insideCount; k < listedCount; k++) {
      const dx = x - xs[k], dy = y - ys[k], dz = z - zs[k];
      // Written unconditionally and counted if inside: a mispredicted branch costs four times more.
      candidates[count] = numbers[k];
      count += Number(dx * dx + dy * dy + dz * dz <= squaredRadius);
    }
    return this.#without(point, count);
  }

  /**
   * Removes `point` from the first `count` candidates.
   *
   * @returns The number of remaining candidates.
   */
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
