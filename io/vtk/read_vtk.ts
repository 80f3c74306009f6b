/**
 * Reads meshes and fields of VTK's XML files: unstructured grids (`.vtu`) and surfaces (`.vtp`).
 *
 * @module
 */

import { joinNumbers } from "../mesh_file/lazy_arrays.ts";
import { joinCells } from "../mesh_file/join_meshes.ts";
import type { FileArrays } from "../mesh_file/mesh_file.ts";
import type { MeshCells } from "../mesh_cells.ts";
import { damaged } from "./data_array.ts";
import { readWholeFile } from "../whole_file.ts";
import type { VtkNumbers } from "./numbers.ts";
import { type PieceOf, piecesOf, readArrays, readPiece, section, type VtkArrays } from "./piece.ts";
import { parseVtkXml } from "./xml_file.ts";

export type { VtkArray } from "./data_array.ts";
export type { VtkNumbers } from "./numbers.ts";

/** A mesh with fields. */
export interface VtkFile {
  readonly kind: "unstructured" | "poly";
  readonly pointCount: number;
  /** Coordinates [N, 3], finite. */
  readonly points: Float32Array | Float64Array;
  /**
   * Cells in VTK's order; of a surface vertices, lines, polygons, strips.
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
  const { type, data, source } = parseVtkXml(path, bytes, Object.keys(KINDS));
  const kind = KINDS[type as keyof typeof KINDS];
  const pieces = piecesOf(data).map((piece) => {
    const { pointCount, points, cells, ...fields } = readPiece(source, piece, kind);
    const pointData = readAll(fields.pointData);
    return { pointCount, points, cells, pointData, cellData: readAll(fields.cellData) };
  });
  const fieldData = readAll(readArrays(source, section(data, "FieldData")));
  return { kind, ...joinPieces(pieces), fieldData };
}

/** Decodes all arrays. */
function readAll({ names, read }: FileArrays): VtkArrays {
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

/** Joins the points, cells and fields of all pieces. Empty ones may lack arrays. */
function joinPieces(all: readonly PieceOf<VtkArrays>[]): PieceOf<VtkArrays> {
  const pieces = all.filter(({ pointCount }) => pointCount > 0);
  if (pieces.length <= 1) return pieces[0] ?? all[0];
  const firstPoints = [0];
  for (const { pointCount } of pieces) firstPoints.push(firstPoints.at(-1)! + pointCount);
  const points = joinSameType(pieces.map((piece) => piece.points), "Points");
  return {
    pointCount: points.length / 3,
    points: points as VtkFile["points"],
    cells: joinCells(pieces.map(({ cells }) => cells), firstPoints),
    pointData: joinArrays(pieces.map((piece) => piece.pointData)),
    cellData: joinArrays(pieces.map((piece) => piece.cellData)),
  };
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
      values: joinSameType(arrays.map(({ values }) => values), name),
      components: arrays[0].components,
    }];
  }));
}

function joinSameType(parts: readonly VtkNumbers[], name: string): VtkNumbers {
  if (parts.some((part) => part.constructor !== parts[0].constructor)) {
    throw new SyntaxError(`its pieces must have array "${name}" of one type`);
  }
  return joinNumbers(parts);
}
