/**
 * Images of node numbers.
 *
 * @module
 */

import type { MapWindow } from "../report_data.ts";

/** An image of node numbers. y points up: the first row is the upper edge. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Node per pixel, row by row from the top; −1 outside the mesh. */
  readonly nodes: Int32Array;
  /** Coordinates of the outer edges of the image. */
  readonly extent: MapWindow;
  /** Names of the coordinates to the right and upwards. */
  readonly axes: readonly [string, string];
}

/** A point of the image in mesh coordinates. */
export type ImagePoint = readonly [x: number, y: number];

/** A node that a pixel may show. */
export interface ImageNode {
  readonly node: number;
  readonly at: ImagePoint;
  /** Distance from the plane of the image. @default 0 */
  readonly offset?: number | undefined;
}

/** Width and height of an image of square pixels. */
export function rasterSize(
  { left, right, bottom, top }: MapWindow,
  maxPixels: number,
): { readonly width: number; readonly height: number } {
  const aspect = (right - left) / (top - bottom);
  const width = Math.max(1, Math.round(Math.sqrt(maxPixels * aspect)));
  return { width, height: Math.max(1, Math.floor(maxPixels / width)) };
}

/** An image that is filled triangle by triangle; all other pixels are outside the mesh. */
export class TriangleRaster implements Raster {
  readonly width: number;
  readonly height: number;
  readonly nodes: Int32Array;
  readonly extent: MapWindow;
  readonly axes: readonly [string, string];

  constructor(extent: MapWindow, maxPixels: number, axes: readonly [string, string]) {
    const { width, height } = rasterSize(extent, maxPixels);
    this.extent = extent;
    this.axes = axes;
    this.width = width;
    this.height = height;
    this.nodes = new Int32Array(width * height).fill(-1);
  }

  /** Makes every pixel whose center lies in the triangle show the nearest of `candidates`. */
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
  let nearestNode = -1;
  let leastSquare = Infinity;
  for (const { node, at, offset = 0 } of candidates) {
    const square = (at[0] - x) ** 2 + (at[1] - y) ** 2 + offset ** 2;
    if (square >= leastSquare) continue;
    nearestNode = node;
    leastSquare = square;
  }
  return nearestNode;
}
