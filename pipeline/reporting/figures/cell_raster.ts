/**
 * A mesh of faces as an image: every pixel belongs to the cell it lies in, and bodies stay blank.
 *
 * @module
 */

import { type CellList, faceNodes } from "../cells.ts";
import type { MapWindow } from "../report_data.ts";
import type { Raster } from "./raster.ts";

/**
 * The part of a mesh in two dimensions within `window`, of at most `pixelBudget` pixels. A pixel shows the nearest node
 * of the cell that holds its center.
 *
 * @param position Node positions [N, 2]
 */
export function cellRaster(
  position: ArrayLike<number>,
  cells: CellList,
  window: MapWindow,
  pixelBudget: number,
): Raster {
  const { left, right, bottom, top } = window;
  const width = Math.max(1, Math.round(Math.sqrt(pixelBudget * (right - left) / (top - bottom))));
  const height = Math.max(1, Math.floor(pixelBudget / width));
  const nodes = new Int32Array(width * height).fill(-1);
  // Positions in pixels, y down; the center of pixel (i, j) is at (i, j).
  const xOf = (node: number) => (position[2 * node] - left) / (right - left) * width - 0.5;
  const yOf = (node: number) => (top - position[2 * node + 1]) / (top - bottom) * height - 0.5;
  for (let cell = 0; cell < cells.offsets.length - 1; cell++) {
    const face = faceNodes(cells, cell);
    for (let k = 2; k < face.length; k++) fillTriangle([face[0], face[k - 1], face[k]], face);
  }
  return { width, height, nodes, extent: window, axes: ["x", "y"] };

  function fillTriangle(corners: readonly number[], face: readonly number[]): void {
    const [ax, bx, cx] = corners.map(xOf), [ay, by, cy] = corners.map(yOf);
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    if (area === 0) return;
    const lowX = Math.max(0, Math.ceil(Math.min(ax, bx, cx)));
    const highX = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx)));
    const lowY = Math.max(0, Math.ceil(Math.min(ay, by, cy)));
    const highY = Math.min(height - 1, Math.floor(Math.max(ay, by, cy)));
    for (let y = lowY; y <= highY; y++) {
      for (let x = lowX; x <= highX; x++) {
        const b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area;
        const c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
        if (b >= 0 && c >= 0 && b + c <= 1) nodes[y * width + x] = nearest(face, x, y);
      }
    }
  }

  function nearest(face: readonly number[], x: number, y: number): number {
    let best = face[0], least = Infinity;
    for (const node of face) {
      const distance = (xOf(node) - x) ** 2 + (yOf(node) - y) ** 2;
      if (distance < least) [best, least] = [node, distance];
    }
    return best;
  }
}

/** The rectangle around some nodes with a rim on every side, given as a share of its longer side. */
export function windowAround(position: ArrayLike<number>, nodes: Iterable<number>, rim: number): MapWindow {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const node of nodes) {
    left = Math.min(left, position[2 * node]);
    right = Math.max(right, position[2 * node]);
    bottom = Math.min(bottom, position[2 * node + 1]);
    top = Math.max(top, position[2 * node + 1]);
  }
  const margin = rim * Math.max(right - left, top - bottom);
  return { left: left - margin, right: right + margin, bottom: bottom - margin, top: top + margin };
}
