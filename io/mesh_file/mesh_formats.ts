/**
 * The formats that are read, in the order in which files are matched. Each reader is imported when
 * a file of its format is opened.
 *
 * @module
 */

import { ARRAY_FORMATS } from "../arrays/array_formats.ts";
import { TABLE_FORMATS } from "../tables/table_formats.ts";
import type { MeshFormat } from "./mesh_format.ts";

/** Formats of meshes and fields. */
export const MESH_FORMATS: readonly MeshFormat[] = [
  {
    name: "VTK time series",
    matches: ({ text }) => /^<VTKFile\b[^>]*\btype\s*=\s*["']Collection["']/.test(rootOf(text)),
    open: async (path, options) =>
      (await import("../vtk/vtk_source.ts")).openPvdSource(path, options),
  },
  {
    name: "XDMF",
    matches: ({ text }) => /^<Xdmf[\s>]/.test(rootOf(text)),
    open: async (path, options) =>
      (await import("../xdmf/xdmf_source.ts")).openXdmfSource(path, options),
  },
  {
    name: "VTK legacy file",
    matches: ({ text }) => /^# vtk DataFile Version/i.test(text),
    open: async (path) => (await import("../vtk/legacy/legacy_source.ts")).openLegacySource(path),
  },
  {
    name: "VTK time series",
    matches: ({ text }) => /^\s*\{[^]*"file-series-version"/.test(text),
    open: async (path, options) =>
      (await import("../vtk/vtk_source.ts")).openSeriesSource(path, options),
  },
  {
    name: "VTK XML mesh",
    matches: ({ text }) =>
      /^<VTKFile\b[^>]*\btype\s*=\s*["'](P?(UnstructuredGrid|PolyData|ImageData|RectilinearGrid|StructuredGrid)|vtk(MultiBlockDataSet|PartitionedDataSet(Collection)?))["']/
        .test(rootOf(text)),
    open: async (path) => (await import("../vtk/vtk_source.ts")).openVtkSource(path),
  },
  {
    name: "OpenFOAM case",
    matches: ({ isFolder, entries, extension }) =>
      isFolder
        ? entries.includes("system") && entries.includes("constant") ||
          entries.includes("processor0") || entries.includes("constant") && entries.includes("0")
        : extension === ".foam" || extension === ".openfoam",
    open: async (path, options) =>
      (await import("../openfoam/foam_case_source.ts")).openFoamCase(path, options),
  },
  {
    name: "Gmsh mesh",
    matches: ({ text }) => /^\s*\$(MeshFormat|Comments|NOD)\b/.test(text),
    open: async (path, options) =>
      (await import("../gmsh/msh_source.ts")).openMshSource(path, options),
  },
  ...ARRAY_FORMATS,
  ...TABLE_FORMATS,
];

/** XML from its root element, behind its declaration, document type and comments. */
function rootOf(text: string): string {
  return text.replace(
    /^\s*(<\?[^>]*>\s*|<!--[^]*?-->\s*|<!DOCTYPE[^[>]*(\[[^\]]*\])?[^>]*>\s*)*/,
    "",
  );
}
