/**
 * Triangles as pixels that know their nearest node.
 *
 * @module
 */

import type { MapWindow } from "../report_data.ts";
import type { Raster } from "./raster.ts";

/** A point of the image in the coordinates of the mesh. */
export type ImagePoint = readonly [x: number, y: number];

/** A node that a pixel may show. */
export interface ImageNode {
  readonly node: number;
  readonly at: ImagePoint;
  /** Distance from the plane of the image. @default 0 */
  readonly offset?: number | undefined;
}

/** An image that is filled triangle by triangle; pixels in none stay outside. */
export class TriangleRaster implements Raster {
  readonly width: number;
  readonly height: number;
  readonly nodes: Int32Array;
  readonly extent: MapWindow;
  readonly axes: readonly [string, string];

  /** @param pixelBudget Most pixels */
  constructor(extent: MapWindow, pixelBudget: number, axes: readonly [string, string]) {
    const { left, right, bottom, top } = extent;
    this.extent = extent;
    this.axes = axes;
    this.width = Math.max(1, Math.round(Math.sqrt(pixelBudget * (right - left) / (top - bottom))));
    this.height = Math.max(1, Math.floor(pixelBudget / this.width));
    this.nodes = new Int32Array(this.width * this.height).fill(-1);
  }

  /** Lets every pixel whose center lies in the triangle show the nearest of `candidates`. */
  fill(a: ImagePoint, b: ImagePoint, c: ImagePoint, candidates: readonly ImageNode[]): void {
    const [ax, ay] = this.#pixel(a);
    const [bx, by] = this.#pixel(b);
    const [cx, cy] = this.#pixel(c);
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (area === 0) return;
    const lowX = Math.max(0, Math.ceil(Math.min(ax, bx, cx)));
    const highX = Math.min(this.width - 1, Math.floor(Math.max(ax, bx, cx)));
    const lowY = Math.max(0, Math.ceil(Math.min(ay, by, cy)));
    const highY = Math.min(this.height - 1, Math.floor(Math.max(ay, by, cy)));
    for (let y = lowY; y <= highY; y++) {
      for (let x = lowX; x <= highX; x++) {
        const beta = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area;
        const gamma = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
        if (beta >= 0 && gamma >= 0 && beta + gamma <= 1) {
          this.nodes[y * this.width + x] = nearest(candidates, this.#center(x, y));
        }
      }
    }
  }

  /** In pixels, y down; the center of pixel (i, j) is at (i, j). */
  #pixel([x, y]: ImagePoint): ImagePoint {
    const { left, right, bottom, top } = this.extent;
    return [
      (x - left) / (right - left) * this.width - 0.5,
      (top - y) / (top - bottom) * this.height - 0.5,
    ];
  }

  #center(x: number, y: number): ImagePoint {
    const { left, right, bottom, top } = this.extent;
    return [
      left + (x + 0.5) / this.width * (right - left),
      top - (y + 0.5) / this.height * (top - bottom),
    ];
  }
}

function nearest(candidates: readonly ImageNode[], [x, y]: ImagePoint): number {
  let best = -1, least = Infinity;
  for (const { node, at, offset = 0 } of candidates) {
    const distance = (at[0] - x) ** 2 + (at[1] - y) ** 2 + offset ** 2;
    if (distance < least) [best, least] = [node, distance];
  }
  return best;
}
