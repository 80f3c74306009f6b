/**
 * The cells of a point tree that cover a ball, or the balls around all points of a box.
 *
 * @module
 */

import type { PointTree } from "./point_tree.ts";

/** Criterion for a sufficiently fine cover. */
export interface CoverGoal {
  /** Up to this number of points it is cheapest to test each. */
  readonly fewPoints: number;
  /** From this number of inside points on, rejection sampling is cheap, provided that... */
  readonly manyInside: number;
  /** ...there are at most this many unsure points per inside point. */
  readonly unsurePerInside: number;
  /** From this number of unsure cells on, refining the cover of a box costs more than it saves. */
  readonly manyCells: number;
}

/**
 * The cells that hold every point within a radius of a box. Points of "inside" cells are within the
 * radius of every point of the box; points of "unsure" cells must be tested.
 *
 * A single point is a box without extent. Squared distances are rounded like those between points,
 * so all points of an inside cell would pass the test. One object serves many boxes; its lists are
 * overwritten.
 */
export class BallCover {
  readonly insideCells: Uint32Array;
  insideCellCount = 0;
  insidePointCount = 0;
  readonly unsureCells: Uint32Array;
  unsureCellCount = 0;
  unsurePointCount = 0;
  /** Level of the unsure cells. */
  level = 0;

  readonly #tree: PointTree;
  readonly #squaredRadius: number;
  /** Low x, y, z, then high x, y, z of what is covered. */
  readonly #box = new Float64Array(6);
  readonly #children: Uint32Array;

  constructor(tree: PointTree, radius: number) {
    this.#tree = tree;
    this.#squaredRadius = radius * radius;
    const leafCount = 2 ** tree.leafLevel;
    this.insideCells = new Uint32Array(leafCount + 1);
    this.unsureCells = new Uint32Array(leafCount + 1);
    this.#children = new Uint32Array(leafCount);
  }

  /** The number of points in all cells. */
  get pointCount(): number {
    return this.insidePointCount + this.unsurePointCount;
  }

  /** Whether rejection sampling from the cover is cheap. */
  suitsDrawing(goal: CoverGoal): boolean {
    return this.insidePointCount >= goal.manyInside &&
      this.unsurePointCount <= goal.unsurePerInside * this.insidePointCount;
  }

  /**
   * Covers the balls around the points of a cell, from the root to the level that meets the goal.
   */
  coverCell(cell: number, goal: CoverGoal): void {
    const { boxes } = this.#tree;
    for (let side = 0; side < 6; side++) this.#box[side] = boxes[cell * 6 + side];
    this.level = this.insideCellCount = this.insidePointCount = 0;
    this.#children[0] = 0;
    this.#sort(this.#children, 1);
    this.#refine(goal);
  }

  /** Covers the ball around a point of a cell, given the cover of that cell. */
  coverPoint(point: number, coarse: BallCover, goal: CoverGoal): void {
    const { points } = this.#tree;
    for (let axis = 0; axis < 3; axis++) {
      this.#box[axis] = this.#box[axis + 3] = points[point * 3 + axis];
    }
    this.level = coarse.level;
    this.insideCellCount = coarse.insideCellCount;
    this.insidePointCount = coarse.insidePointCount;
    for (let c = 0; c < coarse.insideCellCount; c++) this.insideCells[c] = coarse.insideCells[c];
    this.#sort(coarse.unsureCells, coarse.unsureCellCount);
    this.#refine(goal);
  }

  /** Replaces the unsure cells by their children, level by level. */
  #refine(goal: CoverGoal): void {
    const children = this.#children;
    while (
      this.unsureCellCount > 0 && this.level < this.#tree.leafLevel &&
      this.unsureCellCount < goal.manyCells &&
      this.pointCount > goal.fewPoints && !this.suitsDrawing(goal)
    ) {
      const parentCount = this.unsureCellCount;
      for (let c = 0; c < parentCount; c++) {
        children[2 * c] = 2 * this.unsureCells[c] + 1;
        children[2 * c + 1] = 2 * this.unsureCells[c] + 2;
      }
      this.level++;
      this.#sort(children, 2 * parentCount);
    }
  }

  /**
   * Sorts the first `cellCount` of `cells`: inside cells are appended, unsure cells replace the
   * earlier ones, the others are dropped.
   */
  #sort(cells: Uint32Array, cellCount: number): void {
    const { insideCells, unsureCells } = this;
    const { boxes, counts } = this.#tree;
    const squaredRadius = this.#squaredRadius;
    const box = this.#box;
    const lowX = box[0], lowY = box[1], lowZ = box[2];
    const highX = box[3], highY = box[4], highZ = box[5];
    let { insideCellCount, insidePointCount } = this;
    let unsureCellCount = 0;
    let unsurePointCount = 0;
    for (let c = 0; c < cellCount; c++) {
      const cell = cells[c];
      const side = cell * 6;
      const belowX = boxes[side] - highX, aboveX = lowX - boxes[side + 3];
      const belowY = boxes[side + 1] - highY, aboveY = lowY - boxes[side + 4];
      const belowZ = boxes[side + 2] - highZ, aboveZ = lowZ - boxes[side + 5];
      const gapX = Math.max(belowX, aboveX, 0);
      const gapY = Math.max(belowY, aboveY, 0);
      const gapZ = Math.max(belowZ, aboveZ, 0);
      const inReach = Number(gapX * gapX + gapY * gapY + gapZ * gapZ <= squaredRadius);

      // The farthest points of cell and box differ by the lesser of the two gaps, negated.
      const farX = Math.min(belowX, aboveX);
      const farY = Math.min(belowY, aboveY);
      const farZ = Math.min(belowZ, aboveZ);
      const isInside = Number(farX * farX + farY * farY + farZ * farZ <= squaredRadius);

      // Written unconditionally and counted if it belongs: mispredicted branches would cost more.
      const isUnsure = inReach - isInside;
      insideCells[insideCellCount] = unsureCells[unsureCellCount] = cell;
      insideCellCount += isInside;
      insidePointCount += isInside * counts[cell];
      unsureCellCount += isUnsure;
      unsurePointCount += isUnsure * counts[cell];
    }
    this.insideCellCount = insideCellCount;
    this.insidePointCount = insidePointCount;
    this.unsureCellCount = unsureCellCount;
    this.unsurePointCount = unsurePointCount;
  }
}
