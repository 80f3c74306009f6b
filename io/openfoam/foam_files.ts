/**
 * Files of an OpenFOAM case, which may be compressed one by one.
 *
 * @module
 */

import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DataError, messageOf } from "../../errors.ts";
import { ifPresent } from "../if_present.ts";
import { MAX_FILE_BYTES, readWholeFile } from "../whole_file.ts";
import { FoamFileParser } from "./foam_file_parser.ts";

/** Extension of compressed files, which OpenFOAM finds by the name without it. */
const COMPRESSED = ".gz";
/** Bytes that contain the header of a file. */
const HEADER_BYTES = 4096;

/** The path of a file as it is on disk; undefined if there is none. */
export async function findFoamFile(folder: string, name: string): Promise<string | undefined> {
  for (const path of [join(folder, name), join(folder, name + COMPRESSED)]) {
    if ((await ifPresent(Deno.stat(path)))?.isFile) return path;
  }
  return undefined;
}

/** The name of a file of OpenFOAM without the extension of compressed files. */
export function foamName(name: string): string {
  return name.endsWith(COMPRESSED) ? name.slice(0, -COMPRESSED.length) : name;
}

/**
 * Reads a file with a parser.
 *
 * @throws {DataError} If it is damaged
 */
export async function parseFoamFile<T>(
  path: string,
  parse: (parser: FoamFileParser) => T,
): Promise<T> {
  const bytes = await readWholeFile(path);
  return attempt(path, () => parse(new FoamFileParser(unpacked(path, bytes), path)));
}

/**
 * Reads a file with a parser, at once.
 *
 * @throws {DataError} If it is damaged
 */
export function parseFoamFileSync<T>(path: string, parse: (parser: FoamFileParser) => T): T {
  return attempt(
    path,
    () => parse(new FoamFileParser(unpacked(path, Deno.readFileSync(path)), path)),
  );
}

/** The class of a file, such as `volScalarField`; undefined if it is no file of OpenFOAM. */
export async function foamClass(path: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  if (path.endsWith(COMPRESSED)) {
    bytes = unpacked(path, await readWholeFile(path)).subarray(0, HEADER_BYTES);
  } else {
    using file = await Deno.open(path);
    bytes = new Uint8Array(HEADER_BYTES);
    bytes = bytes.subarray(0, await file.read(bytes) ?? 0);
  }
  const text = new TextDecoder("latin1").decode(bytes);
  return /\bFoamFile\s*\{[^}]*?\bclass\s+([\w:]+)\s*;/.exec(text)?.[1];
}

function unpacked(path: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  if (!path.endsWith(COMPRESSED)) return bytes;
  return attempt(path, () => gunzipSync(bytes, { maxOutputLength: MAX_FILE_BYTES }));
}

function attempt<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    const message = messageOf(cause);
    throw new DataError(
      message.startsWith("Cannot read") ? message : `Cannot read "${path}": ${message}`,
      { cause },
    );
  }
}
