/**
 * A piece of a VTK file: points, cells and fields of the mesh or a part of it.
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";
import { concatenated } from "./binary.ts";
import { joinCells, makeCells } from "./vtk_cells.ts";
import { type ArraySource, readCount, readDataArray, type VtkArray } from "./data_array.ts";
import { NUMBER_TYPES, type VtkNumbers } from "./numbers.ts";
import type { XmlElement } from "./xml.ts";

/** Arrays by name. */
export type VtkArrays = Readonly<Record<string, VtkArray>>;

/** A part of a mesh, with its fields. */
export interface Piece {
  readonly pointCount: number;
  readonly points: Float32Array | Float64Array;
  readonly cells: MeshCells;
  readonly pointData: VtkArrays;
  readonly cellData: VtkArrays;
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
  const cells = kind === "poly"
    ? joinCells(
      SURFACE_SECTIONS.map(({ name, type }) => readCells(source, piece, name, pointCount, type)),
    )
    : readCells(source, piece, "Cells", pointCount);
  return {
    pointCount,
    points,
    cells,
    pointData: readArrays(source, section(piece, "PointData"), pointCount),
    cellData: readArrays(source, section(piece, "CellData"), cells.types.length),
  };
}

/** Reads the arrays of a section by name, except texts. */
export function readArrays(source: ArraySource, section?: XmlElement, tuples?: number): VtkArrays {
  const arrays = new Map<string, VtkArray>();
  for (const element of section?.children ?? []) {
    if (element.name !== "DataArray" || element.attributes.get("type") === "String") continue;
    const name = element.attributes.get("Name") ?? "";
    if (element.attributes.has("TimeStep")) {
      throw new SyntaxError(
        `array "${name}" belongs to one of several time steps; save each to a separate file`,
      );
    }
    if (arrays.has(name)) {
      throw new SyntaxError(`<${section!.name}> has two arrays of the name "${name}"`);
    }
    arrays.set(name, readDataArray(source, element, tuples));
  }
  return Object.fromEntries(arrays);
}

/** The child of a name, if any. @throws {SyntaxError} If there are several */
export function section(parent: XmlElement, name: string): XmlElement | undefined {
  const found = parent.children.filter((child) => child.name === name);
  if (found.length > 1) {
    throw new SyntaxError(`<${parent.name}> has ${found.length} sections <${name}>`);
  }
  return found[0];
}

/** Joins the points, cells and fields of all pieces. Empty ones may lack arrays. */
export function joinPieces(all: readonly Piece[]): Piece {
  const pieces = all.filter(({ pointCount }) => pointCount > 0);
  if (pieces.length <= 1) return pieces[0] ?? all[0];
  const firstPoints = [0];
  for (const { pointCount } of pieces) firstPoints.push(firstPoints.at(-1)! + pointCount);
  const points = joinNumbers(pieces.map((piece) => piece.points), "Points");
  return {
    pointCount: points.length / 3,
    points: points as Piece["points"],
    cells: joinCells(pieces.map(({ cells }) => cells), firstPoints),
    pointData: joinArrays(pieces.map((piece) => piece.pointData)),
    cellData: joinArrays(pieces.map((piece) => piece.cellData)),
  };
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
  if (!(values instanceof Float32Array || values instanceof Float64Array)) {
    throw new SyntaxError(
      `points must be Float32 or Float64, received ${element.attributes.get("type")}`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new SyntaxError(`points must be finite, point ${Math.floor(i / 3)} has ${values[i]}`);
    }
  }
  return values;
}

/** Reads the cells of a section; `typeOf` gives their types if the file does not. */
function readCells(
  source: ArraySource,
  piece: XmlElement,
  name: string,
  pointCount: number,
  typeOf?: (points: number) => number,
): MeshCells {
  const cellCount = typeOf
    ? readCount(piece, `NumberOf${name}`, 0)
    : readCount(piece, "NumberOfCells");
  const cells = section(piece, name);
  const read = (array: string, tuples?: number) => {
    const element = cells?.children.find(({ attributes }) => attributes.get("Name") === array);
    if (element === undefined && cellCount > 0) {
      throw new SyntaxError(`it states ${cellCount} cells and <${name}> has no array "${array}"`);
    }
    return element ? readDataArray(source, element, tuples).values : new NUMBER_TYPES.UInt8(0);
  };
  const connectivity = read("connectivity");
  const ends = read("offsets", cellCount);
  return makeCells(connectivity, ends, typeOf ?? read("types", cellCount), pointCount);
}

function joinArrays(parts: readonly VtkArrays[]): VtkArrays {
  const names = Object.keys(parts[0] ?? {});
  for (const part of parts) {
    if (
      Object.keys(part).length !== names.length || names.some((name) => !Object.hasOwn(part, name))
    ) {
      throw new SyntaxError(
        `its pieces must have the same arrays, received ${names.join(", ")} and ` +
          `${Object.keys(part).join(", ")}`,
      );
    }
  }
  return Object.fromEntries(names.map((name) => {
    const arrays = parts.map((part) => part[name]);
    if (arrays.some(({ components }) => components !== arrays[0].components)) {
      throw new SyntaxError(`its pieces must have the same components of array "${name}"`);
    }
    return [name, {
      values: joinNumbers(arrays.map(({ values }) => values), name),
      components: arrays[0].components,
    }];
  }));
}

function joinNumbers(parts: readonly VtkNumbers[], name: string): VtkNumbers {
  const NumberArray = Object.values(NUMBER_TYPES).find((type) =>
    parts.every((part) => part instanceof type)
  );
  if (NumberArray === undefined) {
    throw new SyntaxError(`its pieces must have array "${name}" of one type`);
  }
  const bytes = concatenated(
    parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  );
  return new NumberArray(bytes.buffer, 0, bytes.length / NumberArray.BYTES_PER_ELEMENT);
}
