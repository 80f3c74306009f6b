/**
 * Formats of plain arrays, for the table of formats.
 *
 * @module
 */

import type { FileStart, MeshFormat } from "../mesh_file/mesh_format.ts";
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

/** Formats of plain arrays. */
export const ARRAY_FORMATS: readonly MeshFormat[] = [
  {
    name: "arrays of HDF5",
    matches: (start) =>
      (hasHdf5At(start, 0) || hasHdf5At(start, MATLAB_HEADER_BYTES)) &&
      !start.text.includes("VTKHDF"),
    open: async (path, options) => {
      const { openArraySource } = await import("./array_source.ts");
      const { openHdf5Arrays } = await import("./hdf5_arrays.ts");
      return await openArraySource(await openHdf5Arrays(path), options);
    },
  },
  {
    name: "arrays of MATLAB",
    matches: ({ text, isFolder }) => !isFolder && MATLAB_5_START.test(text),
    open: async (path, options) => {
      const { openArraySource } = await import("./array_source.ts");
      const { openMatlabArrays } = await import("./matlab_arrays.ts");
      return await openArraySource(await openMatlabArrays(path), options);
    },
  },
  {
    name: "array of NumPy",
    matches: ({ bytes }) => isNpy(bytes),
    open: async (path, options) => {
      const { openArraySource } = await import("./array_source.ts");
      const { openNpyArray } = await import("./numpy_arrays.ts");
      return await openArraySource(await openNpyArray(path), options);
    },
  },
  {
    name: "arrays of NumPy",
    matches: ({ text, extension }) => NPZ_START.test(text) || extension === ".npz",
    open: async (path, options) => {
      const { openArraySource } = await import("./array_source.ts");
      const { openNpzArrays } = await import("./numpy_arrays.ts");
      return await openArraySource(await openNpzArrays(path), options);
    },
  },
];
