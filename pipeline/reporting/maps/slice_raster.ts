/**
 * A cut through a mesh of solids as an image: every pixel belongs to the cell it lies in.
 *
 * @module
 */

import type { CellList } from "../flow/mesh_faces.ts";
import type { MapWindow } from "../report_data.ts";
import type { Raster } from "./raster.ts";
import { type ImageNode, type ImagePoint, TriangleRaster } from "./triangle_raster.ts";

/** A plane across one of the last two axes. */
export interface CutPlane {
  readonly axis: 1 | 2;
  readonly value: number;
}

/** The tetrahedra that make up a cell of each VTK type, by the places of its nodes. */
const TETRAHEDRA: Readonly<Record<number, readonly (readonly [number, number, number, number])[]>> =
  {
    // Tetrahedron, voxel, hexahedron, wedge, pyramid; a voxel names its nodes row by row.
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
 * A mesh in three dimensions where a plane cuts it. A pixel shows the nearest node of the cell that
 * holds its center.
 *
 * @param position Node positions [N, 3]
 */
export function sliceRaster(
  position: ArrayLike<number>,
  { connectivity, offsets, types }: CellList,
  { axis, value }: CutPlane,
  window: MapWindow,
  pixelBudget: number,
): Raster {
  const up = axis === 2 ? 1 : 2;
  const raster = new TriangleRaster(window, pixelBudget, ["x", up === 2 ? "z" : "y"]);
  for (let cell = 0; cell < types.length; cell++) {
    const tetrahedra = TETRAHEDRA[types[cell]];
    if (tetrahedra === undefined) continue;
    let low = Infinity, high = -Infinity;
    for (let k = offsets[cell]; k < offsets[cell + 1]; k++) {
      const offset = position[3 * connectivity[k] + axis] - value;
      low = Math.min(low, offset);
      high = Math.max(high, offset);
    }
    // A cell that ends at the plane is cut, one that begins there is not: its neighbour shows that
    // face.
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
 * The triangle or quadrilateral in which the plane cuts a tetrahedron, in the order around it;
 * empty for none.
 */
function cutTetrahedron(corners: readonly CutNode[]): ImagePoint[] {
  const above = corners.filter(({ offset }) => offset >= 0);
  const below = corners.filter(({ offset }) => offset < 0);
  const [few, many] = above.length < below.length ? [above, below] : [below, above];
  if (few.length === 0) return [];
  if (few.length === 1) return many.map((corner) => crossing(few[0], corner));
  const [[a, b], [c, d]] = [few, many];
  return [crossing(a, c), crossing(a, d), crossing(b, d), crossing(b, c)];
}

/** Where the edge between a corner above and one below meets the plane. */
function crossing(a: CutNode, b: CutNode): ImagePoint {
  const share = a.offset / (a.offset - b.offset);
  return [a.at[0] + share * (b.at[0] - a.at[0]), a.at[1] + share * (b.at[1] - a.at[1])];
}
