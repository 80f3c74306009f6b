/** Damaged files and the errors of their reader. @module */

import { DataError } from "../../../errors.ts";
import { readVtk } from "../../../io/vtk/read_vtk.ts";

/** Reads bytes as a file; a failure must be a `DataError` that names the file. */
export async function outcome(directory: string, bytes: Uint8Array | string): Promise<string> {
  const path = `${directory}/a.vtu`;
  if (typeof bytes === "string") await Deno.writeTextFile(path, bytes);
  else await Deno.writeFile(path, bytes);
  try {
    await readVtk(path);
    return "read";
  } catch (error) {
    if (!(error instanceof DataError) || !error.message.includes(`"${path}"`)) throw error;
    return error.message.replaceAll(path, "a.vtu");
  }
}

const CELL_VALUES = '<DataArray type="Int8" Name="c" NumberOfComponents="2" format="ascii">' +
  "1 -2 3 -4</DataArray>";
const POINTS = '<DataArray type="Float32" NumberOfComponents="3" format="ascii">' +
  "0 0 0 1 0 0 1 1 0 0 1 0</DataArray>";

/** Two triangles with a field, as text. */
export const text =
  `<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" header_type="UInt64">
<UnstructuredGrid><Piece NumberOfPoints="4" NumberOfCells="2">
<PointData><DataArray type="Float32" Name="p" format="ascii">0 1 2 3</DataArray></PointData>
<CellData>${CELL_VALUES}</CellData>
<Points>${POINTS}</Points>
<Cells><DataArray type="Int64" Name="connectivity" format="ascii">0 1 2 0 2 3</DataArray>
<DataArray type="Int64" Name="offsets" format="ascii">3 6</DataArray>
<DataArray type="UInt8" Name="types" format="ascii">5 5</DataArray></Cells>
</Piece></UnstructuredGrid></VTKFile>
`;
