/**
 * The points of a cover in contiguous arrays, for nodes that test each of them.
 *
 * @module
 */

import type { BallCover } from "./ball_cover.ts";
import type { PointTree } from "./point_tree.ts";

/** Points in the order of their cells, inside cells first. One object serves many covers. */
export class CoverPoints {
  /** The number of points. */
  count = 0;
  /** The number of leading points that are certainly inside. */
  insideCount = 0;
  /** Number of each point in the tree. */
  numbers = new Uint32Array(0);
  /** Coordinates of the points, in the precision of the comparisons. */
  xs = new Float64Array(0);
  ys = new Float64Array(0);
  zs = new Float64Array(0);

  readonly #tree: PointTree;

  constructor(tree: PointTree) {
    this.#tree = tree;
  }

  /** Lists the points of a cover. */
  fill(cover: BallCover): void {
    if (cover.pointCount > this.numbers.length) {
      const length = 2 * cover.pointCount;
      this.numbers = new Uint32Array(length);
      this.xs = new Float64Array(length);
      this.ys = new Float64Array(length);
      this.zs = new Float64Array(length);
    }
    this.count = 0;
    this.#append(cover.insideCells, cover.insideCellCount);
    this.insideCount = this.count;
    this.#append(cover.unsureCells, cover.unsureCellCount);
  }

  #append(cells: Uint32Array, cellCount: number): void {
    const { starts, counts, points } = this.#tree;
    const { numbers, xs, ys, zs } = this;
    let count = this.count;
    for (let c = 0; c < cellCount; c++) {
      const start = starts[cells[c]];
      const end = start + counts[cells[c]];
      for (let point = start; point < end; point++, count++) {
        numbers[count] = point;
        xs[count] = points[point * 3];
        ys[count] = points[point * 3 + 1];
        zs[count] = points[point * 3 + 2];
      }
    }
    this.count = count;
  }
}
