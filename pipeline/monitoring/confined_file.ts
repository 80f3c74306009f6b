/** Files that must lie inside a directory. @module */

import { isAbsolute, relative, resolve, sep } from "node:path";

/**
 * The bytes of a file in a directory; undefined if there is none, if its path or a link leads out
 * of the directory, or if it is larger than `maxBytes`.
 */
export async function confinedFile(
  directory: string,
  path: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const real = await Deno.realPath(resolve(directory, path));
    const way = relative(await Deno.realPath(directory), real);
    if (isAbsolute(way) || way.split(sep)[0] === "..") return undefined;
    const { isFile, size } = await Deno.stat(real);
    return isFile && size <= maxBytes ? await Deno.readFile(real) : undefined;
  } catch {
    // It is missing, or may not be read.
    return undefined;
  }
}
