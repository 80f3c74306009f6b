/**
 * Meshes with cells as images: every pixel belongs to the cell that holds its center, whose values
 * are interpolated linearly over triangles or tetrahedra. Bodies and the outside stay blank.
 *
 * @module
 */

import { type CellList, outlineNodes } from "../flow/mesh_faces.ts";
import type { MapWindow } from "../report_data.ts";
import {
  type ImageCorner,
  type ImageNode,
  type ImagePoint,
  type Raster,
  TriangleRaster,
} from "./raster.ts";

/** A plane across one of the last two axes. */
export interface CutPlane {
  readonly axis: 1 | 2;
  readonly value: number;
}

/** VTK types of quadratic solids, which are drawn by their corners, and their linear types. */
const LINEAR_TYPES: Readonly<Record<number, number>> = {
  24: 10,
  25: 12,
  26: 13,
  27: 14,
  29: 12,
  32: 13,
  33: 12,
  37: 14,
};

/** The tetrahedra that make up a cell of each VTK type, by the places of its nodes. */
const TETRAHEDRA: Readonly<Record<number, readonly (readonly [number, number, number, number])[]>> =
  {
    // Tetrahedron, voxel, hexahedron, wedge, pyramid; a voxel lists its nodes row by row.
    10: [[0, 1, 2, 3]],
    11: [[0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7], [0, 5, 1, 7]],
    12: [[0, 1, 2, 6], [0, 2, 3, 6], [0, 3, 7, 6], [0, 7, 4, 6], [0, 4, 5, 6], [0, 5, 1, 6]],
    13: [[0, 1, 2, 5], [0, 1, 5, 4], [0, 4, 5, 3]],
    14: [[0, 1, 2, 4], [0, 2, 3, 4]],
  };

/** Whether `sliceRaster` can cut cells of a VTK type. */
export function isSolid(type: number): boolean {
  return (LINEAR_TYPES[type] ?? type) in TETRAHEDRA;
}

/** Whether `cellRaster` and `surfaceRaster` can draw at least one of the cells. */
export function hasFaces(cells: CellList): boolean {
  for (let cell = 0; cell < cells.types.length; cell++) {
    if (outlineNodes(cells, cell).length > 2) return true;
  }
  return false;
}

/**
 * The part of a mesh in two dimensions within `window`, of at most `maxPixels` pixels.
 *
 * @param position Node positions [N, 2]
 */
export function cellRaster(
  position: ArrayLike<number>,
  cells: CellList,
  window: MapWindow,
  maxPixels: number,
): Raster {
  const raster = new TriangleRaster(window, maxPixels, ["x", "y"]);
  for (let cell = 0; cell < cells.offsets.length - 1; cell++) {
    const face = outlineNodes(cells, cell)
      .map((node) => ({ node, at: [position[2 * node], position[2 * node + 1]] as ImagePoint }));
    fillFace(raster, face.map(({ node, at }) => ({ node, at, nodes: [node], weights: [1] })));
  }
  return raster;
}

/**
 * A surface in three dimensions as seen along an axis, of at most `maxPixels` pixels: from above
 * (axis 2) or from the front (axis 1, against y). Parts that others hide are not drawn.
 *
 * @param position Node positions [N, 3]
 */
export function surfaceRaster(
  position: ArrayLike<number>,
  cells: CellList,
  axis: 1 | 2,
  window: MapWindow,
  maxPixels: number,
): Raster {
  const up = axis === 2 ? 1 : 2;
  const raster = new TriangleRaster(window, maxPixels, ["x", up === 2 ? "z" : "y"]);
  for (let cell = 0; cell < cells.types.length; cell++) {
    const face = outlineNodes(cells, cell).map((node) => {
      const at: ImagePoint = [position[3 * node], position[3 * node + up]];
      const along = position[3 * node + axis];
      return { node, at, nodes: [node], weights: [1], depth: axis === 2 ? -along : along };
    });
    fillFace(raster, face);
  }
  return raster;
}

/** Fills a face triangle by triangle. */
function fillFace(raster: TriangleRaster, face: readonly (ImageCorner & ImageNode)[]): void {
  for (const [a, b, c] of triangles(face.map(({ at }) => at))) {
    raster.fill([face[a], face[b], face[c]], face);
  }
}

/** Triangles of a polygon by the places of its corners: ears are cut off one by one. */
function triangles(points: readonly ImagePoint[]): (readonly [number, number, number])[] {
  const found: (readonly [number, number, number])[] = [];
  const left = [...points.keys()];
  const turn = (a: number, b: number, c: number) =>
    (points[b][0] - points[a][0]) * (points[c][1] - points[a][1]) -
    (points[c][0] - points[a][0]) * (points[b][1] - points[a][1]);
  const area = points.slice(2).reduce((sum, _, k) => sum + turn(0, k + 1, k + 2), 0);
  const side = area < 0 ? -1 : 1;
  const turnAt = (k: number) => {
    const before = left[(k + left.length - 1) % left.length];
    return side * turn(before, left[k], left[(k + 1) % left.length]);
  };
  const isEar = (k: number) => {
    const a = left[(k + left.length - 1) % left.length];
    const b = left[k];
    const c = left[(k + 1) % left.length];
    if (turnAt(k) < 0) return false;
    return left.every((p, place) => {
      if (p === a || p === b || p === c) return true;
      // The corner of a notch may touch the side that would cut it off.
      const least = Math.min(side * turn(a, b, p), side * turn(b, c, p), side * turn(c, a, p));
      return least < 0 || (least === 0 && turnAt(place) >= 0);
    });
  };
  while (left.length > 3) {
    // A polygon that crosses itself may have no ear.
    const ear = Math.max(0, left.findIndex((_, k) => isEar(k)));
    const before = (ear + left.length - 1) % left.length;
    found.push([left[before], left[ear], left[(ear + 1) % left.length]]);
    left.splice(ear, 1);
  }
  if (left.length === 3) found.push([left[0], left[1], left[2]]);
  return found;
}

/**
 * The cut of a plane through a mesh in three dimensions, of at most `maxPixels` pixels.
 *
 * @param position Node positions [N, 3]
 */
export function sliceRaster(
  position: ArrayLike<number>,
  { connectivity, offsets, types }: CellList,
  { axis, value }: CutPlane,
  window: MapWindow,
  maxPixels: number,
): Raster {
  const up = axis === 2 ? 1 : 2;
  const raster = new TriangleRaster(window, maxPixels, ["x", up === 2 ? "z" : "y"], 2);
  for (let cell = 0; cell < types.length; cell++) {
    const tetrahedra = TETRAHEDRA[LINEAR_TYPES[types[cell]] ?? types[cell]];
    if (tetrahedra === undefined) continue;
    let low = Infinity;
    let high = -Infinity;
    for (let k = offsets[cell]; k < offsets[cell + 1]; k++) {
      const offset = position[3 * connectivity[k] + axis] - value;
      low = Math.min(low, offset);
      high = Math.max(high, offset);
    }
    // Of two cells that share a face on the plane, the one below it shows that face.
    if (low >= 0 || high < 0) continue;
    const nodes: CutNode[] = [];
    for (let k = offsets[cell]; k < offsets[cell + 1]; k++) {
      const node = connectivity[k];
      const at: ImagePoint = [position[3 * node], position[3 * node + up]];
      nodes.push({ node, at, offset: position[3 * node + axis] - value });
    }
    for (const places of tetrahedra) {
      const cut = cutTetrahedron(places.map((place) => nodes[place]));
      for (let k = 2; k < cut.length; k++) raster.fill([cut[0], cut[k - 1], cut[k]], nodes);
    }
  }
  return raster;
}

/** A node with its signed distance from the plane. */
type CutNode = ImageNode & { readonly offset: number };

/**
 * The triangle or quadrilateral in which the plane cuts a tetrahedron, in order around it; empty if
 * it does not.
 */
function cutTetrahedron(corners: readonly CutNode[]): ImageCorner[] {
  const above = corners.filter(({ offset }) => offset >= 0);
  const below = corners.filter(({ offset }) => offset < 0);
  const isMostlyBelow = above.length < below.length;
  const few = isMostlyBelow ? above : below;
  const many = isMostlyBelow ? below : above;
  if (few.length === 0) return [];
  if (few.length === 1) return many.map((corner) => crossing(few[0], corner));
  const [a, b] = few;
  const [c, d] = many;
  return [crossing(a, c), crossing(a, d), crossing(b, d), crossing(b, c)];
}

/** The point of the edge between a corner above and one below that lies on the plane. */
function crossing(a: CutNode, b: CutNode): ImageCorner {
  const share = a.offset / (a.offset - b.offset);
  return {
    at: [a.at[0] + share * (b.at[0] - a.at[0]), a.at[1] + share * (b.at[1] - a.at[1])],
    nodes: [a.node, b.node],
    weights: [1 - share, share],
  };
}
