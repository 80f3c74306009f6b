/**
 * A piece of a VTK file: points, cells and fields of the mesh or a part of it.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";
import { joinCells } from "../mesh_file/join_meshes.ts";
import { lazyArrays } from "../mesh_file/lazy_arrays.ts";
import type { FileArrays, FileNumbers } from "../mesh_file/mesh_file.ts";
import { type ArraySource, readCount, readDataArray, type VtkArray } from "./data_array.ts";
import { NUMBER_TYPES } from "./numbers.ts";
import { POLYHEDRON } from "../polyhedra.ts";
import { addFaces } from "./polyhedron_faces.ts";
import { makeCells } from "./vtk_cells.ts";
import type { XmlElement } from "./xml.ts";

/** Arrays by name. */
export type VtkArrays = Readonly<Record<string, VtkArray>>;

/** A part of a mesh, with its fields. */
export interface PieceOf<Arrays> {
  readonly pointCount: number;
  readonly points: Float32Array | Float64Array;
  readonly cells: MeshCells;
  readonly pointData: Arrays;
  readonly cellData: Arrays;
}

/** A part of a mesh, whose arrays are not yet decoded. */
export interface Piece extends PieceOf<FileArrays> {
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

/** Sections of the cells of a surface, in VTK's order, and the type for a number of points. */
const SURFACE_SECTIONS: readonly {
  readonly name: string;
  readonly type: (points: number) => number;
}[] = [
  { name: "Verts", type: (points) => points === 1 ? 1 : 2 },
  { name: "Lines", type: (points) => points === 2 ? 3 : 4 },
  { name: "Polys", type: (points) => points === 3 ? 5 : points === 4 ? 9 : 7 },
  { name: "Strips", type: () => 6 },
];

/**
 * Reads a piece.
 *
 * @throws {SyntaxError} If its parts do not match
 * @throws {DataError} If an array is damaged
 */
export function readPiece(
  source: ArraySource,
  piece: XmlElement,
  kind: "unstructured" | "poly",
): Piece {
  const pointCount = readCount(piece, "NumberOfPoints");
  const points = readPoints(source, piece, pointCount);
  const { cells, hasFaces } = kind === "poly"
    ? { cells: joinCells(readSurface(source, piece, pointCount)), hasFaces: true }
    : readVolume(source, piece, pointCount);
  return {
    pointCount,
    points,
    cells,
    pointData: readArrays(source, section(piece, "PointData"), pointCount),
    cellData: readArrays(source, section(piece, "CellData"), cells.types.length),
    notes: hasFaces ? [] : ["Polyhedra without faces became convex hulls of their points"],
  };
}

function readSurface(
  source: ArraySource,
  piece: XmlElement,
  pointCount: number,
): readonly MeshCells[] {
  return SURFACE_SECTIONS.map(({ name, type }) => {
    const { connectivity, ends } = readCells(source, piece, name, `NumberOf${name}`);
    return makeCells(connectivity, ends, type, pointCount);
  });
}

function readVolume(source: ArraySource, piece: XmlElement, pointCount: number) {
  const { connectivity, ends, read, find } = readCells(source, piece, "Cells", "NumberOfCells");
  const withoutFaces = makeCells(connectivity, ends, read("types", ends.length), pointCount);
  const cells = addFaces(withoutFaces, find, pointCount);
  const hasFaces = !withoutFaces.types.includes(POLYHEDRON) || cells.types.includes(POLYHEDRON);
  return { cells, hasFaces };
}

/** The pieces of a mesh. @throws {SyntaxError} If there is none */
export function piecesOf(data: XmlElement): readonly XmlElement[] {
  const pieces = data.children.filter(({ name }) => name === "Piece");
  if (pieces.length === 0) throw new SyntaxError(`<${data.name}> has no <Piece>`);
  return pieces;
}

/** The arrays of a section by name, except texts. */
export function readArrays(
  source: ArraySource,
  section?: XmlElement,
  tuples?: number,
): FileArrays {
  const arrays = new Map<string, () => VtkArray>();
  for (const element of section?.children ?? []) {
    if (element.name !== "DataArray" || element.attributes.get("type") === "String") continue;
    const name = element.attributes.get("Name") ?? "";
    if (arrays.has(name)) {
      throw new SyntaxError(`<${section!.name}> has two arrays of the name "${name}"`);
    }
    arrays.set(name, () => readDataArray(source, element, tuples));
  }
  return lazyArrays(source.path, arrays);
}

/** The child of a name, if any. @throws {SyntaxError} If there are several */
export function section(parent: XmlElement, name: string): XmlElement | undefined {
  const found = parent.children.filter((child) => child.name === name);
  if (found.length > 1) {
    throw new SyntaxError(`<${parent.name}> has ${found.length} sections <${name}>`);
  }
  return found[0];
}

function readPoints(source: ArraySource, piece: XmlElement, pointCount: number): Piece["points"] {
  const element = section(piece, "Points")?.children.find(({ name }) => name === "DataArray");
  if (element === undefined) {
    if (pointCount === 0) return new Float32Array(0);
    throw new SyntaxError(`it states ${pointCount} points and has no <Points>`);
  }
  const { values, components } = readDataArray(source, element, pointCount);
  if (components !== 3) {
    throw new SyntaxError(`points must have 3 coordinates, received ${components}`);
  }
  const points = asFloats(values);
  checkPoints(points, 3);
  return points;
}

/** Coordinates; integers become float64. */
export function asFloats(values: FileNumbers): Float32Array | Float64Array {
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  return Float64Array.from(values as ArrayLike<number | bigint>, Number);
}

/** Throws unless all coordinates are finite. */
export function checkPoints(points: ArrayLike<number>, axes: number): void {
  for (let i = 0; i < points.length; i++) {
    if (Number.isFinite(points[i])) continue;
    throw new SyntaxError(
      `points must be finite, point ${Math.floor(i / axes)} has ${points[i]}`,
    );
  }
}

/** The points of the cells of a section, and its other arrays. */
function readCells(
  source: ArraySource,
  piece: XmlElement,
  name: string,
  countName: string,
) {
  const cellCount = readCount(piece, countName, countName === "NumberOfCells" ? undefined : 0);
  const cells = section(piece, name);
  const find = (array: string, tuples?: number) => {
    const element = cells?.children.find(({ attributes }) => attributes.get("Name") === array);
    return element && readDataArray(source, element, tuples).values;
  };
  const read = (array: string, tuples?: number) => {
    const values = find(array, tuples);
    if (values === undefined && cellCount > 0) {
      throw new SyntaxError(`it states ${cellCount} cells and <${name}> has no array "${array}"`);
    }
    return values ?? new NUMBER_TYPES.UInt8(0);
  };
  return { connectivity: read("connectivity"), ends: read("offsets", cellCount), read, find };
}
