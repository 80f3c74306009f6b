/**
 * The first bytes of files, and formats that are recognised by them.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { DataError, messageOf } from "../../errors.ts";
import type { ArrayFile } from "../arrays/array_file.ts";
import type { MeshSource, SourceOptions } from "./mesh_file.ts";

/** A format that files are recognised by and opened as. */
export interface MeshFormat {
  /** Name for people, such as `Gmsh mesh`. */
  readonly name: string;
  /** Whether a file or folder is of this format. */
  matches(start: FileStart): boolean;
  open(path: string, options: SourceOptions): Promise<MeshSource>;
  /** Opens the arrays of a format whose meshes depend on names that the user chooses. */
  readonly openArrays?: ((path: string) => Promise<ArrayFile>) | undefined;
}

/** What is known of a file or folder before it is read. */
export interface FileStart {
  readonly path: string;
  /** Lower-case extension with its dot, such as `.vtu`; empty if it has none. */
  readonly extension: string;
  readonly isFolder: boolean;
  /** The first 4,096 bytes of a file, or fewer; of Arrow the complete schema. */
  readonly bytes: Uint8Array;
  /** The same as Latin-1 text, without a byte order mark. */
  readonly text: string;
  /** Names in a folder, in natural order. */
  readonly entries: readonly string[];
}

/** Number of bytes by which files are recognised. */
const START_BYTES = 4096;

/** Bytes before the length of the schema in a file and in a stream of Arrow. */
const ARROW_STARTS = [
  [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31, 0, 0, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
];
/** Maximum size of such a schema: that of a million samples. */
const MAX_SCHEMA_BYTES = 2 ** 26;

/** Sorts names as people do: `run2` before `run10`. */
export function naturalOrder(names: Iterable<string>): string[] {
  const { compare } = new Intl.Collator("en", { numeric: true });
  return [...names].sort((a, b) => compare(a, b) || (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Reads the first bytes of a file or the names in a folder.
 *
 * @throws {DataError} If there is no such file or folder
 */
export async function readFileStart(path: string, action = "Cannot read"): Promise<FileStart> {
  try {
    const { isDirectory, isFile } = await Deno.stat(path);
    const extension = extname(basename(path)).toLowerCase();
    const start = { path, extension, isFolder: isDirectory };
    if (isDirectory) {
      const entries: string[] = [];
      for await (const { name } of Deno.readDir(path)) entries.push(name);
      return { ...start, bytes: new Uint8Array(0), text: "", entries: naturalOrder(entries) };
    }
    if (!isFile) {
      throw new DataError(`${action} "${path}": it must be a file, not a folder or a device`);
    }
    const bytes = await readStart(path);
    const text = new TextDecoder("latin1").decode(bytes).replace(/^\xef\xbb\xbf/, "");
    return { ...start, bytes, text, entries: [] };
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    if (!(cause instanceof Deno.errors.NotFound)) {
      throw new DataError(`${action} "${path}": ${messageOf(cause)}`, { cause });
    }
    throw await missing(`${action} "${path}"`, path, cause);
  }
}

async function readStart(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const start = await readUpTo(file, START_BYTES);
  const mark = ARROW_STARTS.find((mark) => mark.every((byte, i) => start[i] === byte));
  if (mark === undefined || start.length < START_BYTES) return start;
  const schemaBytes = new DataView(start.buffer).getInt32(mark.length, true);
  const rest = Math.min(mark.length + 4 + schemaBytes, MAX_SCHEMA_BYTES) - start.length;
  if (rest <= 0) return start;
  const more = await readUpTo(file, rest);
  const bytes = new Uint8Array(start.length + more.length);
  bytes.set(start);
  bytes.set(more, start.length);
  return bytes;
}

async function readUpTo(file: Deno.FsFile, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let length = 0;
  while (length < count) {
    const found = await file.read(bytes.subarray(length));
    if (found === null) break;
    length += found;
  }
  return bytes.subarray(0, length);
}

/** The error of a path without a file: perhaps a link whose target was never fetched. */
async function missing(action: string, path: string, cause: unknown): Promise<DataError> {
  try {
    const target = await Deno.readLink(path);
    const remedy = target.includes(".git/annex/objects")
      ? `its content is in git-annex; fetch it with: git annex get "${path}"`
      : "restore that file, or make the link again";
    return new DataError(
      `${action}: it links to "${target}", which does not exist; ${remedy}`,
      { cause },
    );
  } catch {
    return new DataError(`${action}: no such file or directory`, { cause });
  }
}
