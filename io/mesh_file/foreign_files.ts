/**
 * Files that no format matches, by their first bytes, each with the way to a file that is read.
 *
 * @module
 */

import { ZARR_NAMES } from "../store_files.ts";
import {
  asTable,
  both,
  convert,
  either,
  extension,
  type ForeignFile,
  isHdf5,
  isNetcdf,
  isZip,
  magic,
  paraview,
  pyvista,
  stem,
  text,
  useMesh,
} from "./file_signatures.ts";

/** In the order in which they are matched. */
export const FOREIGN_FILES: readonly ForeignFile[] = [
  {
    name: "a Zarr store",
    matches: ({ isFolder, entries }) =>
      isFolder && ZARR_NAMES.some((name) => entries.includes(name)),
    remedy: (path) => `name it by itself: deno task train "${path}"`,
  },
  {
    name: "a mesh store (Arrow)",
    matches: text(/^(ARROW1|\xff\xff\xff\xff)[^]*haloflow:meshes/),
    remedy: (path) => `name it by itself: deno task train "${path}"`,
  },
  {
    name: "a tar archive compressed by gzip",
    matches: both(
      magic(0x1f, 0x8b),
      either(extension(".tgz"), ({ path }) => /\.tar\.gz$/i.test(path)),
    ),
    remedy: (path) => `unpack it: tar xzf "${path}"`,
  },
  {
    name: "compressed by gzip",
    matches: magic(0x1f, 0x8b),
    remedy: (path) => `unpack it: gunzip --keep "${path}"`,
  },
  {
    name: "compressed by bzip2",
    matches: text(/^BZh[1-9]1AY&SY/),
    remedy: (path) => `unpack it: bunzip2 --keep "${path}"`,
  },
  {
    name: "compressed by xz",
    matches: magic(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
    remedy: (path) => `unpack it: unxz --keep "${path}"`,
  },
  {
    name: "compressed by Zstandard",
    matches: magic(0x28, 0xb5, 0x2f, 0xfd),
    remedy: (path) => `unpack it: unzstd "${path}"`,
  },
  {
    name: "compressed by LZ4",
    matches: magic(0x04, 0x22, 0x4d, 0x18),
    remedy: (path) => `unpack it: unlz4 "${path}"`,
  },
  {
    name: "a 7-Zip archive",
    matches: magic(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
    remedy: (path) => `unpack it: 7z x "${path}"`,
  },
  {
    name: "a RAR archive",
    matches: magic(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07),
    remedy: (path) => `unpack it: unrar x "${path}"`,
  },
  {
    name: "a zip archive",
    matches: isZip,
    remedy: (path) => `unpack it: unzip "${path}" -d "${stem(path)}"`,
  },
  {
    name: "a tar archive",
    matches: (start) => start.text.slice(257, 262) === "ustar",
    remedy: (path) => `unpack it: tar xf "${path}"`,
  },
  {
    name: "a netCDF file of version 3",
    matches: isNetcdf,
    remedy: (path) =>
      `convert it to version 4, which is HDF5: nccopy -k nc4 "${path}" "${stem(path)}_4.nc"`,
  },
  {
    name: "an HDF4 file",
    matches: magic(0x0e, 0x03, 0x13, 0x01),
    remedy: (path) => `convert it: h4toh5 "${path}" "${stem(path)}.h5"`,
  },
  {
    name: "an EnSight file",
    matches: either(
      text(/^(#.*\n|\s*\n)*\s*FORMAT\s*\n(\s*\n|#.*\n)*\s*type:\s*ensight/i),
      text(/^(C|Fortran) Binary/),
      both(extension(".geo", ".scl", ".vec", ".encas"), text(/^.*(ensight|\n\s*part\s*\n)/i)),
    ),
    remedy: pyvista,
  },
  {
    name: "an Abaqus input file",
    matches: text(
      /^\s*(\*\*.*\s*)*\*(heading|preprint|part|node|nset|include|assembly|parameter)\b/i,
    ),
    remedy: convert,
  },
  {
    name: "an LS-DYNA keyword file",
    matches: text(/^(\$.*\n|\s*\n)*\*KEYWORD\b/i),
    remedy: () => "open its results (d3plot) in ParaView and save them as .vtu",
  },
  {
    name: "a universal file (UNV)",
    matches: text(/^\s*-1\s*\n\s*(151|164|2411|2412|2420)\s*\n/),
    remedy: (path) => `convert it: gmsh "${path}" -save -o "${stem(path)}.msh"`,
  },
  {
    name: "a COMSOL mesh",
    matches: either(text(/^#\s*Created by COMSOL/i), extension(".mphtxt", ".mph", ".mphbin")),
    remedy: () => "in COMSOL, export the data as VTK (.vtu)",
  },
  {
    name: "an AVS-UCD mesh",
    matches: both(extension(".inp", ".avs"), text(/^(#.*\n)*\s*\d+(\s+\d+){4}\s*\n/)),
    remedy: convert,
  },
  {
    name: "a view of Gmsh (.pos)",
    matches: both(extension(".pos"), text(/^\s*(\/\/.*\n|\/\*[^]*?\*\/|\s)*(View|\$PostFormat)\b/)),
    remedy: (path) => `convert it: gmsh "${path}" -save -o "${stem(path)}.msh"`,
  },
  {
    name: "a mesh of ANSYS Fluent",
    matches: both(text(/^\s*\(\s*\d+\s+["(\d]/), extension(".msh", ".cas", ".dat", "")),
    remedy: convert,
  },
  {
    name: "a model of ANSYS Mechanical",
    matches: either(
      both(extension(".cdb", ".ans"), text(/^\s*(!|\/)/)),
      text(/^\/(COM|PREP7|BATCH)\b/m),
    ),
    remedy: () => "export it from ANSYS as CSV (nodes, elements, results), or read it by pyansys",
  },
  {
    name: "a Nastran bulk data file",
    matches: either(
      extension(".bdf", ".nas", ".fem"),
      text(/^(\$.*\n|\s*\n)*(SOL\s+\d|CEND\b|BEGIN\s+BULK\b|GRID\*?\s*,?\s+\d)/i),
    ),
    remedy: convert,
  },
  {
    name: "a mesh of SU2",
    matches: text(/^\s*(%.*\n\s*)*NDIME\s*=/),
    remedy: convert,
  },
  {
    name: "a Medit mesh",
    matches: text(/^\s*(#.*\n\s*)*MeshVersionFormatted\b/),
    remedy: convert,
  },
  { name: "a Netgen mesh", matches: text(/^\s*(#.*\n\s*)*mesh3d\b/), remedy: convert },
  {
    name: "a TetGen mesh",
    matches: both(extension(".node", ".ele"), text(/^[\s#\d]/)),
    remedy: convert,
  },
  { name: "a UGRID mesh", matches: extension(".ugrid"), remedy: convert },
  { name: "a FLAC3D grid", matches: extension(".f3grid"), remedy: convert },
  { name: "a PERMAS mesh", matches: either(extension(".dato"), text(/^!PERMAS/)), remedy: convert },
  { name: "a binary Medit mesh", matches: extension(".meshb"), remedy: convert },
  {
    name: "a mesh of MOAB",
    matches: both(isHdf5, extension(".h5m")),
    remedy: convert,
  },
  { name: "a DOLFIN mesh (XML)", matches: text(/<dolfin\b/), remedy: convert },
  {
    name: "an STL surface, which has no fields",
    matches: either(text(/^\s*solid\b[^]*?\bfacet\s+normal\b/i), extension(".stl")),
    remedy: convert,
  },
  {
    name: "a PLY surface or point cloud",
    matches: text(/^ply\r?\n\s*format\b/),
    remedy: convert,
  },
  {
    name: "a Wavefront OBJ surface, which has no fields",
    matches: both(extension(".obj"), text(/^(v|o|g|mtllib|usemtl)\s/m)),
    remedy: convert,
  },
  { name: "an OFF surface, which has no fields", matches: text(/^\s*OFF\s/), remedy: convert },
  {
    name: "a glTF scene",
    matches: either(text(/^glTF/), extension(".gltf")),
    remedy: useMesh,
  },
  {
    name: "a STEP or IGES model of CAD, which has no mesh",
    matches: either(text(/^ISO-10303-21;/), extension(".iges", ".igs", ".stp", ".step")),
    remedy: () => "mesh it, for example by Gmsh, and solve on that mesh",
  },
  {
    name: "a script of Gmsh (geometry), which has no mesh",
    matches: extension(".geo", ".geo_unrolled", ".brep"),
    remedy: (path) => `mesh it: gmsh -3 "${path}" -o "${stem(path)}.msh"`,
  },
  {
    name: "a LAS point cloud",
    matches: text(/^LASF/),
    remedy: asTable,
  },
  {
    name: "a PCD point cloud",
    matches: text(/^#\s*\.PCD/),
    remedy: asTable,
  },
  { name: "a FITS file", matches: text(/^SIMPLE {2}=/), remedy: asTable },
  { name: "a GRIB file", matches: text(/^GRIB/), remedy: asTable },
  { name: "a Feather file of version 1", matches: text(/^FEA1/), remedy: asTable },
  {
    name: "an SQLite database",
    matches: text(/^SQLite format 3\0/),
    remedy: () => "save the table as .csv",
  },
  { name: "a PDF document", matches: text(/^%PDF-/), remedy: useMesh },
  {
    name: "a picture",
    matches: either(
      magic(0x89, 0x50, 0x4e, 0x47),
      magic(0xff, 0xd8, 0xff),
      text(/^GIF8[79]a/),
      text(/^(II\*\0|MM\0\*)/),
      text(/^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg\b/),
    ),
    remedy: useMesh,
  },
  { name: "an office document", matches: magic(0xd0, 0xcf, 0x11, 0xe0), remedy: asTable },
  {
    name: "JSON text",
    matches: either(text(/^\s*\{\s*("|\})/), text(/^\s*\[\s*["{[\]\d-]/)),
    remedy: asTable,
  },
  {
    name: "a VTKHDF file",
    matches: both(magic(0x89, 0x48, 0x44, 0x46), text(/VTKHDF/)),
    remedy: paraview,
  },
  {
    name: "a VTK file of a type that is not read, such as adaptive grids, hyper trees and tables",
    matches: text(/<VTKFile[\s>]/),
    remedy: paraview,
  },
  {
    name: "an XML file without a mesh that is known here",
    matches: text(/^\s*<(\?xml|[A-Za-z])/),
    remedy: () => "open it in the program that wrote it and save it as .vtu",
  },
  {
    name: "an executable or library",
    matches: either(magic(0x7f, 0x45, 0x4c, 0x46), text(/^MZ/)),
    remedy: useMesh,
  },
  {
    name: "a program text",
    matches: either(
      extension(".py", ".sh", ".m", ".jl", ".ts", ".js", ".c", ".cpp", ".h", ".f90", ".ipynb"),
      text(/^#!\//),
    ),
    remedy: useMesh,
  },
  {
    name: "a document",
    matches: extension(
      ".md",
      ".rst",
      ".tex",
      ".log",
      ".docx",
      ".yml",
      ".yaml",
      ".toml",
      ".cfg",
      ".ini",
    ),
    remedy: useMesh,
  },
];
