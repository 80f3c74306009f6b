/**
 * Hashes of the content of files and directories.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { ifPresent } from "./if_present.ts";
import { isSealed } from "./zarr_seal.ts";

/** Files up to this size are read in one call: opening a stream costs as much as reading 1 MB. */
const WHOLE_BYTES = 16 * 2 ** 20;

/** Observation of a hash that takes long. */
export interface HashWatch {
  /** Receives the number of bytes of every piece that was read. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Stops reading when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * SHA-256 of a file, or of all files of a directory with their names; undefined if `path` does not
 * exist.
 *
 * Of a sealed mesh store, only the metadata are hashed: they hold the checksums of all other files,
 * and reading the store checks these. Large files are read in pieces.
 */
export async function contentHash(
  path: string,
  { onBytes, signal }: HashWatch = {},
): Promise<string | undefined> {
  const hash = createHash("sha256");
  return await ifPresent((async () => {
    for await (const part of partsOf(path)) {
      if (part.names) {
        hash.update(`directory ${JSON.stringify(part.names)}\n`);
        continue;
      }
      hash.update(`file ${part.info.size}\n`);
      for await (const piece of piecesOf(part)) {
        signal?.throwIfAborted();
        hash.update(piece);
        onBytes?.(piece.byteLength);
      }
    }
    return hash.digest("hex");
  })());
}

/** State of the files that a content hash reads, which changes whenever one of them is written. */
export interface ContentStamp {
  /** Sizes, times and identities of the files, and the names in directories. */
  readonly text: string;
  /** Number of bytes that the hash reads. */
  readonly byteLength: number;
  /** Last change of a file, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** The stamp of a file or directory without reading its content; undefined if it does not exist. */
export async function contentStamp(path: string): Promise<ContentStamp | undefined> {
  return await ifPresent((async () => {
    const texts: string[] = [];
    let byteLength = 0;
    let changedAt = 0;
    for await (const { names, info } of partsOf(path)) {
      if (names) {
        texts.push(JSON.stringify(names));
        continue;
      }
      const times = [info.mtime, info.ctime].map((time) => time?.getTime() ?? 0);
      texts.push(JSON.stringify([info.dev, info.ino, info.size, ...times]));
      byteLength += info.size;
      changedAt = Math.max(changedAt, (info.ctime ?? info.mtime)?.getTime() ?? 0);
    }
    return { text: texts.join("\n"), byteLength, changedAt };
  })());
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

/** The names in a directory. */
interface DirectoryPart {
  readonly names: readonly string[];
  readonly info?: undefined;
}

/** A file. */
interface FilePart {
  readonly names?: undefined;
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/** Everything that the hash of a path covers, in its order. */
async function* partsOf(path: string): AsyncGenerator<DirectoryPart | FilePart> {
  const info = await Deno.stat(path);
  if (!info.isDirectory) return yield { path, info };
  const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
  yield { names };
  const metadata = join(path, "zarr.json");
  if (names.includes("zarr.json") && isSealed(await Deno.readTextFile(metadata))) {
    return yield* partsOf(metadata);
  }
  for (const name of names) yield* partsOf(join(path, name));
}

async function* piecesOf({ path, info }: FilePart): AsyncGenerator<Uint8Array> {
  if (info.size <= WHOLE_BYTES) return yield await Deno.readFile(path);
  yield* (await Deno.open(path)).readable;
}
