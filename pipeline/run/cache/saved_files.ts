/**
 * Copies of files and directories, with checksums.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";

/** A file of an entry. */
export interface KeptFile {
  /** Below the directory that it is kept in, with `/`. */
  readonly path: string;
  readonly byteLength: number;
  readonly crc32: number;
}

/** The files at `path` below `root`: itself if it is one, else all in the directory, by name. */
export async function filesAt(root: string, path: string): Promise<readonly string[]> {
  const { isDirectory } = await Deno.stat(join(root, path));
  if (!isDirectory) return [path];
  const names = (await Array.fromAsync(Deno.readDir(join(root, path)))).map(({ name }) => name)
    .sort();
  return (await Promise.all(names.map((name) => filesAt(root, `${path}/${name}`)))).flat();
}

/** Bytes of files below `root`. */
export async function totalBytes(root: string, paths: readonly string[]): Promise<number> {
  let sum = 0;
  for (const path of paths) sum += (await Deno.stat(join(root, path))).size;
  return sum;
}

/** What a file below `root` holds. */
export async function keptFile(root: string, path: string): Promise<KeptFile> {
  let byteLength = 0, sum = 0;
  const file = await Deno.open(join(root, path));
  for await (const piece of file.readable) {
    byteLength += piece.byteLength;
    sum = crc32(piece, sum);
  }
  return { path, byteLength, crc32: sum };
}

/** Why a file below `root` is not what it was; undefined if it is. */
export async function damageOf(
  root: string,
  { path, byteLength, crc32 }: KeptFile,
): Promise<string | undefined> {
  try {
    const { size } = await Deno.stat(join(root, path));
    if (size !== byteLength) return `"${path}" has ${size} bytes where ${byteLength} were written`;
    return (await keptFile(root, path)).crc32 === crc32
      ? undefined
      : `"${path}" has another checksum`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `"${path}" is missing`;
    throw error;
  }
}

/** Copies a file and waits until the disk has it. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
  using file = await Deno.open(to, { write: true });
  await file.syncData();
}
