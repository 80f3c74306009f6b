/** A legacy VTK file as a source of one sample. @module */

import { basename, extname } from "node:path";
import type { MeshSource } from "../../mesh_file/mesh_file.ts";
import { readFileStart } from "../../mesh_file/mesh_format.ts";
import { LegacyCursor } from "./legacy_cursor.ts";
import { readLegacyVtk } from "./read_legacy.ts";

/** Names of the time among the field data, as VTK and VisIt write it. */
const TIME = /^(?:TimeValue|TIME) 1 1 (double|float)[ \t]*\r?\n/m;

/** Opens a file. @throws {DataError} If there is no such file */
export async function openLegacySource(path: string): Promise<MeshSource> {
  const id = basename(path, extname(path));
  const time = await statedTime(path);
  return {
    path,
    format: "VTK legacy file",
    samples: [{ id, group: id, time }],
    files: [path],
    read: () => readLegacyVtk(path),
  };
}

/** The time in the first lines of a file, if it is there. */
async function statedTime(path: string): Promise<number | undefined> {
  const { bytes, text } = await readFileStart(path);
  const found = TIME.exec(text);
  if (found === null) return undefined;
  const cursor = new LegacyCursor(new Uint8Array(bytes.subarray(found.index)));
  cursor.isBinary = /^BINARY\s*$/im.test(text);
  for (let k = 0; k < 4; k++) cursor.word();
  try {
    const time = Number(cursor.array(found[1], 1, "the time").read()[0]);
    return Number.isFinite(time) ? time : undefined;
  } catch (error) {
    // Reading the file reports it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
