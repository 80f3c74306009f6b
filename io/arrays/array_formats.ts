/**
 * Formats of plain arrays, for the table of formats.
 *
 * @module
 */

import type { MeshSource, SourceOptions } from "../mesh_file/mesh_file.ts";
import type { FileStart, MeshFormat } from "../mesh_file/mesh_format.ts";
import type { ArrayFile } from "./array_file.ts";
import { isNpy } from "./npy.ts";

const HDF5_START = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** The header of MATLAB 7.3 in front of HDF5. */
const MATLAB_HEADER_BYTES = 512;
const MATLAB_5_START = /^[^]{126}(IM|MI)/;
/** A zip archive whose first member is an array. */
const NPZ_START = /^PK[^]{28,228}?\.npy/;

function hasHdf5At({ bytes }: FileStart, start: number): boolean {
  return HDF5_START.every((byte, i) => bytes[start + i] === byte);
}

/** The ways to open a format. */
function opening(openArrays: (path: string) => Promise<ArrayFile>) {
  const open = async (path: string, options: SourceOptions): Promise<MeshSource> => {
    const { openArraySource } = await import("./array_source.ts");
    return await openArraySource(await openArrays(path), options);
  };
  return { open, openArrays };
}

/** Formats of plain arrays. */
export const ARRAY_FORMATS: readonly MeshFormat[] = [
  {
    name: "arrays of HDF5",
    matches: (start) =>
      (hasHdf5At(start, 0) || hasHdf5At(start, MATLAB_HEADER_BYTES)) &&
      !start.text.includes("VTKHDF"),
    ...opening(async (path) => (await import("./hdf5_arrays.ts")).openHdf5Arrays(path)),
  },
  {
    name: "arrays of MATLAB",
    matches: ({ text, isFolder }) => !isFolder && MATLAB_5_START.test(text),
    ...opening(async (path) => (await import("./matlab_arrays.ts")).openMatlabArrays(path)),
  },
  {
    name: "array of NumPy",
    matches: ({ bytes }) => isNpy(bytes),
    ...opening(async (path) => (await import("./numpy_arrays.ts")).openNpyArray(path)),
  },
  {
    name: "arrays of NumPy",
    matches: ({ text, extension }) => NPZ_START.test(text) || extension === ".npz",
    ...opening(async (path) => (await import("./numpy_arrays.ts")).openNpzArrays(path)),
  },
];
