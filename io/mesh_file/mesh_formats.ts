/**
 * The formats that are read, in the order in which files are matched. Each reader is imported when
 * a file of its format is opened.
 *
 * @module
 */

import type { MeshFormat } from "./mesh_format.ts";

/** Formats of meshes and fields. */
export const MESH_FORMATS: readonly MeshFormat[] = [
  {
    name: "VTK XML mesh",
    matches: ({ text }) =>
      /<VTKFile\b[^>]*\btype\s*=\s*["'](UnstructuredGrid|PolyData)["']/.test(text),
    open: async (path) => (await import("./vtk_source.ts")).openVtkSource(path),
  },
];
