/**
 * Regular grids as meshes: points numbered with x fastest, and the cells between them.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";

/** VTK types of the cells of a grid with 0 to 3 axes of more than one point. */
const CELL_TYPES = [1, 3, 9, 12];

/** Points along x, y and z. */
export type GridDimensions = readonly [number, number, number];

/** The number of points of a grid. */
export function gridPointCount([nx, ny, nz]: GridDimensions): number {
  return nx * ny * nz;
}

/** Cells along x, y and z; 1 along an axis with one point. */
export function cellDimensions([nx, ny, nz]: GridDimensions): GridDimensions {
  return [Math.max(1, nx - 1), Math.max(1, ny - 1), Math.max(1, nz - 1)];
}

/**
 * The cells of a grid, x fastest: hexahedra, quadrilaterals, lines or one vertex.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const { connectivity, types } = gridCells([3, 2, 1]);
 * assert.deepEqual([...connectivity], [0, 1, 4, 3, 1, 2, 5, 4]);
 * assert.deepEqual([...types], [9, 9]);
 * ```
 */
export function gridCells(dimensions: GridDimensions): MeshCells {
  if (gridPointCount(dimensions) === 0) {
    return {
      connectivity: new Uint32Array(0),
      offsets: new Uint32Array(1),
      types: new Uint8Array(0),
    };
  }
  const [nx, ny] = dimensions;
  const strides = [1, nx, nx * ny].filter((_, axis) => dimensions[axis] > 1);
  const corners = cornersOf(strides);
  const [cx, cy, cz] = cellDimensions(dimensions);
  const cellCount = cx * cy * cz;
  const connectivity = new Uint32Array(corners.length * cellCount);
  let entry = 0;
  for (let k = 0; k < cz; k++) {
    for (let j = 0; j < cy; j++) {
      for (let i = 0; i < cx; i++) {
        const point = i + nx * (j + ny * k);
        for (const corner of corners) connectivity[entry++] = point + corner;
      }
    }
  }
  return {
    connectivity,
    offsets: Uint32Array.from({ length: cellCount + 1 }, (_, cell) => corners.length * cell),
    types: new Uint8Array(cellCount).fill(CELL_TYPES[strides.length]),
  };
}

/** Offsets of the corners of a cell from its first one, in VTK's order. */
function cornersOf(strides: readonly number[]): readonly number[] {
  const [a = 0, b = 0, c = 0] = strides;
  if (strides.length === 0) return [0];
  if (strides.length === 1) return [0, a];
  const face = [0, a, a + b, b];
  return strides.length === 2 ? face : [...face, ...face.map((corner) => corner + c)];
}

/** Corners of a cell whose numbers grow fastest along the last axis, in VTK's order, by axes. */
const ROW_MAJOR_CORNERS = [[0], [0, 1], [0, 3, 2, 1], [0, 4, 7, 3, 1, 5, 6, 2]];

/**
 * The cells of a grid whose points are numbered along the last axis first, with positive areas and
 * volumes.
 *
 * @param shape Points along x, y and z
 */
export function rowMajorCells(shape: readonly number[]): MeshCells {
  const [nx = 1, ny = 1, nz = 1] = shape.toReversed();
  const cells = gridCells([nx, ny, nz]);
  const corners = ROW_MAJOR_CORNERS[shape.filter((count) => count > 1).length];
  const { connectivity } = cells;
  const size = corners.length;
  return {
    ...cells,
    connectivity: connectivity.map((_, k) => connectivity[k - k % size + corners[k % size]]),
  };
}

/** Coordinates [N, 3] of the grid between coordinates along the axes. */
export function gridPoints(axes: readonly [Coordinates, Coordinates, Coordinates]): Float64Array {
  const [xs, ys, zs] = axes;
  const points = new Float64Array(3 * xs.length * ys.length * zs.length);
  let at = 0;
  for (let k = 0; k < zs.length; k++) {
    for (let j = 0; j < ys.length; j++) {
      for (let i = 0; i < xs.length; i++) {
        points[at++] = xs[i];
        points[at++] = ys[j];
        points[at++] = zs[k];
      }
    }
  }
  return points;
}

/** Coordinates along an axis. */
export type Coordinates = ArrayLike<number>;

/** Coordinates at a constant distance. @param first Index of the first one @default 0 */
export function evenCoordinates(
  origin: number,
  spacing: number,
  count: number,
  first = 0,
): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => origin + spacing * (first + i));
}

/** Points along each axis that has more than one, the last axis fastest; none if there is none. */
export function gridShapeOf(dimensions: GridDimensions): readonly number[] | undefined {
  const shape = dimensions.filter((count) => count > 1).toReversed();
  return shape.length === 0 ? undefined : shape;
}
