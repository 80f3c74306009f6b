/**
 * Files that another file names. They may be anywhere: data and description often lie in different
 * folders.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { DataError, messageOf } from "../../errors.ts";

/** The path of a file that another one names. */
export function namedPath(path: string, name: string): string {
  const file = name.trim().replaceAll("\\", "/");
  return file.startsWith("/") ? file : join(dirname(path), file);
}

/** @throws {DataError} If a file that another one names does not exist */
export async function requireFile(path: string, part: string): Promise<void> {
  try {
    await Deno.stat(part);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "no such file" : messageOf(cause);
    throw new DataError(
      `Cannot read "${path}": it names "${basename(part)}", which must be at ` +
        `"${resolve(part)}": ${reason}`,
      { cause },
    );
  }
}
