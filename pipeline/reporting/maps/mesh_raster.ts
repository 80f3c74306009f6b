/**
 * A mesh as an image of nodes, from which maps and subdomain borders are drawn.
 *
 * Regular grids give one pixel per node; a mesh with known cells interpolates in each pixel within
 * its cell; any other mesh gives every pixel its nearest node, except for pixels in a hole.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { extent, range } from "d3-array";
import { NearestNodes } from "../../graph/nearest_nodes.ts";
import type { CellList } from "../flow/mesh_faces.ts";
import type { MapWindow } from "../report_data.ts";
import { cellRaster, hasFaces, isSolid, sliceRaster, surfaceRaster } from "./cell_raster.ts";
import { MAX_ASPECT, type Raster, rasterSize } from "./raster.ts";

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

/** VTK type of a quadrilateral. */
const QUAD = 9;
/** A scattered mesh needs no finer image. */
const MAX_SCATTERED_PIXELS = 120_000;
/** Spacings around its nearest node beyond which a pixel is outside. */
const HOLE_SPACINGS = 2;

/**
 * The raster of a mesh, of at most `maxPixels` pixels.
 *
 * @throws {RangeError} If the mesh does not have 2 or 3 dimensions
 * @throws {TypeError} If the grid shape does not match the node count
 */
export function rasterOf(mesh: RasterMesh, maxPixels: number): Raster {
  const { dimensions, position, gridShape, cutAxis = 2 } = mesh;
  if (dimensions !== 2 && dimensions !== 3) {
    throw new RangeError(
      `Cannot draw mesh: it must have 2 or 3 dimensions, received ${dimensions}`,
    );
  }
  const budget = Math.min(maxPixels, MAX_SCATTERED_PIXELS);
  const up = cutAxis === 2 ? 1 : 2;
  const picture = pictureOf(mesh);
  if (picture === "grid") checkGrid(mesh, gridShape!);
  if (picture === "grid" && !isLattice(position, gridShape!)) {
    const window = mesh.window ?? paddedExtent(position, 2, 1);
    return cellRaster(position, gridCells(gridShape!), window, budget);
  }
  const { cells } = mesh;
  switch (picture) {
    case "grid":
      return gridRaster(mesh, gridShape!, maxPixels);
    case "cells":
      return cellRaster(position, cells!, mesh.window ?? paddedExtent(position, 2, 1), budget);
    case "cut": {
      const plane = { axis: cutAxis, value: middle(position, cutAxis, 3) };
      return sliceRaster(position, cells!, plane, paddedExtent(position, 3, up), budget);
    }
    case "surface":
      return surfaceRaster(position, cells!, cutAxis, paddedExtent(position, 3, up), budget);
    case "points":
      return scatteredRaster(mesh, budget);
  }
}

/** How a mesh is drawn. */
export type Picture = "grid" | "cells" | "cut" | "surface" | "points";

/**
 * How a mesh is drawn: a grid by its nodes; a mesh with cells by these, in 3-D cut or, if it is a
 * surface, as it is seen from outside; another one by its nodes and the nearest of them.
 */
export function pictureOf({ dimensions, gridShape, cells }: RasterMesh): Picture {
  const isFaced = cells !== undefined && hasFaces(cells);
  if (dimensions === 2) return isFaced ? "cells" : gridShape ? "grid" : "points";
  if (cells && Array.from(cells.types).some(isSolid)) return "cut";
  return isFaced ? "surface" : "points";
}

/**
 * The borders between subdomains as an SVG path in pixels of the raster, one straight line per run
 * of pixel edges.
 *
 * @param owner Rank that owns each node [N]
 */
export function borderPath({ width, height, nodes }: Raster, owner: ArrayLike<number>): string {
  const areApart = (a: number, b: number) =>
    nodes[a] >= 0 && nodes[b] >= 0 && owner[nodes[a]] !== owner[nodes[b]];
  const columns = range(1, width).flatMap((x) =>
    runs(height, (y) => areApart(y * width + x - 1, y * width + x))
      .map(({ start, length }) => `M${x} ${start}v${length}`)
  );
  const rows = range(1, height).flatMap((y) =>
    runs(width, (x) => areApart((y - 1) * width + x, y * width + x))
      .map(({ start, length }) => `M${start} ${y}h${length}`)
  );
  return [...columns, ...rows].join("");
}

function checkGrid({ position }: RasterMesh, [n, m]: readonly [number, number]): void {
  if (n * m * 2 !== position.length) {
    throw new TypeError(
      `Cannot draw grid: its shape must match the node count, received ${n} × ${m} for ` +
        `${position.length / 2} nodes`,
    );
  }
}

/** Whether the nodes of a grid lie on lines of equal distance along the axes. */
function isLattice(position: ArrayLike<number>, [n, m]: readonly [number, number]): boolean {
  const last = position.length - 2;
  const spans = [position[last] - position[0], position[last + 1] - position[1]];
  if ((n > 1 && !(spans[0] > 0)) || (m > 1 && !(spans[1] > 0))) return false;
  const tolerance = spans.map((span, axis) => 0.01 * span / Math.max(1, [n, m][axis] - 1));
  for (let node = 0; node < n * m; node++) {
    const x = position[0] + spans[0] * Math.floor(node / m) / Math.max(1, n - 1);
    const y = position[1] + spans[1] * (node % m) / Math.max(1, m - 1);
    if (Math.abs(position[2 * node] - x) > tolerance[0]) return false;
    if (Math.abs(position[2 * node + 1] - y) > tolerance[1]) return false;
  }
  return true;
}

/** The quadrilaterals of a grid. */
function gridCells([n, m]: readonly [number, number]): CellList {
  const connectivity: number[] = [];
  for (let i = 0; i + 1 < n; i++) {
    for (let j = 0; j + 1 < m; j++) {
      const corner = i * m + j;
      connectivity.push(corner, corner + m, corner + m + 1, corner + 1);
    }
  }
  const count = connectivity.length / 4;
  return {
    connectivity,
    offsets: Uint32Array.from({ length: count + 1 }, (_, cell) => 4 * cell),
    types: new Uint8Array(count).fill(QUAD),
  };
}

function gridRaster(
  { position }: RasterMesh,
  [n, m]: readonly [number, number],
  maxPixels: number,
): Raster {
  const coarsening = Math.max(1, Math.sqrt(n * m / maxPixels));
  const width = Math.max(1, Math.floor(n / coarsening));
  const height = Math.max(1, Math.floor(m / coarsening));
  const nodes = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    const j = m - 1 - nodeAt(y, height, m);
    for (let x = 0; x < width; x++) nodes[y * width + x] = nodeAt(x, width, n) * m + j;
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

/** The node of a line that a pixel shows, such that both ends are shown. */
function nodeAt(pixel: number, pixelCount: number, nodeCount: number): number {
  return pixelCount === 1 ? 0 : Math.round(pixel * (nodeCount - 1) / (pixelCount - 1));
}

function scatteredRaster(
  { position, dimensions, cutAxis = 2 }: RasterMesh,
  maxPixels: number,
): Raster {
  const tree = new NearestNodes(position, dimensions);
  const up = dimensions === 3 && cutAxis === 1 ? 2 : 1;
  const extent = paddedExtent(position, dimensions, up);
  const spanX = extent.right - extent.left;
  const spanY = extent.top - extent.bottom;
  const { width, height } = rasterSize(extent, maxPixels);
  const pixelSize = Math.hypot(spanX / width, spanY / height);
  const nodes = new Int32Array(width * height);
  const spacing = new Float64Array(tree.nodeCount).fill(-1);
  const point = new Float64Array(dimensions);
  if (dimensions === 3) point[cutAxis] = middle(position, cutAxis, 3);
  const nodePoint = new Float64Array(dimensions);
  for (let y = 0; y < height; y++) {
    point[up] = extent.top - (y + 0.5) * spanY / height;
    for (let x = 0; x < width; x++) {
      point[0] = extent.left + (x + 0.5) * spanX / width;
      const { nodes: [node], distances: [distance] } = tree.nearestFew(point, 1);
      if (distance > pixelSize && spacing[node] < 0) {
        for (let axis = 0; axis < dimensions; axis++) {
          nodePoint[axis] = position[node * dimensions + axis];
        }
        spacing[node] = tree.nearestFew(nodePoint, 2 * dimensions + 1).distances.at(-1) ?? 0;
      }
      const isInside = distance <= pixelSize || distance <= HOLE_SPACINGS * spacing[node];
      nodes[y * width + x] = isInside ? node : -1;
    }
  }
  return { width, height, nodes, extent, axes: ["x", up === 2 ? "z" : "y"] };
}

/**
 * The bounding box along the first axis and axis `up` with a margin of 2 %. A side of length 0 gets
 * a share of the other one; a mesh that is longer than `MAX_ASPECT` is shown with stretched axes.
 */
function paddedExtent(position: ArrayLike<number>, dimensions: number, up: 1 | 2): MapWindow {
  const [left, right] = bounds(position, 0, dimensions);
  const [bottom, top] = bounds(position, up, dimensions);
  const longer = Math.max(right - left, top - bottom) / 2 || 0.5;
  const padded = (low: number, high: number) => {
    const half = (high - low) / 2 || longer / MAX_ASPECT;
    // Equal margins on all sides, unless the axes are stretched.
    const margin = half * MAX_ASPECT < longer ? half * 0.02 : longer * 0.02;
    return [(low + high) / 2 - half - margin, (low + high) / 2 + half + margin];
  };
  const x = padded(left, right);
  const y = padded(bottom, top);
  return { left: x[0], right: x[1], bottom: y[0], top: y[1] };
}

function middle(position: ArrayLike<number>, axis: number, dimensions: number): number {
  const [low, high] = bounds(position, axis, dimensions);
  return (low + high) / 2;
}

function bounds(position: ArrayLike<number>, axis: number, dimensions: number): [number, number] {
  const [low = NaN, high = NaN] = extent(
    range(axis, position.length, dimensions),
    (k) => position[k],
  );
  return [low, high];
}

/** Runs of consecutive numbers from 0 to `length - 1` for which `test` holds. */
function runs(
  length: number,
  test: (k: number) => boolean,
): { readonly start: number; readonly length: number }[] {
  const found: { start: number; length: number }[] = [];
  let start = -1;
  for (let k = 0; k <= length; k++) {
    const holds = k < length && test(k);
    if (holds && start < 0) start = k;
    if (holds || start < 0) continue;
    found.push({ start, length: k - start });
    start = -1;
  }
  return found;
}
