/**
 * Meshes with cells as images: every pixel belongs to the cell that holds its center, and shows the
 * nearest node of that cell. Bodies stay blank.
 *
 * @module
 */

import { type CellList, faceNodes } from "../flow/mesh_faces.ts";
import type { MapWindow } from "../report_data.ts";
import { type ImageNode, type ImagePoint, type Raster, TriangleRaster } from "./raster.ts";

/** A plane across one of the last two axes. */
export interface CutPlane {
  readonly axis: 1 | 2;
  readonly value: number;
}

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
  return type in TETRAHEDRA;
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
    const face = faceNodes(cells, cell)
      .map((node) => ({ node, at: [position[2 * node], position[2 * node + 1]] as ImagePoint }));
    for (let k = 2; k < face.length; k++) raster.fill(face[0].at, face[k - 1].at, face[k].at, face);
  }
  return raster;
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
  const raster = new TriangleRaster(window, maxPixels, ["x", up === 2 ? "z" : "y"]);
  for (let cell = 0; cell < types.length; cell++) {
    const tetrahedra = TETRAHEDRA[types[cell]];
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
      for (let k = 2; k < cut.length; k++) raster.fill(cut[0], cut[k - 1], cut[k], nodes);
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
function cutTetrahedron(corners: readonly CutNode[]): ImagePoint[] {
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
function crossing(a: CutNode, b: CutNode): ImagePoint {
  const share = a.offset / (a.offset - b.offset);
  return [a.at[0] + share * (b.at[0] - a.at[0]), a.at[1] + share * (b.at[1] - a.at[1])];
}
