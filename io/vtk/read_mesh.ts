/**
 * Reads VTK's XML files of all kinds as one mesh: unstructured grids, surfaces and structured
 * grids, the files that name the pieces of a parallel run, and blocks.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import { namedPath, requireFile } from "../mesh_file/named_files.ts";
import { joinMeshes } from "../mesh_file/join_meshes.ts";
import { NO_ARRAYS } from "../mesh_file/lazy_arrays.ts";
import type { FileArrays, FileMesh } from "../mesh_file/mesh_file.ts";
import { MAX_FILE_BYTES, readWholeFile } from "../whole_file.ts";
import { damaged } from "./data_array.ts";
import { withGhosts } from "./ghosts.ts";
import { piecesOf, readArrays, readPiece, section } from "./piece.ts";
import { assembleGrid, type GridPiece, readGridPieces } from "./structured_grid.ts";
import type { XmlElement } from "./xml.ts";
import { parseVtkXml, type VtkXml } from "./xml_file.ts";

/** Types of files whose data are in the file. */
const POINT_TYPES = ["UnstructuredGrid", "PolyData"];
const GRID_TYPES = ["ImageData", "RectilinearGrid", "StructuredGrid"];
/** Types of files that name other files. */
const PARALLEL_TYPES = [...POINT_TYPES, ...GRID_TYPES].map((type) => `P${type}`);
const BLOCK_TYPES = [
  "vtkMultiBlockDataSet",
  "vtkPartitionedDataSet",
  "vtkPartitionedDataSetCollection",
];
/** Types of files with one mesh. */
export const ALL_TYPES: readonly string[] = [
  ...POINT_TYPES,
  ...GRID_TYPES,
  ...PARALLEL_TYPES,
  ...BLOCK_TYPES,
];

/** Files that name files are nested this deep. */
const MAX_DEPTH = 8;
/** Maximum number of files of one mesh. */
const MAX_PARTS = 65_536;

/** Remaining size and number of files: they can name each other, or one of them many times. */
interface Budget {
  bytes: number;
  parts: number;
}

/**
 * Reads a file and those that it names.
 *
 * @throws {DataError} If a file is missing, damaged or of another kind; names it
 */
export async function readVtkXmlMesh(path: string): Promise<FileMesh> {
  return await readMesh(path, 0, { bytes: MAX_FILE_BYTES, parts: MAX_PARTS });
}

/**
 * The files that a file names, below their folder as the file has them, and the files that those
 * name; none for files with data.
 *
 * @throws {DataError} If one is missing or names itself
 */
export async function partsOfVtkFile(path: string): Promise<readonly string[]> {
  if (!isParts(path)) return [];
  const budget = { bytes: MAX_FILE_BYTES, parts: MAX_PARTS };
  const visit = async (file: string, depth: number): Promise<readonly string[]> => {
    if (!isParts(file)) return [];
    const { data } = await openXml(file, depth, budget);
    const parts = partsOf(file, data);
    for (const part of parts) await requireFile(file, part);
    const nested = [];
    for (const part of parts) nested.push(...await visit(part, depth + 1));
    return [...parts, ...nested];
  };
  return [...new Set(await visit(path, 0))];
}

/** Whether the name of a file is one of a file that names others. */
function isParts(path: string): boolean {
  return /\.(pvt[upirs]|pvti|vtm|vtpd|vtpc)$/i.test(path);
}

async function openXml(path: string, depth: number, budget: Budget): Promise<VtkXml> {
  if (depth > MAX_DEPTH) {
    throw new DataError(
      `Cannot read "${path}": files that name files must be nested at most ${MAX_DEPTH} deep; ` +
        "one of them names itself",
    );
  }
  const bytes = await readWholeFile(path);
  budget.bytes -= bytes.length;
  budget.parts--;
  if (budget.bytes < 0 || budget.parts < 0) {
    throw new DataError(
      `Cannot read "${path}": the files of a mesh must have at most ${MAX_FILE_BYTES} bytes and ` +
        `be at most ${MAX_PARTS}`,
    );
  }
  return attempt(path, () => parseVtkXml(path, bytes, ALL_TYPES));
}

async function readMesh(path: string, depth: number, budget: Budget): Promise<FileMesh> {
  const file = await openXml(path, depth, budget);
  const { type, data, source, byteCount } = file;
  const fieldData = () => readArrays(source, section(data, "FieldData"));
  if (POINT_TYPES.includes(type)) {
    return attempt(path, () => readPieces(path, file, fieldData()));
  }
  if (GRID_TYPES.includes(type)) {
    return attempt(path, () => {
      return assembleGrid(path, data, readGridPieces(file), byteCount, fieldData());
    });
  }
  const parts = partsOf(path, data);
  if (type.startsWith("P") && GRID_TYPES.includes(type.slice(1))) {
    return await readParallelGrid(path, file, parts, depth, budget);
  }
  const meshes: FileMesh[] = [];
  for (const part of parts) {
    await requireFile(path, part);
    meshes.push(await readMesh(part, depth + 1, budget));
  }
  const joined = meshes.length === 0
    ? emptyMesh(path)
    : joinMeshes(path, meshes, BLOCK_TYPES.includes(type) ? "blocks" : "pieces");
  const own = attempt(path, fieldData);
  return own.names.length === 0 ? joined : { ...joined, fieldData: own };
}

/** Pieces in one file. */
function readPieces(path: string, { type, data, source }: VtkXml, fieldData: FileArrays): FileMesh {
  const kind = type === "PolyData" ? "poly" : "unstructured";
  const pieces = piecesOf(data).map((piece) =>
    withGhosts({ path, axes: 3, fieldData, ...readPiece(source, piece, kind) })
  );
  return joinMeshes(path, pieces, "pieces");
}

/** Boxes of one grid in files. */
async function readParallelGrid(
  path: string,
  { type, data, source, byteCount }: VtkXml,
  parts: readonly string[],
  depth: number,
  budget: Budget,
): Promise<FileMesh> {
  const pieces: GridPiece[] = [];
  let totalBytes = byteCount;
  let fieldData = attempt(path, () => readArrays(source, section(data, "FieldData")));
  for (const part of parts) {
    await requireFile(path, part);
    const file = await openXml(part, depth + 1, budget);
    totalBytes += file.byteCount;
    if (file.type !== type.slice(1)) {
      throw new DataError(
        `Cannot read "${part}": a piece of "${path}" must be of type ${type.slice(1)}, ` +
          `received ${file.type}`,
      );
    }
    pieces.push(...attempt(part, () => readGridPieces(file)));
    if (fieldData.names.length === 0) {
      fieldData = attempt(part, () => readArrays(file.source, section(file.data, "FieldData")));
    }
  }
  return attempt(path, () => assembleGrid(path, data, pieces, totalBytes, fieldData));
}

/** The files that an element and those in it name. */
export function partsOf(path: string, data: XmlElement): readonly string[] {
  const parts: string[] = [];
  const visit = ({ name, attributes, children }: XmlElement): void => {
    const file = name === "Piece"
      ? attributes.get("Source")
      : name === "DataSet"
      ? attributes.get("file")
      : undefined;
    if (file !== undefined && file.trim() !== "") parts.push(namedPath(path, file));
    children.forEach(visit);
  };
  visit(data);
  const places = new Map(parts.map((part, k) => [part, k]));
  const again = parts.find((part, k) => places.get(part) !== k);
  if (again === undefined) return parts;
  throw new DataError(`Cannot read "${path}": it names "${again}" more than once`);
}

function emptyMesh(path: string): FileMesh {
  return {
    path,
    pointCount: 0,
    points: new Float32Array(0),
    axes: 3,
    cells: {
      connectivity: new Uint32Array(0),
      offsets: new Uint32Array(1),
      types: new Uint8Array(0),
    },
    pointData: NO_ARRAYS,
    cellData: NO_ARRAYS,
    fieldData: NO_ARRAYS,
    notes: [],
  };
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(`Cannot read "${path}"`, cause);
  }
}
