/**
 * Exact distances to points, segments and triangles.
 *
 * @module
 */

import type { SurfacePieces } from "./boundary.ts";

/** The maximum number of pieces per leaf of the tree. */
const LEAF_PIECES = 4;

/** Share by which a box may round beyond a piece in it. */
const ROUNDING = 1e-12;

/**
 * A tree of boxes over the pieces of a surface. Construction is O(P log P), a query O(log P) for a
 * surface whose pieces are small next to it.
 */
export class SurfaceDistance {
  readonly #corners: number;
  readonly #points: Float64Array;
  readonly #order: Uint32Array;
  /** Low x, y, z, then high x, y, z of each range of pieces, in the order of the visits. */
  readonly #boxes: Float64Array;
  #x = 0;
  #y = 0;
  #z = 0;
  #square = Infinity;

  /** @param pieces At least one. */
  constructor({ corners, points }: SurfacePieces) {
    const count = points.length / (3 * corners);
    this.#corners = corners;
    this.#points = points;
    this.#order = Uint32Array.from({ length: count }, (_, piece) => piece);
    this.#boxes = new Float64Array(6 * 2 ** (levelsOf(count) + 1));
    this.#build(1, 0, count);
  }

  /**
   * Distances of nodes [N] to the nearest piece, in units of the positions; 0 at a corner.
   *
   * @param position Node positions [N, D].
   * @param beat Called many times a second
   */
  distances(position: Float32Array, dimensions: number, beat: () => void): Float64Array {
    const distances = new Float64Array(position.length / dimensions);
    for (let node = 0; node < distances.length; node++) {
      if (node % 1000 === 0) beat();
      const start = node * dimensions;
      this.#x = position[start];
      this.#y = dimensions > 1 ? position[start + 1] : 0;
      this.#z = dimensions > 2 ? position[start + 2] : 0;
      this.#square = Infinity;
      this.#search(1, 0, this.#order.length);
      distances[node] = Math.sqrt(this.#square);
    }
    return distances;
  }

  /** Writes the boxes of a range of pieces and of its halves, cut along the longest side. */
  #build(box: number, start: number, end: number): void {
    const axis = this.#measure(box, start, end);
    if (end - start <= LEAF_PIECES) return;
    const pieces = this.#order.subarray(start, end);
    pieces.sort((a, b) => this.#middle(a, axis) - this.#middle(b, axis) || a - b);
    const middle = (start + end) >> 1;
    this.#build(2 * box, start, middle);
    this.#build(2 * box + 1, middle, end);
  }

  #middle(piece: number, axis: number): number {
    let sum = 0;
    for (let k = 0; k < this.#corners; k++) {
      sum += this.#points[3 * (piece * this.#corners + k) + axis];
    }
    return sum;
  }

  /** @returns The axis of the longest side. */
  #measure(box: number, start: number, end: number): number {
    const boxes = this.#boxes;
    let longest = 0;
    for (let axis = 0; axis < 3; axis++) {
      let low = Infinity;
      let high = -Infinity;
      for (let k = start; k < end; k++) {
        const first = this.#order[k] * this.#corners;
        for (let corner = first; corner < first + this.#corners; corner++) {
          low = Math.min(low, this.#points[3 * corner + axis]);
          high = Math.max(high, this.#points[3 * corner + axis]);
        }
      }
      boxes[6 * box + axis] = low;
      boxes[6 * box + 3 + axis] = high;
      const side = 6 * box + longest;
      if (high - low > boxes[side + 3] - boxes[side]) longest = axis;
    }
    return longest;
  }

  #search(box: number, start: number, end: number): void {
    if (end - start <= LEAF_PIECES) {
      for (let k = start; k < end; k++) {
        this.#square = Math.min(this.#square, this.#squareTo(this.#order[k]));
      }
      return;
    }
    const middle = (start + end) >> 1;
    const left = this.#squaredGap(2 * box);
    const right = this.#squaredGap(2 * box + 1);
    const leftFirst = left <= right;
    if (leftFirst && left <= this.#square) this.#search(2 * box, start, middle);
    if (right <= this.#square) this.#search(2 * box + 1, middle, end);
    if (!leftFirst && left <= this.#square) this.#search(2 * box, start, middle);
  }

  /** Squared distance to a box, not above that to a piece in it. */
  #squaredGap(box: number): number {
    const boxes = this.#boxes;
    const side = 6 * box;
    const x = Math.max(boxes[side] - this.#x, this.#x - boxes[side + 3], 0);
    const y = Math.max(boxes[side + 1] - this.#y, this.#y - boxes[side + 4], 0);
    const z = Math.max(boxes[side + 2] - this.#z, this.#z - boxes[side + 5], 0);
    return (x * x + y * y + z * z) * (1 - ROUNDING);
  }

  #squareTo(piece: number): number {
    const a = 3 * piece * this.#corners;
    if (this.#corners === 1) return this.#squareToPoint(a);
    if (this.#corners === 2) return this.#squareToSegment(a, a + 3);
    return Math.min(
      this.#squareToSegment(a, a + 3),
      this.#squareToSegment(a + 3, a + 6),
      this.#squareToSegment(a + 6, a),
      this.#squareToPlane(a),
    );
  }

  #squareToPoint(a: number): number {
    const points = this.#points;
    return squareOf(this.#x - points[a], this.#y - points[a + 1], this.#z - points[a + 2]);
  }

  /** Squared distance to the segment between the points at `a` and `b`. */
  #squareToSegment(a: number, b: number): number {
    const points = this.#points;
    const x = this.#x - points[a], y = this.#y - points[a + 1], z = this.#z - points[a + 2];
    const dx = points[b] - points[a];
    const dy = points[b + 1] - points[a + 1];
    const dz = points[b + 2] - points[a + 2];
    const along = x * dx + y * dy + z * dz;
    const square = squareOf(dx, dy, dz);
    if (along <= 0) return squareOf(x, y, z);
    if (along >= square) return this.#squareToPoint(b);
    const share = along / square;
    return squareOf(x - share * dx, y - share * dy, z - share * dz);
  }

  /** Squared distance to the plane of the triangle at `a`; infinite beside the triangle. */
  #squareToPlane(a: number): number {
    const p = this.#points;
    const ux = p[a + 3] - p[a], uy = p[a + 4] - p[a + 1], uz = p[a + 5] - p[a + 2];
    const vx = p[a + 6] - p[a], vy = p[a + 7] - p[a + 1], vz = p[a + 8] - p[a + 2];
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const area = squareOf(nx, ny, nz);
    if (area === 0) return Infinity;
    const x = this.#x - p[a], y = this.#y - p[a + 1], z = this.#z - p[a + 2];
    // Barycentric coordinates of the foot, times the area.
    const v = (uy * z - uz * y) * nx + (uz * x - ux * z) * ny + (ux * y - uy * x) * nz;
    const u = (y * vz - z * vy) * nx + (z * vx - x * vz) * ny + (x * vy - y * vx) * nz;
    if (u < 0 || v < 0 || u + v > area) return Infinity;
    const height = x * nx + y * ny + z * nz;
    return height * height / area;
  }
}

function squareOf(x: number, y: number, z: number): number {
  return x * x + y * y + z * z;
}

/** Levels of halving until a range has at most `LEAF_PIECES` pieces. */
function levelsOf(count: number): number {
  return Math.max(0, Math.ceil(Math.log2(count / LEAF_PIECES)));
}
