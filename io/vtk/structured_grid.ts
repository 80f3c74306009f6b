/**
 * Structured data of VTK's XML files: image data (`.vti`), rectilinear grids (`.vtr`) and
 * structured grids (`.vts`), whose pieces are boxes of one grid.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import {
  cellDimensions,
  evenCoordinates,
  gridCells,
  type GridDimensions,
  gridPointCount,
  gridPoints,
  gridShapeOf,
} from "../mesh_file/grid_mesh.ts";
import { lazyArrays, sameType } from "../mesh_file/lazy_arrays.ts";
import type { FileArray, FileArrays, FileMesh } from "../mesh_file/mesh_file.ts";
import { readDataArray } from "./data_array.ts";
import { withGhosts } from "./ghosts.ts";
import { asFloats, checkPoints, piecesOf, readArrays, section } from "./piece.ts";
import type { XmlElement } from "./xml.ts";
import type { VtkXml } from "./xml_file.ts";

/** First and last point along x, y and z. */
export type Extent = readonly [number, number, number, number, number, number];

/** A piece of a grid. */
export interface GridPiece {
  readonly extent: Extent;
  readonly pointData: FileArrays;
  readonly cellData: FileArrays;
  /** Coordinates [N, 3] of a structured grid. */
  readonly points?: (() => FileArray) | undefined;
  /** Coordinates along each axis of a rectilinear grid. */
  readonly coordinates?: readonly [FileArray, FileArray, FileArray] | undefined;
}

/** No compressor shrinks bytes by more: a grid with more points has no array in its file. */
const MAX_RATIO = 1032;

/** The extent in an attribute. @throws {SyntaxError} If it is not six integers */
export function readExtent({ name, attributes }: XmlElement, attribute: string): Extent {
  const numbers = readNumbers(attributes.get(attribute) ?? "");
  if (numbers.length === 6 && numbers.every(Number.isSafeInteger)) {
    return numbers as unknown as Extent;
  }
  throw new SyntaxError(
    `${attribute} of <${name}> must be 6 integers, received "${attributes.get(attribute) ?? ""}"`,
  );
}

/** Points along the axes of an extent; none if it is empty. */
function dimensionsOf([x0, x1, y0, y1, z0, z1]: Extent): GridDimensions {
  const dimensions: GridDimensions = [x1 - x0 + 1, y1 - y0 + 1, z1 - z0 + 1];
  return dimensions.some((count) => count <= 0) ? [0, 0, 0] : dimensions;
}

/**
 * Reads the pieces in a file.
 *
 * @throws {SyntaxError} If it is damaged, or states more points than it can hold
 */
export function readGridPieces({ type, data, source, byteCount }: VtkXml): readonly GridPiece[] {
  return piecesOf(data).map((piece) => {
    const extent = readExtent(piece, "Extent");
    const dimensions = dimensionsOf(extent);
    checkPointCount(dimensions, byteCount);
    const pointCount = gridPointCount(dimensions);
    const cellCount = pointCount === 0 ? 0 : gridPointCount(cellDimensions(dimensions));
    const fields = {
      extent,
      pointData: readArrays(source, section(piece, "PointData"), pointCount),
      cellData: readArrays(source, section(piece, "CellData"), cellCount),
    };
    if (pointCount === 0 || type === "ImageData") return fields;
    const name = type === "StructuredGrid" ? "Points" : "Coordinates";
    const arrays = (section(piece, name)?.children ?? []).filter(({ name }) =>
      name === "DataArray"
    );
    if (arrays.length !== (type === "StructuredGrid" ? 1 : 3)) {
      throw new SyntaxError(
        `<${name}> of a piece must have ${type === "StructuredGrid" ? "an array" : "3 arrays"}, ` +
          `found ${arrays.length}`,
      );
    }
    if (type === "StructuredGrid") {
      return { ...fields, points: () => readDataArray(source, arrays[0], pointCount) };
    }
    const read = (axis: number) => readDataArray(source, arrays[axis], dimensions[axis]);
    return { ...fields, coordinates: [read(0), read(1), read(2)] };
  });
}

/**
 * Throws if a file states more points than its bytes can describe.
 *
 * @throws {SyntaxError} If it does
 */
export function checkPointCount(dimensions: GridDimensions, byteCount: number): void {
  const pointCount = gridPointCount(dimensions);
  if (pointCount <= MAX_RATIO * byteCount) return;
  throw new SyntaxError(
    `it states ${dimensions.join(" x ")} points, more than a file of ${byteCount} bytes can hold`,
  );
}

/**
 * Assembles a grid.
 *
 * @param path File that names the pieces, for errors
 * @param data Element with the attributes of the grid
 * @param pieces Pieces of one or several files
 * @param byteCount Size of these files
 * @throws {SyntaxError} If the pieces do not fill the grid
 * @throws {DataError} If an array of the points is damaged
 */
export function assembleGrid(
  path: string,
  data: XmlElement,
  pieces: readonly GridPiece[],
  byteCount: number,
  fieldData: FileArrays,
): FileMesh {
  const whole = readExtent(data, "WholeExtent");
  const dimensions = dimensionsOf(whole);
  checkPointCount(dimensions, byteCount);
  const filled = pieces.filter(({ extent }) => gridPointCount(dimensionsOf(extent)) > 0);
  const pointRows = filled.map(({ extent }) => rowsIn(extent, whole, false));
  const cellRows = filled.map(({ extent }) => rowsIn(extent, whole, true));
  const pointCount = gridPointCount(dimensions);
  requireCover(pointRows, pointCount);
  const cells = gridCells(dimensions);
  const pointArrays = filled.map(({ pointData }) => pointData);
  const points = pointsOf(path, data, whole, filled, pointRows);
  checkPoints(points, 3);
  const mesh = withGhosts({
    path,
    pointCount,
    points,
    axes: 3,
    cells,
    pointData: assembleArrays(path, pointArrays, pointRows, pointCount),
    cellData: assembleArrays(
      path,
      filled.map(({ cellData }) => cellData),
      cellRows,
      cells.types.length,
    ),
    fieldData,
    notes: [],
  });
  const hasGhosts = mesh.ghostPoints !== undefined || mesh.ghostCells !== undefined;
  return { ...mesh, gridShape: hasGhosts ? undefined : gridShapeOf(dimensions) };
}

function pointsOf(
  path: string,
  data: XmlElement,
  whole: Extent,
  pieces: readonly GridPiece[],
  rows: readonly Uint32Array[],
): Float32Array | Float64Array {
  const count = gridPointCount(dimensionsOf(whole));
  if (count === 0) return new Float64Array(0);
  if (pieces[0].points !== undefined) {
    const arrays = pieces.map(({ points }) =>
      lazyArrays(path, new Map([["Points", () => points!()]]))
    );
    const { values, components } = assembleArrays(path, arrays, rows, count).read("Points");
    if (components === 3) return asFloats(values);
    throw new SyntaxError(`points must have 3 coordinates, received ${components}`);
  }
  if (pieces[0].coordinates !== undefined) {
    const axes = [0, 1, 2].map((axis) => {
      const all = new Float64Array(dimensionsOf(whole)[axis]);
      for (const { extent, coordinates } of pieces) {
        const first = extent[2 * axis] - whole[2 * axis];
        all.set(Float64Array.from(coordinates![axis].values as Float64Array, Number), first);
      }
      return all;
    });
    return gridPoints([axes[0], axes[1], axes[2]]);
  }
  return imagePoints(data, whole);
}

/** Points at origin + direction · (spacing · index). */
function imagePoints({ attributes }: XmlElement, whole: Extent): Float64Array {
  const read = (name: string, fallback: readonly number[]) => {
    const numbers = attributes.has(name) ? readNumbers(attributes.get(name)!) : fallback;
    if (numbers.length === fallback.length && numbers.every(Number.isFinite)) return numbers;
    throw new SyntaxError(
      `${name} must be ${fallback.length} numbers, received "${attributes.get(name)}"`,
    );
  };
  const origin = read("Origin", [0, 0, 0]);
  const spacing = read("Spacing", [1, 1, 1]);
  const direction = read("Direction", [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const dimensions = dimensionsOf(whole);
  const isAligned = direction.every((value, k) => value === (k % 4 === 0 ? 1 : 0));
  const axis = (k: number) =>
    evenCoordinates(isAligned ? origin[k] : 0, spacing[k], dimensions[k], whole[2 * k]);
  const points = gridPoints([axis(0), axis(1), axis(2)]);
  if (isAligned) return points;
  for (let at = 0; at < points.length; at += 3) {
    const [x, y, z] = points.subarray(at, at + 3);
    for (let k = 0; k < 3; k++) {
      const [a, b, c] = direction.slice(3 * k, 3 * k + 3);
      points[at + k] = origin[k] + a * x + b * y + c * z;
    }
  }
  return points;
}

/** The rows of the whole grid at which the points or cells of a piece are. */
function rowsIn(extent: Extent, whole: Extent, areCells: boolean): Uint32Array {
  const count = (dimensions: GridDimensions) => areCells ? cellDimensions(dimensions) : dimensions;
  const [nx, ny] = count(dimensionsOf(whole));
  const [mx, my, mz] = count(dimensionsOf(extent));
  const isWithin = [0, 1, 2].every((axis) =>
    extent[2 * axis] >= whole[2 * axis] && extent[2 * axis + 1] <= whole[2 * axis + 1]
  );
  if (!isWithin) {
    throw new SyntaxError(
      `the extent of a piece must be within ${whole.join(" ")}, received ${extent.join(" ")}`,
    );
  }
  const rows = new Uint32Array(mx * my * mz);
  let row = 0;
  for (let k = 0; k < mz; k++) {
    for (let j = 0; j < my; j++) {
      const first = extent[0] - whole[0] +
        nx * (extent[2] - whole[2] + j + ny * (extent[4] - whole[4] + k));
      for (let i = 0; i < mx; i++) rows[row++] = first + i;
    }
  }
  return rows;
}

function requireCover(parts: readonly Uint32Array[], pointCount: number): void {
  const isCovered = new Uint8Array(pointCount);
  for (const rows of parts) for (const row of rows) isCovered[row] = 1;
  const missing = isCovered.indexOf(0);
  if (missing < 0) return;
  throw new SyntaxError(`its pieces must fill the grid of ${pointCount} points, they do not`);
}

/** Arrays of a grid from those of its pieces; values that are not copies win. */
function assembleArrays(
  path: string,
  parts: readonly FileArrays[],
  rows: readonly Uint32Array[],
  count: number,
): FileArrays {
  if (parts.length === 1 && rows[0].length === count) return parts[0];
  const names = (parts[0]?.names ?? []).filter((name) =>
    parts.every((part) => part.names.includes(name))
  );
  const ghosts = parts.map(({ names, read }) =>
    names.includes("vtkGhostType") ? read("vtkGhostType").values : undefined
  );
  const readers = names.map((name) =>
    [name, () => {
      const arrays = parts.map(({ read }) => read(name));
      const [{ values, components }] = arrays;
      const whole = sameType(values, components * count);
      const isSet = new Uint8Array(count);
      for (const [part, array] of arrays.entries()) {
        if (array.components !== components || array.values.constructor !== values.constructor) {
          throw new DataError(
            `Cannot read array "${name}" of "${path}": its pieces must have it in one type`,
          );
        }
        for (let tuple = 0; tuple < rows[part].length; tuple++) {
          const row = rows[part][tuple];
          const isCopy = (Number(ghosts[part]?.[tuple] ?? 0) & 1) === 1;
          if (isSet[row] === 1 && isCopy) continue;
          isSet[row] = 1;
          for (let k = 0; k < components; k++) {
            whole[components * row + k] = array.values[components * tuple + k];
          }
        }
      }
      // In the whole grid nothing is a copy.
      if (name === "vtkGhostType") {
        for (let k = 0; k < count; k++) whole[k] = Number(whole[k]) & ~1;
      }
      return { values: whole, components };
    }] as const
  );
  return lazyArrays(path, new Map(readers));
}

function readNumbers(text: string): readonly number[] {
  return text.trim().split(/\s+/).filter((word) => word !== "").map(Number);
}
