/**
 * Writes meshes and fields as `.vtu` and `.vtp` files for ParaView and other programs based on VTK.
 *
 * @module
 */

import { writeFileAtomically, type WriteOptions } from "../atomic_write.ts";
import type { MeshCells } from "../mesh_cells.ts";
import { concatenated, packZlib } from "./binary.ts";
import { CONVEX_POINT_SET, facesOf, nodesOfCell, POLYHEDRON } from "../polyhedra.ts";
import { POINTS_PER_CELL } from "./vtk_cells.ts";
import { NUMBER_TYPES, type NumberType, type VtkNumbers } from "./numbers.ts";
import type { VtkArrays } from "./piece.ts";

/** A mesh with fields to write. */
export interface VtkMesh {
  /** Coordinates [N, 3]. */
  readonly points: Float32Array | Float64Array;
  readonly cells: MeshCells;
  /** Each array [N, components]. */
  readonly pointData: VtkArrays;
  /** Each array [cells, components]. @default none */
  readonly cellData?: VtkArrays | undefined;
}

const PACKING = 'byte_order="LittleEndian" header_type="UInt64" ' +
  'compressor="vtkZLibDataCompressor"';
/** VTK types of lines and polylines. */
const CURVE_TYPES: readonly number[] = [3, 4];

/** An array to write. */
interface NamedArray {
  readonly name: string;
  readonly values: VtkNumbers;
  readonly components: number;
}

/**
 * Writes an unstructured grid atomically, as appended raw data in zlib blocks with 64-bit headers.
 *
 * @param path Path of the file; ParaView requires the extension `.vtu`
 * @throws {TypeError} If lengths do not match the points and cells
 * @throws {RangeError} If a cell has a missing point or a wrong number of points
 * @throws {UserError} If the file exists and `overwrite` is not set
 * @throws {DataError} If the write fails, as on a full disk
 */
export async function writeVtu(
  path: string,
  mesh: VtkMesh,
  options: WriteOptions = {},
): Promise<void> {
  checkMesh(`Cannot write "${path}"`, mesh);
  const { cells, faces } = splitFaces(mesh.cells);
  const types = { name: "types", values: cells.types, components: 1 };
  const bytes = encode("UnstructuredGrid", "Cells", { ...mesh, cells }, [types, ...faces]);
  await writeFileAtomically(path, bytes, options);
}

/**
 * Cells with the points of each polyhedron once, and the arrays of the faces in the layout before
 * VTK 9.4, which later versions read too. A polyhedron whose faces are not closed, because points
 * were merged, becomes the hull of its points.
 */
function splitFaces(cells: MeshCells): { cells: MeshCells; faces: readonly NamedArray[] } {
  if (!cells.types.includes(POLYHEDRON)) return { cells, faces: [] };
  const types = cells.types.slice();
  const stream: number[] = [];
  const ends = new BigInt64Array(types.length).fill(-1n);
  const entries = Array.from(types, (type, cell) => {
    const entry = cells.connectivity.subarray(cells.offsets[cell], cells.offsets[cell + 1]);
    if (type !== POLYHEDRON) return entry;
    const faces = facesOf(entry);
    if (faces === undefined) types[cell] = CONVEX_POINT_SET;
    else {
      stream.push(faces.length);
      for (const face of faces) stream.push(face.length, ...face);
      ends[cell] = BigInt(stream.length);
    }
    return nodesOfCell(cells, cell);
  });
  const offsets = new Uint32Array(types.length + 1);
  for (const [cell, { length }] of entries.entries()) offsets[cell + 1] = offsets[cell] + length;
  const connectivity = new Uint32Array(offsets[types.length]);
  for (const [cell, entry] of entries.entries()) connectivity.set(entry, offsets[cell]);
  const faces = [
    { name: "faces", values: BigInt64Array.from(stream, BigInt), components: 1 },
    { name: "faceoffsets", values: ends, components: 1 },
  ];
  return { cells: { connectivity, offsets, types }, faces };
}

/**
 * Writes curves, such as the wall of an aerofoil, as `writeVtu` writes a mesh.
 *
 * @param path Path of the file; ParaView requires the extension `.vtp`
 * @param mesh Cells of VTK's types 3 and 4, lines and polylines
 * @throws {TypeError} If lengths do not match the points and cells
 * @throws {RangeError} If a cell is of another type, or as `writeVtu`
 * @throws {UserError} If the file exists and `overwrite` is not set
 * @throws {DataError} If the write fails, as on a full disk
 */
export async function writeVtp(
  path: string,
  mesh: VtkMesh,
  options: WriteOptions = {},
): Promise<void> {
  const action = `Cannot write "${path}"`;
  checkMesh(action, mesh);
  const other = mesh.cells.types.find((type) => !CURVE_TYPES.includes(type));
  if (other !== undefined) {
    throw new RangeError(
      `${action}: cells must be of type ${CURVE_TYPES.join(" or ")}, received ${other}`,
    );
  }
  await writeFileAtomically(path, encode("PolyData", "Lines", mesh, []), options);
}

/**
 * Encodes a file.
 *
 * @param cellSection Section of the cells, whose number is stated as `NumberOf<cellSection>`
 * @param more Arrays of the cells in addition to their points
 */
function encode(
  type: "UnstructuredGrid" | "PolyData",
  cellSection: "Cells" | "Lines",
  { points, cells, pointData, cellData = {} }: VtkMesh,
  more: readonly NamedArray[],
): Uint8Array {
  const appended: Uint8Array[] = [];
  let offset = 0;
  const section = (name: string, arrays: readonly NamedArray[]) => {
    const lines = arrays.map((array) => {
      const packed = packZlib(
        new Uint8Array(array.values.buffer, array.values.byteOffset, array.values.byteLength),
      );
      const line = `<DataArray type="${typeOf(array.values)}" Name="${escaped(array.name)}" ` +
        `NumberOfComponents="${array.components}" format="appended" offset="${offset}"/>\n`;
      appended.push(packed);
      offset += packed.length;
      return line;
    });
    return `<${name}>\n${lines.join("")}</${name}>\n`;
  };
  const named = (arrays: VtkArrays) =>
    Object.entries(arrays).map(([name, array]) => ({ name, ...array }));
  const head = `<?xml version="1.0"?>
<VTKFile type="${type}" version="1.0" ${PACKING}>
<${type}>
<Piece NumberOfPoints="${points.length / 3}" NumberOf${cellSection}="${cells.types.length}">
` + section("PointData", named(pointData)) +
    section("CellData", named(cellData)) +
    section("Points", [{ name: "Points", values: points, components: 3 }]) +
    section(cellSection, [
      { name: "connectivity", values: widened(cells.connectivity), components: 1 },
      { name: "offsets", values: widened(cells.offsets.subarray(1)), components: 1 },
      ...more,
    ]) + `</Piece>
</${type}>
<AppendedData encoding="raw">
_`;
  const encoder = new TextEncoder();
  return concatenated([
    encoder.encode(head),
    ...appended,
    encoder.encode("\n</AppendedData>\n</VTKFile>\n"),
  ]);
}

function checkMesh(action: string, { points, cells, pointData, cellData = {} }: VtkMesh): void {
  const pointCount = points.length / 3;
  const cellCount = cells.types.length;
  if (!Number.isInteger(pointCount)) {
    throw new TypeError(
      `${action}: points must have 3 coordinates, received ${points.length} numbers`,
    );
  }
  const checkArrays = (arrays: VtkArrays, count: number) => {
    for (const [name, { values, components }] of Object.entries(arrays)) {
      if (values.length !== count * components) {
        throw new TypeError(
          `${action}: array "${name}" must have ${count} x ${components} numbers, ` +
            `received ${values.length}`,
        );
      }
    }
  };
  checkArrays(pointData, pointCount);
  checkArrays(cellData, cellCount);
  if (
    cells.offsets.length !== cellCount + 1 || cells.offsets[cellCount] !== cells.connectivity.length
  ) {
    throw new TypeError(
      `${action}: ${cellCount} cells must have ${cellCount + 1} offsets that end at ` +
        `${cells.connectivity.length}, received ${cells.offsets.length} that end at ` +
        cells.offsets.at(-1),
    );
  }
  for (let cell = 0; cell < cellCount; cell++) {
    const count = cells.offsets[cell + 1] - cells.offsets[cell];
    if (count < 0 || count !== (POINTS_PER_CELL[cells.types[cell]] ?? count)) {
      throw new RangeError(
        `${action}: cell ${cell} of type ${cells.types[cell]} has ${count} points`,
      );
    }
  }
  const unknown = cells.connectivity.find((point) => point >= pointCount);
  if (unknown !== undefined) {
    throw new RangeError(
      `${action}: cells must have points below ${pointCount}, received ${unknown}`,
    );
  }
}

function typeOf(values: VtkNumbers): NumberType {
  const types = Object.keys(NUMBER_TYPES) as NumberType[];
  return types.find((type) => values instanceof NUMBER_TYPES[type])!;
}

/** Counts in 64 bits, as VTK stores them: the lower half of each number. */
function widened(counts: Uint32Array): BigInt64Array {
  const halves = new Uint32Array(2 * counts.length);
  for (let i = 0; i < counts.length; i++) halves[2 * i] = counts[i];
  return new BigInt64Array(halves.buffer);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}
