/**
 * Writes meshes and fields as `.vtu` and `.vtp` files, which ParaView and everything else built on
 * VTK opens.
 *
 * @module
 */

import { writeFileAtomically, type WriteOptions } from "../atomic_write.ts";
import type { MeshCells } from "../mesh_cells.ts";
import { concatenated, packZlib } from "./binary.ts";
import { pointsPerCell, polyhedron } from "./vtk_cells.ts";
import { type NumberType, numberTypes, type VtkNumbers } from "./numbers.ts";
import type { VtkArrays } from "./piece.ts";

/** What is written: a mesh with fields. */
export interface VtkMesh {
  /** Coordinates [N, 3]. */
  readonly points: Float32Array | Float64Array;
  readonly cells: MeshCells;
  /** Each array [N, components]. */
  readonly pointData: VtkArrays;
  /** Each array [cells, components]. @default none */
  readonly cellData?: VtkArrays | undefined;
}

/** VTK's lines of two points and of any number. */
const curveTypes: readonly number[] = [3, 4];

/** An array on its way into the file. */
interface NamedArray {
  readonly name: string;
  readonly values: VtkNumbers;
  readonly components: number;
}

/**
 * Writes an unstructured grid: appended raw data in zlib blocks with 64-bit headers. The file
 * appears when it is whole.
 *
 * @param path Where to write; ParaView wants the ending `.vtu`
 * @throws {TypeError} when lengths do not fit the points and cells
 * @throws {RangeError} when a cell has a point that is not there, not as many as its type needs, or
 *   is a polyhedron, which has faces too
 * @throws {UserError} when the file exists and `overwrite` is not set
 * @throws {DataError} when the write fails, as on a full disk
 */
export async function writeVtu(
  path: string,
  mesh: VtkMesh,
  options: WriteOptions = {},
): Promise<void> {
  checkMesh(`Cannot write "${path}"`, mesh);
  const types = { name: "types", values: mesh.cells.types, components: 1 };
  await writeFileAtomically(path, encode("UnstructuredGrid", "Cells", mesh, [types]), options);
}

/**
 * Writes curves, such as the wall of an aerofoil, as `writeVtu` writes a mesh.
 *
 * @param path Where to write; ParaView wants the ending `.vtp`
 * @param mesh Cells of VTK's types 3 and 4, lines and polylines
 * @throws what `writeVtu` throws, and a `RangeError` when a cell is of another type
 */
export async function writeVtp(
  path: string,
  mesh: VtkMesh,
  options: WriteOptions = {},
): Promise<void> {
  const action = `Cannot write "${path}"`;
  checkMesh(action, mesh);
  const other = mesh.cells.types.find((type) => !curveTypes.includes(type));
  if (other !== undefined) {
    throw new RangeError(
      `${action} as cells must be of type ${curveTypes.join(" or ")}: received ${other}`,
    );
  }
  await writeFileAtomically(path, encode("PolyData", "Lines", mesh, []), options);
}

/**
 * @param cellSection Of the cells, whose number is stated as `NumberOf<cellSection>`
 * @param more What is to be said of the cells beyond their points
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
<VTKFile type="${type}" version="1.0" byte_order="LittleEndian" header_type="UInt64" compressor="vtkZLibDataCompressor">
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
      `${action} as points must have 3 coordinates: received ${points.length} numbers`,
    );
  }
  const checkArrays = (arrays: VtkArrays, count: number) => {
    for (const [name, { values, components }] of Object.entries(arrays)) {
      if (values.length !== count * components) {
        throw new TypeError(
          `${action} as array "${name}" must have ${count} x ${components} numbers: ` +
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
      `${action} as ${cellCount} cells must have ${cellCount + 1} offsets that end at ` +
        `${cells.connectivity.length}: ` +
        `received ${cells.offsets.length} that end at ${cells.offsets.at(-1)}`,
    );
  }
  for (let cell = 0; cell < cellCount; cell++) {
    const count = cells.offsets[cell + 1] - cells.offsets[cell];
    if (
      count < 0 || count !== (pointsPerCell[cells.types[cell]] ?? count) ||
      cells.types[cell] === polyhedron
    ) {
      throw new RangeError(
        `${action} as cell ${cell} of type ${cells.types[cell]} has ${count} points`,
      );
    }
  }
  const unknown = cells.connectivity.find((point) => point >= pointCount);
  if (unknown !== undefined) {
    throw new RangeError(
      `${action} as cells must have points below ${pointCount}: received ${unknown}`,
    );
  }
}

function typeOf(values: VtkNumbers): NumberType {
  const types = Object.keys(numberTypes) as NumberType[];
  return types.find((type) => values instanceof numberTypes[type])!;
}

/** Counts in 64 bits, as VTK keeps them: each the lower half of its number. */
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
