/**
 * Reads legacy VTK files (`.vtk`) of versions 1 to 5.1, in text or in binary.
 *
 * Own code: vtk.js reads surfaces in text only, and no other package of npm reads these files.
 *
 * @module
 */

import type { MeshCells } from "../../mesh_cells.ts";
import {
  evenCoordinates,
  gridCells,
  type GridDimensions,
  gridPointCount,
  gridPoints,
  gridShapeOf,
} from "../../mesh_file/grid_mesh.ts";
import type { FileMesh } from "../../mesh_file/mesh_file.ts";
import { readWholeFile } from "../../whole_file.ts";
import { damaged } from "../data_array.ts";
import type { VtkNumbers } from "../numbers.ts";
import { withGhosts } from "../ghosts.ts";
import { asFloats, checkPoints } from "../piece.ts";
import { checkPointCount } from "../structured_grid.ts";
import {
  lazyLegacyArrays,
  type LegacyArrays,
  readAttribute,
  readField,
  skipMetadata,
} from "./legacy_attributes.ts";
import {
  type CellLists,
  readCellLists,
  SURFACE_TYPES,
  surfaceOf,
  volumeOf,
} from "./legacy_cells.ts";
import { LegacyCursor } from "./legacy_cursor.ts";

/** Geometry of a data set, as its sections are read. */
interface Geometry {
  dimensions?: GridDimensions;
  origin: readonly number[];
  spacing: readonly number[];
  /** Coordinates along x, y and z. */
  readonly coordinates: (ArrayLike<number> | undefined)[];
  points?: Float32Array | Float64Array;
  /** Cells by their section. */
  readonly cells: Map<string, CellLists>;
  types?: VtkNumbers;
}

const DATASETS = [
  "UNSTRUCTURED_GRID",
  "POLYDATA",
  "STRUCTURED_POINTS",
  "STRUCTURED_GRID",
  "RECTILINEAR_GRID",
];

/**
 * Reads a file.
 *
 * @throws {DataError} If there is no such file, it is cut short, damaged or without points
 */
export async function readLegacyVtk(path: string): Promise<FileMesh> {
  const bytes = await readWholeFile(path);
  try {
    return parseLegacyVtk(path, bytes);
  } catch (cause) {
    throw damaged(`Cannot read "${path}"`, cause);
  }
}

function parseLegacyVtk(path: string, bytes: Uint8Array<ArrayBuffer>): FileMesh {
  const cursor = new LegacyCursor(bytes);
  const header = cursor.line();
  if (!/^# vtk DataFile Version \d+\.\d+$/i.test(header)) {
    throw new SyntaxError(
      `its first line must be "# vtk DataFile Version 5.1" or of another version, received ` +
        `"${header.slice(0, 80)}"`,
    );
  }
  cursor.line();
  const encoding = cursor.word()?.toUpperCase() ?? "";
  if (encoding !== "ASCII" && encoding !== "BINARY") {
    throw new SyntaxError(
      `its third line must be ASCII or BINARY, received "${encoding.slice(0, 40)}"`,
    );
  }
  cursor.isBinary = encoding === "BINARY";
  const fieldData: LegacyArrays = new Map();
  while (cursor.keyword() === "FIELD") readField(cursor, fieldData);
  const dataset = cursor.keyword() === "DATASET" ? (cursor.word(), cursor.word() ?? "") : "";
  if (!DATASETS.includes(dataset.toUpperCase())) {
    throw new SyntaxError(
      `it must have a DATASET of ${DATASETS.join(", ")}, received "${dataset.slice(0, 40)}"`,
    );
  }
  return readDataset(path, cursor, dataset.toUpperCase(), fieldData);
}

function readDataset(
  path: string,
  cursor: LegacyCursor,
  dataset: string,
  fieldData: LegacyArrays,
): FileMesh {
  const geometry: Geometry = {
    origin: [0, 0, 0],
    spacing: [1, 1, 1],
    coordinates: [undefined, undefined, undefined],
    cells: new Map(),
  };
  while (readGeometry(cursor, geometry, fieldData));
  const { points, cells } = dataset === "UNSTRUCTURED_GRID" || dataset === "POLYDATA"
    ? freeMesh(dataset, geometry)
    : gridMesh(dataset, geometry, cursor.bytes.length);
  checkPoints(points, 3);
  const pointArrays: LegacyArrays = new Map();
  const cellArrays: LegacyArrays = new Map();
  const pointCount = points.length / 3;
  readSections(cursor, { pointArrays, cellArrays, fieldData }, pointCount, cells.types.length);
  const mesh = withGhosts({
    path,
    pointCount,
    points,
    axes: 3,
    cells,
    pointData: lazyLegacyArrays(path, pointArrays),
    cellData: lazyLegacyArrays(path, cellArrays),
    fieldData: lazyLegacyArrays(path, fieldData),
    notes: [],
  });
  const hasGhosts = mesh.ghostPoints !== undefined || mesh.ghostCells !== undefined;
  const shape = geometry.dimensions && gridShapeOf(geometry.dimensions);
  return { ...mesh, gridShape: hasGhosts ? undefined : shape };
}

/** Reads a section of the geometry, if one is next. */
function readGeometry(
  cursor: LegacyCursor,
  geometry: Geometry,
  fieldData: LegacyArrays,
): boolean {
  const keyword = cursor.keyword() ?? "";
  const three = (read: (what: string) => number) => {
    cursor.word();
    return [read(keyword), read(keyword), read(keyword)] as const;
  };
  if (keyword === "FIELD") readField(cursor, fieldData);
  else if (keyword === "METADATA") skipMetadata(cursor);
  else if (keyword === "DIMENSIONS") {
    geometry.dimensions = three((what) => cursor.count(what));
  } else if (keyword === "EXTENT") {
    const [x0, x1, y0, y1, z0, z1] = [
      ...three((what) => cursor.number(what)),
      cursor.number(keyword),
      cursor.number(keyword),
      cursor.number(keyword),
    ];
    geometry.dimensions = [x1 - x0 + 1, y1 - y0 + 1, z1 - z0 + 1];
  } else if (keyword === "ORIGIN") geometry.origin = three((what) => cursor.number(what));
  else if (keyword === "SPACING" || keyword === "ASPECT_RATIO") {
    geometry.spacing = three((what) => cursor.number(what));
  } else if (/^[XYZ]_COORDINATES$/.test(keyword)) {
    cursor.word();
    const numbers = cursor.array(...sizeAndType(cursor, keyword, 1)).read();
    geometry.coordinates["XYZ".indexOf(keyword[0])] = Float64Array.from(
      numbers as ArrayLike<number | bigint>,
      Number,
    );
  } else if (keyword === "POINTS") {
    cursor.word();
    geometry.points = asFloats(cursor.array(...sizeAndType(cursor, keyword, 3)).read());
  } else if (keyword === "BLANKING") {
    throw new SyntaxError("BLANKING is not supported; save it with a newer version of VTK");
  } else if (keyword === "CELL_TYPES") {
    cursor.word();
    const count = cursor.count("the number of CELL_TYPES");
    geometry.types = cursor.array("int", count, keyword).read();
  } else if (keyword === "CELLS" || Object.hasOwn(SURFACE_TYPES, keyword)) {
    geometry.cells.set(keyword, readCellLists(cursor));
  } else return false;
  return true;
}

/** `count type` of a section of coordinates, as the arguments of an array. */
function sizeAndType(
  cursor: LegacyCursor,
  keyword: string,
  width: number,
): readonly [type: string, count: number, what: string] {
  const count = cursor.count(`the number of ${keyword}`);
  return [cursor.word() ?? "", width * count, keyword];
}

/** Points and cells of an unstructured grid or a surface. */
function freeMesh(dataset: string, { points, cells, types }: Geometry) {
  if (points === undefined) throw new SyntaxError(`${dataset} must have POINTS, it has none`);
  const pointCount = points.length / 3;
  if (dataset === "POLYDATA") return { points, cells: surfaceOf(cells, pointCount) };
  return { points, cells: volumeOf(cells.get("CELLS"), types, pointCount) };
}

/** Points and cells of a grid. */
function gridMesh(
  dataset: string,
  { dimensions, origin, spacing, coordinates, points }: Geometry,
  byteCount: number,
): { points: Float32Array | Float64Array; cells: MeshCells } {
  if (dimensions === undefined) throw new SyntaxError(`${dataset} must have DIMENSIONS`);
  checkPointCount(dimensions, byteCount);
  const cells = gridCells(dimensions);
  if (dataset === "STRUCTURED_POINTS") {
    const axis = (k: number) => evenCoordinates(origin[k], spacing[k], dimensions[k]);
    return { points: gridPoints([axis(0), axis(1), axis(2)]), cells };
  }
  if (dataset === "RECTILINEAR_GRID") {
    const [x, y, z] = coordinates.map((values, k) => {
      if (values?.length === dimensions[k]) return values;
      throw new SyntaxError(
        `${"XYZ"[k]}_COORDINATES must have ${dimensions[k]} numbers, found ${values?.length ?? 0}`,
      );
    });
    return { points: gridPoints([x, y, z]), cells };
  }
  const pointCount = gridPointCount(dimensions);
  if (points?.length === 3 * pointCount) return { points, cells };
  throw new SyntaxError(
    `${dataset} must have ${pointCount} POINTS, found ${(points?.length ?? 0) / 3}`,
  );
}

/** The arrays of a file by what they belong to. */
interface Sections {
  readonly pointArrays: LegacyArrays;
  readonly cellArrays: LegacyArrays;
  readonly fieldData: LegacyArrays;
}

/** Reads the attributes to the end of the file. */
function readSections(
  cursor: LegacyCursor,
  { pointArrays, cellArrays, fieldData }: Sections,
  pointCount: number,
  cellCount: number,
): void {
  let section: { arrays: LegacyArrays; count: number } | undefined;
  for (let keyword = cursor.keyword(); keyword !== undefined; keyword = cursor.keyword()) {
    if (keyword === "POINT_DATA" || keyword === "CELL_DATA") {
      cursor.word();
      const isPoints = keyword === "POINT_DATA";
      section = {
        arrays: isPoints ? pointArrays : cellArrays,
        count: isPoints ? pointCount : cellCount,
      };
      const count = cursor.count(keyword);
      if (count === section.count) continue;
      throw new SyntaxError(`${keyword} must be of ${section.count} tuples, it states ${count}`);
    }
    if (section === undefined && keyword === "FIELD") readField(cursor, fieldData);
    else if (section === undefined || !readAttribute(cursor, section.arrays, section.count)) {
      throw new SyntaxError(
        `expected POINT_DATA, CELL_DATA or an attribute, received "${keyword.slice(0, 40)}"`,
      );
    }
  }
}
