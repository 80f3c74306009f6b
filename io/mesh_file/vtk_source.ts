/**
 * A `.vtu` or `.vtp` file as a source of one sample.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { readVtk } from "../vtk/read_vtk.ts";
import { statedPoints } from "../vtk/stated_points.ts";
import { arraysOf, type FileMesh, type MeshSource } from "./mesh_file.ts";

/** Opens a file of VTK. @throws {DataError} If there is no such file */
export async function openVtkSource(path: string): Promise<MeshSource> {
  const id = basename(path, extname(path));
  const pointCount = await statedPoints(path);
  return {
    path,
    format: "VTK XML mesh",
    samples: [{ id, group: id, pointCount }],
    files: [path],
    read: () => readMesh(path),
  };
}

async function readMesh(path: string): Promise<FileMesh> {
  const { pointCount, points, cells, pointData, cellData, fieldData } = await readVtk(path);
  return {
    path,
    pointCount,
    points,
    axes: 3,
    cells,
    pointData: arraysOf(pointData),
    cellData: arraysOf(cellData),
    fieldData: arraysOf(fieldData),
    notes: [],
  };
}
