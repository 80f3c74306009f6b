/**
 * Reads meshes and fields of VTK's XML files: unstructured grids (`.vtu`) and surfaces (`.vtp`).
 *
 * @module
 */

import type { MeshCells } from "../mesh_cells.ts";
import { COMPRESSORS, decodeBase64, type Packing } from "./binary.ts";
import { type ArraySource, damaged, readCount } from "./data_array.ts";
import { MAX_FILE_BYTES, readWholeFile } from "../whole_file.ts";
import { joinPieces, readArrays, readPiece, section, type VtkArrays } from "./piece.ts";
import { parseXml, type XmlElement, type XmlFile } from "./xml.ts";

export type { VtkArray } from "./data_array.ts";
export type { VtkNumbers } from "./numbers.ts";

/** A mesh with fields. */
export interface VtkFile {
  readonly kind: "unstructured" | "poly";
  readonly pointCount: number;
  /** Coordinates [N, 3], finite. */
  readonly points: Float32Array | Float64Array;
  /**
   * Cells in VTK's order; of a surface vertices, lines, polygons, strips. Polyhedra become convex
   * point sets.
   */
  readonly cells: MeshCells;
  /** Each array [N, components]. */
  readonly pointData: VtkArrays;
  /** Each array [cells, components]. */
  readonly cellData: VtkArrays;
  /** Arrays of any length, such as the time. */
  readonly fieldData: VtkArrays;
}

/** Kinds of meshes by VTK type. */
const KINDS = { UnstructuredGrid: "unstructured", PolyData: "poly" } as const;

/**
 * Reads a `.vtu` or `.vtp` file: ascii, base64 or raw, inline or appended, plain or compressed by
 * zlib or LZ4, with 32- or 64-bit headers, of either byte order. Pieces are joined. Every array is
 * checked against the counts that the file states; `toField` checks the numbers of fields.
 *
 * @throws {DataError} If there is no such file, it is cut short, damaged or inconsistent, of
 *   another kind, or compressed by LZMA; names the file and the array
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readVtk } from "./read_vtk.ts";
 *
 * const { pointCount, pointData } = await readVtk("tests/fixtures/vtk/cells_inline_zlib.vtu");
 * assert.equal(pointData.velocity.values.length, 3 * pointCount);
 * ```
 */
export async function readVtk(path: string): Promise<VtkFile> {
  const bytes = await readWholeFile(path);
  try {
    return parseVtk(path, bytes);
  } catch (cause) {
    throw damaged(`Cannot read "${path}"`, cause);
  }
}

function parseVtk(path: string, bytes: Uint8Array<ArrayBuffer>): VtkFile {
  const file = parseXml(bytes);
  const { root } = file;
  const type = root.attributes.get("type") ?? "";
  if (root.name !== "VTKFile" || !Object.hasOwn(KINDS, type)) {
    throw new SyntaxError(
      `it must be a VTK file of type UnstructuredGrid or PolyData, received <${root.name}> ${type}`,
    );
  }
  const kind = KINDS[type as keyof typeof KINDS];
  const grid = section(root, type);
  if (grid === undefined) throw new SyntaxError(`it has no <${type}>, which its type states`);
  const pieces = grid.children.filter(({ name }) => name === "Piece");
  if (pieces.length === 0) throw new SyntaxError(`<${type}> has no <Piece>`);
  const room = { bytes: MAX_FILE_BYTES };
  const source = { path, packing: readPacking(root), room, appendedAt: appendedArrays(file) };
  return {
    kind,
    ...joinPieces(pieces.map((piece) => readPiece(source, piece, kind))),
    fieldData: readArrays(source, section(grid, "FieldData")),
  };
}

function readPacking({ attributes }: XmlElement): Packing {
  const order = attributes.get("byte_order") ?? "LittleEndian";
  const header = attributes.get("header_type") ?? "UInt32";
  const compressor = attributes.get("compressor") ?? "";
  if (order !== "LittleEndian" && order !== "BigEndian") {
    throw new SyntaxError(`its byte_order must be LittleEndian or BigEndian, received "${order}"`);
  }
  if (header !== "UInt32" && header !== "UInt64") {
    throw new SyntaxError(`its header_type must be UInt32 or UInt64, received "${header}"`);
  }
  if (compressor !== "" && !Object.hasOwn(COMPRESSORS, compressor)) {
    throw new SyntaxError(
      `its compressor must be one of ${Object.keys(COMPRESSORS).join(", ")}, received ` +
        `"${compressor}"; save it with one of these, or uncompressed`,
    );
  }
  return {
    littleEndian: order === "LittleEndian",
    headerBytes: header === "UInt32" ? 4 : 8,
    compressor: compressor === "" ? undefined : COMPRESSORS[compressor],
  };
}

/** Returns the bytes of an appended array by its offset; they end at the next array. */
function appendedArrays({ root, appended }: XmlFile): ArraySource["appendedAt"] {
  const offsets: number[] = [];
  const visit = (element: XmlElement) => {
    if (element.attributes.get("format") === "appended") offsets.push(readCount(element, "offset"));
    element.children.forEach(visit);
  };
  visit(root);
  offsets.sort((a, b) => a - b);
  const ends = new Map(offsets.map((offset, i) => [offset, offsets[i + 1]]));
  if (ends.size !== offsets.length) {
    throw new SyntaxError("two arrays begin at one offset of its appended data");
  }
  return (offset) => {
    if (appended === undefined) throw new SyntaxError("the file has no appended data");
    if (offset >= appended.bytes.length) {
      throw new SyntaxError(
        `its offset must be below the ${appended.bytes.length} appended bytes, received ${offset}`,
      );
    }
    const bytes = appended.bytes.subarray(offset, ends.get(offset));
    if (appended.encoding === "raw") return bytes;
    if (appended.encoding === "base64") return decodeBase64(bytes);
    throw new SyntaxError(
      `the encoding of appended data must be raw or base64, received "${appended.encoding}"`,
    );
  };
}
