/**
 * A mesh of faces as an image: every pixel belongs to the cell it lies in, and bodies stay blank.
 *
 * @module
 */

import { type CellList, faceNodes } from "../flow/mesh_faces.ts";
import type { MapWindow } from "../report_data.ts";
import type { Raster } from "./raster.ts";
import { type ImagePoint, TriangleRaster } from "./triangle_raster.ts";

/**
 * The part of a mesh in two dimensions within `window`, of at most `pixelBudget` pixels. A pixel
 * shows the nearest node of the cell that holds its center.
 *
 * @param position Node positions [N, 2]
 */
export function cellRaster(
  position: ArrayLike<number>,
  cells: CellList,
  window: MapWindow,
  pixelBudget: number,
): Raster {
  const raster = new TriangleRaster(window, pixelBudget, ["x", "y"]);
  for (let cell = 0; cell < cells.offsets.length - 1; cell++) {
    const face = faceNodes(cells, cell)
      .map((node) => ({ node, at: [position[2 * node], position[2 * node + 1]] as ImagePoint }));
    for (let k = 2; k < face.length; k++) raster.fill(face[0].at, face[k - 1].at, face[k].at, face);
  }
  return raster;
}

/**
 * The rectangle around some nodes with a rim on every side, given as a share of its longer side.
 */
export function windowAround(
  position: ArrayLike<number>,
  nodes: Iterable<number>,
  rim: number,
): MapWindow {
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
