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
  /** Weights of nodes per pixel; without them a pixel has the value of its node. */
  readonly interpolation?: Interpolation | undefined;
}

/** The value of a pixel as a mean of the values of nodes, linear over a triangle. */
export interface Interpolation {
  /** Number of nodes K of each pixel. */
  readonly count: number;
  /** Nodes per pixel [pixels, K]. */
  readonly nodes: Uint32Array;
  /** Their weights [pixels, K], of sum 1. */
  readonly weights: Float32Array;
}

/** The values at the pixels of a field [N]; NaN outside the mesh. */
export function pixelValues(
  { nodes, interpolation }: Raster,
  values: ArrayLike<number>,
): Float64Array {
  if (interpolation === undefined) {
    return Float64Array.from(nodes, (node) => node < 0 ? NaN : values[node]);
  }
  const { count, nodes: corners, weights } = interpolation;
  return Float64Array.from(nodes, (node, pixel) => {
    if (node < 0) return NaN;
    // Differences, so that a constant field has one value without rounding.
    const first = values[corners[pixel * count]];
    let value = first;
    for (let k = pixel * count + 1; k < (pixel + 1) * count; k++) {
      if (weights[k] !== 0) value += weights[k] * (values[corners[k]] - first);
    }
    return value;
  });
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

/** A corner of a triangle, whose value is a mean of one or two nodes. */
export interface ImageCorner {
  readonly at: ImagePoint;
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
  /** Distance from the eye, for surfaces that hide each other. @default 0 */
  readonly depth?: number | undefined;
}

/** Longer over shorter side of the image of a mesh; a longer mesh is shown with stretched axes. */
export const MAX_ASPECT = 8;

/** Width and height of an image of square pixels, at most `MAX_ASPECT` times as long as wide. */
export function rasterSize(
  { left, right, bottom, top }: MapWindow,
  maxPixels: number,
): { readonly width: number; readonly height: number } {
  const ratio = (right - left) / (top - bottom);
  const aspect = Math.min(MAX_ASPECT, Math.max(1 / MAX_ASPECT, ratio));
  const width = Math.max(1, Math.round(Math.sqrt(maxPixels * aspect)));
  return { width, height: Math.max(1, Math.floor(maxPixels / width)) };
}

/** Whether the axes of an image have different scales. */
export function isStretched({ width, height, extent }: Raster): boolean {
  const { left, right, bottom, top } = extent;
  const ratio = (right - left) / width / ((top - bottom) / height);
  return Math.abs(Math.log(ratio)) > 0.2;
}

/** An image that is filled triangle by triangle; all other pixels are outside the mesh. */
export class TriangleRaster implements Raster {
  readonly width: number;
  readonly height: number;
  readonly nodes: Int32Array;
  readonly extent: MapWindow;
  readonly axes: readonly [string, string];
  readonly interpolation: Interpolation;
  readonly #depths: Float64Array;

  /** @param cornerNodes Largest number of nodes of a corner */
  constructor(
    extent: MapWindow,
    maxPixels: number,
    axes: readonly [string, string],
    cornerNodes = 1,
  ) {
    const { width, height } = rasterSize(extent, maxPixels);
    const pixels = width * height;
    const count = 3 * cornerNodes;
    this.extent = extent;
    this.axes = axes;
    this.width = width;
    this.height = height;
    this.nodes = new Int32Array(pixels).fill(-1);
    this.#depths = new Float64Array(pixels).fill(Infinity);
    this.interpolation = {
      count,
      nodes: new Uint32Array(pixels * count),
      weights: new Float32Array(pixels * count),
    };
  }

  /**
   * Interpolates over the triangle in every pixel whose center lies in it and that shows nothing
   * nearer; its node is the nearest of `candidates`.
   */
  fill(corners: readonly ImageCorner[], candidates: readonly ImageNode[]): void {
    const [ax, ay] = this.#pixel(corners[0].at);
    const [bx, by] = this.#pixel(corners[1].at);
    const [cx, cy] = this.#pixel(corners[2].at);
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
        if (beta < 0 || gamma < 0 || beta + gamma > 1) continue;
        const shares = [1 - beta - gamma, beta, gamma];
        const pixel = y * this.width + x;
        const depth = shares.reduce((sum, share, c) => sum + share * (corners[c].depth ?? 0), 0);
        if (depth > this.#depths[pixel]) continue;
        this.#depths[pixel] = depth;
        this.nodes[pixel] = nearest(candidates, this.#center(x, y));
        this.#setWeights(pixel, corners, shares);
      }
    }
  }

  #setWeights(pixel: number, corners: readonly ImageCorner[], shares: readonly number[]): void {
    const { count, nodes, weights } = this.interpolation;
    weights.fill(0, pixel * count, (pixel + 1) * count);
    let k = pixel * count;
    for (const [c, corner] of corners.entries()) {
      for (const [n, node] of corner.nodes.entries()) {
        nodes[k] = node;
        weights[k] = shares[c] * corner.weights[n];
        k++;
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
