/**
 * Hashes of the content of files and directories.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { ifPresent } from "./if_present.ts";
import { isSealed } from "./zarr_seal.ts";

/** Files up to this size are read in one call: opening a stream costs as much as reading 1 MB. */
const WHOLE_BYTES = 16 * 2 ** 20;

/**
 * SHA-256 of a file, or of all files of a directory with their names; undefined if `path` does not
 * exist.
 *
 * Of a sealed mesh store, only the metadata are hashed: they hold the checksums of all other files,
 * and reading the store checks these. Large files are read in pieces.
 */
export async function contentHash(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  return await ifPresent(addTo(hash, path).then(() => hash.digest("hex")));
}

/** Hashes files and directories; each is read once. */
export class ContentHasher {
  readonly #hashes = new Map<string, Promise<string | undefined>>();

  /** Like {@linkcode contentHash}. */
  hash(path: string): Promise<string | undefined> {
    const known = this.#hashes.get(path);
    if (known !== undefined) return known;
    const hash = contentHash(path);
    this.#hashes.set(path, hash);
    return hash;
  }
}

async function addTo(hash: Hash, path: string): Promise<void> {
  const { isDirectory, size } = await Deno.stat(path);
  if (isDirectory) {
    const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
    hash.update(`directory ${JSON.stringify(names)}\n`);
    const metadata = join(path, "zarr.json");
    if (names.includes("zarr.json") && isSealed(await Deno.readTextFile(metadata))) {
      return await addTo(hash, metadata);
    }
    for (const name of names) await addTo(hash, join(path, name));
  } else {
    hash.update(`file ${size}\n`);
    if (size <= WHOLE_BYTES) return void hash.update(await Deno.readFile(path));
    const file = await Deno.open(path);
    for await (const piece of file.readable) hash.update(piece);
  }
}
