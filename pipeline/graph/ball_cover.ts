/**
 * The cells of a point tree that cover a ball, or the balls around all points of a box.
 *
 * @module
 */

import type { PointTree } from "./point_tree.ts";

/** When a cover is fine enough. */
export interface CoverGoal {
  /** So few points in all that testing each is cheapest. */
  readonly fewPoints: number;
  /** So many points surely inside, and... */
  readonly manyInside: number;
  /** ...at most so many unsure points to each of them, that drawing points and rejecting is cheap. */
  readonly unsurePerInside: number;
  /** So many unsure cells that going on for a whole box costs more than it saves. */
  readonly manyCells: number;
}

/**
 * Cells that hold every point within a radius of a box, told apart by what is known of them: the points of the
 * "inside" cells are within the radius of every point of the box, those of the "unsure" cells need a test.
 *
 * A single point is a box without extent. Squared distances are rounded as those between points are, so no cell is
 * inside whose points would not all pass the test. One object serves many boxes; its lists are overwritten.
 */
export class BallCover {
  readonly insideCells: Uint32Array;
  insideCellCount = 0;
  insidePointCount = 0;
  unsureCells: Uint32Array;
  unsureCellCount = 0;
  unsurePointCount = 0;
  /** Level of the unsure cells. */
  level = 0;

  readonly #tree: PointTree;
  readonly #squaredRadius: number;
  /** Low x, y, z, then high x, y, z of what is covered. */
  readonly #box = new Float64Array(6);
  #nextCells: Uint32Array;

  constructor(tree: PointTree, radius: number) {
    this.#tree = tree;
    this.#squaredRadius = radius * radius;
    const leafCount = 2 ** tree.leafLevel;
    this.insideCells = new Uint32Array(leafCount);
    this.unsureCells = new Uint32Array(leafCount);
    this.#nextCells = new Uint32Array(leafCount);
  }

  /** The number of points in all cells. */
  get pointCount(): number {
    return this.insidePointCount + this.unsurePointCount;
  }

  /** Whether the cover suits drawing points and rejecting those outside. */
  suitsDrawing(goal: CoverGoal): boolean {
    return this.insidePointCount >= goal.manyInside &&
      this.unsurePointCount <= goal.unsurePerInside * this.insidePointCount;
  }

  /** Covers the balls around the points of a cell, from the root down to the level that meets the goal. */
  coverCell(cell: number, goal: CoverGoal): void {
    const { boxes } = this.#tree;
    for (let side = 0; side < 6; side++) this.#box[side] = boxes[cell * 6 + side];
    this.#clear(0);
    this.#sort(0);
    this.#refine(goal);
  }

  /** Covers the ball around a point of a cell, given the cover of that cell. */
  coverPoint(point: number, coarse: BallCover, goal: CoverGoal): void {
    const { points } = this.#tree;
    for (let side = 0; side < 6; side++) this.#box[side] = points[point * 3 + side % 3];
    this.#clear(coarse.level);
    this.insideCells.set(coarse.insideCells.subarray(0, coarse.insideCellCount));
    this.insideCellCount = coarse.insideCellCount;
    this.insidePointCount = coarse.insidePointCount;
    for (let i = 0; i < coarse.unsureCellCount; i++) this.#sort(coarse.unsureCells[i]);
    this.#refine(goal);
  }

  #clear(level: number): void {
    this.level = level;
    this.insideCellCount = this.insidePointCount = 0;
    this.unsureCellCount = this.unsurePointCount = 0;
  }

  /** Replaces the unsure cells by their children, level by level. */
  #refine(goal: CoverGoal): void {
    while (
      this.unsureCellCount > 0 && this.level < this.#tree.leafLevel &&
      this.unsureCellCount < goal.manyCells &&
      this.pointCount > goal.fewPoints && !this.suitsDrawing(goal)
    ) {
      const parents = this.unsureCells;
      const parentCount = this.unsureCellCount;
      this.unsureCells = this.#nextCells;
      this.#nextCells = parents;
      this.unsureCellCount = this.unsurePointCount = 0;
      this.level++;
      for (let i = 0; i < parentCount; i++) {
        this.#sort(2 * parents[i] + 1);
        this.#sort(2 * parents[i] + 2);
      }
    }
  }

  /** Adds a cell to the inside cells, to the unsure ones, or to none. */
  #sort(cell: number): void {
    const { boxes, counts } = this.#tree;
    const box = this.#box;
    const side = cell * 6;
    const belowX = boxes[side] - box[3], aboveX = box[0] - boxes[side + 3];
    const belowY = boxes[side + 1] - box[4], aboveY = box[1] - boxes[side + 4];
    const belowZ = boxes[side + 2] - box[5], aboveZ = box[2] - boxes[side + 5];
    const gapX = belowX > 0 ? belowX : aboveX > 0 ? aboveX : 0;
    const gapY = belowY > 0 ? belowY : aboveY > 0 ? aboveY : 0;
    const gapZ = belowZ > 0 ? belowZ : aboveZ > 0 ? aboveZ : 0;
    if (gapX * gapX + gapY * gapY + gapZ * gapZ > this.#squaredRadius) return;

    // Between their farthest points, cell and box differ by the larger of both, sign reversed.
    const farX = belowX < aboveX ? belowX : aboveX;
    const farY = belowY < aboveY ? belowY : aboveY;
    const farZ = belowZ < aboveZ ? belowZ : aboveZ;
    if (farX * farX + farY * farY + farZ * farZ <= this.#squaredRadius) {
      this.insideCells[this.insideCellCount++] = cell;
      this.insidePointCount += counts[cell];
    } else {
      this.unsureCells[this.unsureCellCount++] = cell;
      this.unsurePointCount += counts[cell];
    }
  }
}
