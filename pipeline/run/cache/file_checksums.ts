/**
 * Files below a directory, with their sizes and checksums.
 *
 * @module
 */

import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";

/** Schema of a `ChecksummedFile`. */
export const checksummedFile = z.object({
  /** Path below the directory, with `/`. */
  path: z.string(),
  byteLength: z.int().min(0),
  crc32: z.int().min(0),
});

/** A file with the checksum of its content. */
export type ChecksummedFile = Readonly<z.infer<typeof checksummedFile>>;

/** The file at `path` below `root`, or all files of the directory there, sorted by name. */
export async function filesAt(root: string, path: string): Promise<readonly string[]> {
  const { isDirectory } = await Deno.stat(join(root, path));
  if (!isDirectory) return [path];
  const names = (await Array.fromAsync(Deno.readDir(join(root, path)))).map(({ name }) => name);
  const files = names.sort().map((name) => filesAt(root, `${path}/${name}`));
  return (await Promise.all(files)).flat();
}

/** Total bytes of files below `root`. */
export async function totalBytes(root: string, paths: readonly string[]): Promise<number> {
  const infos = await Promise.all(paths.map((path) => Deno.stat(join(root, path))));
  return infos.reduce((sum, { size }) => sum + size, 0);
}

/** Reads a file below `root` piece by piece. */
export async function checksum(root: string, path: string): Promise<ChecksummedFile> {
  let byteLength = 0;
  let sum = 0;
  const file = await Deno.open(join(root, path));
  for await (const piece of file.readable) {
    byteLength += piece.byteLength;
    sum = crc32(piece, sum);
  }
  return { path, byteLength, crc32: sum };
}

/** How a file below `root` differs from its checksum; undefined if it does not. */
export async function damageOf(
  root: string,
  { path, byteLength, crc32 }: ChecksummedFile,
): Promise<string | undefined> {
  try {
    const { size } = await Deno.stat(join(root, path));
    if (size !== byteLength) return `"${path}" must have ${byteLength} bytes, found ${size}`;
    return (await checksum(root, path)).crc32 === crc32
      ? undefined
      : `"${path}" has a different checksum`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `"${path}" is missing`;
    throw error;
  }
}
