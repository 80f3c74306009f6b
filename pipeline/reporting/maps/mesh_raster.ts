/**
 * A mesh as an image: which node each pixel shows.
 *
 * Grids give one pixel per node; a mesh with known cells shows each pixel by its cell; any other
 * mesh gives every pixel its nearest node, and leaves out what lies in a hole of the mesh. Maps and
 * subdomain borders are drawn from this alone.
 *
 * @module
 */

import { NearestNodes } from "../../graph/nearest_nodes.ts";
import type { CellList } from "../flow/mesh_faces.ts";
import type { MapWindow } from "../report_data.ts";
import { cellRaster } from "./cell_raster.ts";
import type { Raster } from "./raster.ts";
import { isSolid, sliceRaster } from "./slice_raster.ts";

/** The mesh to draw. */
export interface RasterMesh {
  readonly dimensions: number;
  readonly position: ArrayLike<number>;
  readonly gridShape?: readonly [number, number] | undefined;
  readonly cells?: CellList | undefined;
  /** The part of a mesh with cells to draw. @default all of it */
  readonly window?: MapWindow | undefined;
  /** The axis across which a mesh in 3-D is cut, at its middle. @default 2 */
  readonly cutAxis?: 1 | 2 | undefined;
}

/** A scattered mesh needs no finer image than this. */
const MOST_SCATTERED_PIXELS = 120_000;
/**
 * A pixel is outside where its node is further than this many times the spacing around that node.
 */
const HOLE_SPACINGS = 2;

/**
 * The raster of a mesh, of at most `pixelBudget` pixels.
 *
 * @throws {RangeError} when the mesh is neither a grid nor in 2 or 3 dimensions
 * @throws {TypeError} when the grid shape does not fit the node count
 */
export function rasterOf(mesh: RasterMesh, pixelBudget: number): Raster {
  if (mesh.dimensions !== 2 && mesh.dimensions !== 3) {
    throw new RangeError(
      `Cannot draw a mesh as it must have 2 or 3 dimensions: received ${mesh.dimensions}`,
    );
  }
  if (mesh.gridShape && mesh.dimensions === 2) return gridRaster(mesh, mesh.gridShape, pixelBudget);
  const budget = Math.min(pixelBudget, MOST_SCATTERED_PIXELS);
  const { position, cells } = mesh;
  if (cells && mesh.dimensions === 2) {
    return cellRaster(position, cells, mesh.window ?? paddedExtent(position, 2, [0, 1]), budget);
  }
  if (cells && Array.from(cells.types).some(isSolid)) {
    const { cutAxis = 2 } = mesh;
    const extent = paddedExtent(position, 3, [0, cutAxis === 2 ? 1 : 2]);
    return sliceRaster(
      position,
      cells,
      { axis: cutAxis, value: middle(position, cutAxis, 3) },
      extent,
      budget,
    );
  }
  return scatteredRaster(mesh, budget);
}

/**
 * The borders between subdomains as an SVG path in pixels of the raster, in runs along the pixel
 * edges.
 *
 * @param owner Rank that owns each node [N]
 */
export function borderPath({ width, height, nodes }: Raster, owner: ArrayLike<number>): string {
  const differ = (a: number, b: number) =>
    nodes[a] >= 0 && nodes[b] >= 0 && owner[nodes[a]] !== owner[nodes[b]];
  let path = "";
  for (let x = 1; x < width; x++) {
    path += runs(
      height,
      (y) => differ(y * width + x - 1, y * width + x),
      (y, length) => `M${x} ${y}v${length}`,
    );
  }
  for (let y = 1; y < height; y++) {
    path += runs(
      width,
      (x) => differ((y - 1) * width + x, y * width + x),
      (x, length) => `M${x} ${y}h${length}`,
    );
  }
  return path;
}

function gridRaster(
  { position }: RasterMesh,
  [n, m]: readonly [number, number],
  pixelBudget: number,
): Raster {
  if (n * m * 2 !== position.length) {
    throw new TypeError(
      `Cannot draw a grid as its shape must fit the node count: received ${n} × ${m} for ` +
        `${position.length / 2} nodes`,
    );
  }
  const coarsening = Math.max(1, Math.sqrt(n * m / pixelBudget));
  const width = Math.max(1, Math.floor(n / coarsening));
  const height = Math.max(1, Math.floor(m / coarsening));
  const nodes = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    const j = m - 1 - spread(y, height, m);
    for (let x = 0; x < width; x++) nodes[y * width + x] = spread(x, width, n) * m + j;
  }
  const last = position.length - 2;
  const halfX = n > 1 ? (position[last] - position[0]) / (n - 1) / 2 : 0.5;
  const halfY = m > 1 ? (position[last + 1] - position[1]) / (m - 1) / 2 : 0.5;
  const extent = {
    left: position[0] - halfX,
    right: position[last] + halfX,
    bottom: position[1] - halfY,
    top: position[last + 1] + halfY,
  };
  return { width, height, nodes, extent, axes: ["x", "y"] };
}

/** Which of `nodeCount` nodes stands at pixel `pixel` of `pixelCount`: the ends stay the ends. */
function spread(pixel: number, pixelCount: number, nodeCount: number): number {
  return pixelCount === 1 ? 0 : Math.round(pixel * (nodeCount - 1) / (pixelCount - 1));
}

function scatteredRaster(
  { position, dimensions, cutAxis = 2 }: RasterMesh,
  pixelBudget: number,
): Raster {
  const tree = new NearestNodes(position, dimensions);
  const shown: readonly [number, number] = [0, dimensions === 3 && cutAxis === 1 ? 2 : 1];
  const extent = paddedExtent(position, dimensions, shown);
  const [spanX, spanY] = [extent.right - extent.left, extent.top - extent.bottom];
  const width = Math.max(1, Math.round(Math.sqrt(pixelBudget * spanX / spanY)));
  const height = Math.max(1, Math.floor(pixelBudget / width));
  const pixelSize = Math.hypot(spanX / width, spanY / height);
  const nodes = new Int32Array(width * height);
  const spacing = new Float64Array(tree.nodeCount).fill(-1);
  const point = new Float64Array(dimensions);
  if (dimensions === 3) point[cutAxis] = middle(position, cutAxis, 3);
  const nodePoint = new Float64Array(dimensions);
  for (let y = 0; y < height; y++) {
    point[shown[1]] = extent.top - (y + 0.5) * spanY / height;
    for (let x = 0; x < width; x++) {
      point[shown[0]] = extent.left + (x + 0.5) * spanX / width;
      const { nodes: [node], distances: [distance] } = tree.nearestFew(point, 1);
      if (distance > pixelSize && spacing[node] < 0) {
        for (let axis = 0; axis < dimensions; axis++) {
          nodePoint[axis] = position[node * dimensions + axis];
        }
        spacing[node] = tree.nearestFew(nodePoint, 2 * dimensions + 1).distances.at(-1) ?? 0;
      }
      const inside = distance <= pixelSize || distance <= HOLE_SPACINGS * spacing[node];
      nodes[y * width + x] = inside ? node : -1;
    }
  }
  return { width, height, nodes, extent, axes: ["x", shown[1] === 2 ? "z" : "y"] };
}

/** The bounding box with a rim of 1 %, never flatter than 1 to 20. */
function paddedExtent(
  position: ArrayLike<number>,
  dimensions: number,
  shown: readonly [number, number],
): MapWindow {
  const spans = shown.map((axis) => {
    const [low, high] = bounds(position, axis, dimensions);
    return { center: (low + high) / 2, half: (high - low) / 2 };
  });
  const widest = Math.max(spans[0].half, spans[1].half) || 0.5;
  const [x, y] = spans.map(({ center, half }) => {
    const padded = Math.max(half, widest / 20) + widest * 0.02;
    return [center - padded, center + padded];
  });
  return { left: x[0], right: x[1], bottom: y[0], top: y[1] };
}

function middle(position: ArrayLike<number>, axis: number, dimensions: number): number {
  const [low, high] = bounds(position, axis, dimensions);
  return (low + high) / 2;
}

function bounds(position: ArrayLike<number>, axis: number, dimensions: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let k = axis; k < position.length; k += dimensions) {
    low = Math.min(low, position[k]);
    high = Math.max(high, position[k]);
  }
  return [low, high];
}

/** One piece of path per run of places where `test` holds. */
function runs(
  length: number,
  test: (k: number) => boolean,
  draw: (start: number, length: number) => string,
): string {
  let path = "";
  let start = -1;
  for (let k = 0; k <= length; k++) {
    const holds = k < length && test(k);
    if (holds && start < 0) start = k;
    if (holds || start < 0) continue;
    path += draw(start, k - start);
    start = -1;
  }
  return path;
}
