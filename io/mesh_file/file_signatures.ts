/**
 * Rules by which kinds of files are recognised, and remedies that several kinds share.
 *
 * @module
 */

import { basename, extname } from "node:path";
import type { FileStart } from "./mesh_format.ts";

/** A kind of files that are not read. */
export interface ForeignFile {
  /** Completes "it is". */
  readonly name: string;
  matches(start: FileStart): boolean;
  /** Completes "it is a Git LFS pointer; ". */
  remedy(path: string): string;
}

/** Whether a file starts with bytes, at an offset. */
export function magic(...bytes: readonly number[]): ForeignFile["matches"] {
  return (start) => bytes.every((byte, i) => start.bytes[i] === byte);
}

/** Whether the text of the first bytes matches. */
export function text(pattern: RegExp): ForeignFile["matches"] {
  return (start) => pattern.test(start.text);
}

/** Whether the extension is one of these. */
export function extension(...names: readonly string[]): ForeignFile["matches"] {
  return (start) => names.includes(start.extension);
}

/** Whether one of the rules holds. */
export function either(...rules: readonly ForeignFile["matches"][]): ForeignFile["matches"] {
  return (start) => rules.some((rule) => rule(start));
}

/** Whether all rules hold. */
export function both(...rules: readonly ForeignFile["matches"][]): ForeignFile["matches"] {
  return (start) => rules.every((rule) => rule(start));
}

/** A path without its extension. */
export function stem(path: string): string {
  return path.slice(0, path.length - extname(basename(path)).length);
}

/** The line that converts a file by meshio. */
export function convert(path: string): string {
  return `convert it: meshio convert "${path}" "${stem(path)}.vtu" (pip install meshio)`;
}

/** The way through ParaView. */
export function paraview(path: string): string {
  return `open it in ParaView and save the data as "${basename(stem(path))}.vtu"`;
}

/** The line that converts a file by pyvista. */
export function pyvista(path: string): string {
  return `convert it: python -c 'import pyvista; mesh = pyvista.read("${path}"); ` +
    `(mesh.combine() if hasattr(mesh, "combine") else mesh).save("${stem(path)}.vtu")' ` +
    "(pip install pyvista)";
}

/** The way through a table. */
export function asTable(): string {
  return "save the numbers as a .csv table with a row per point, or as .npz";
}

/** The remedy for files that have no mesh. */
export function useMesh(): string {
  return "name the files with the mesh and its fields";
}

/** Whether bytes are an archive of zip with a member whose name matches. */
export function zipWith(pattern: RegExp): ForeignFile["matches"] {
  return both(isZip, text(pattern));
}

/** Signatures of containers. */
export const isHdf5: ForeignFile["matches"] = magic(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
export const isZip: ForeignFile["matches"] = either(
  magic(0x50, 0x4b, 3, 4),
  magic(0x50, 0x4b, 5, 6),
);
export const isNetcdf: ForeignFile["matches"] = either(
  magic(0x43, 0x44, 0x46, 1),
  magic(0x43, 0x44, 0x46, 2),
  magic(0x43, 0x44, 0x46, 5),
);
