/**
 * Recognises files of simulation programs by their first bytes and opens them.
 *
 * @module
 */

import type { MeshSource, SourceOptions } from "./mesh_file.ts";

/** A format that files are recognised by and opened as. */
export interface MeshFormat {
  /** Name for people, such as `Gmsh mesh`. */
  readonly name: string;
  /** Whether a file or folder is of this format. */
  matches(start: FileStart): boolean;
  open(path: string, options: SourceOptions): Promise<MeshSource>;
}

/** What is known of a file or folder before it is read. */
export interface FileStart {
  readonly path: string;
  /** Lower-case extension with its dot, such as `.vtu`; empty for a folder without one. */
  readonly extension: string;
  readonly isFolder: boolean;
  /** The first 4,096 bytes of a file, or fewer. */
  readonly bytes: Uint8Array;
  /** The same as Latin-1 text. */
  readonly text: string;
  /** Names in a folder. */
  readonly entries: readonly string[];
}
