/**
 * The files of a Zarr array. Chunks of a wrong size or checksum are errors; zarrita, which decodes
 * them, reads a flipped bit as another number. So are missing chunks of a store with checksums;
 * those of other programs may have been left out because all their numbers are the fill value.
 *
 * @module
 */

import type { AbsolutePath, AsyncReadable, RangeQuery } from "@zarrita/storage";
import { DataError } from "../errors.ts";
import { zlib } from "./node_zlib.ts";
import type { StoreFiles } from "./store_files.ts";
import { withOverhead } from "./zarr_codecs.ts";
import type { ZarrLayout } from "./zarr_layout.ts";

/** Array attribute with the CRC-32 of every chunk file, in row-major order of the chunks. */
export const CHECKSUM_ATTRIBUTE = "chunkCrc32";

/** Maximum size of metadata: the checksums of a million chunks take 17 MB. */
export const MAX_METADATA_BYTES = 2 ** 26;

/** Bytes of an entry of the index of a shard. */
const INDEX_ENTRY_BYTES = 16;

/** A store for zarrita with the files of one array, whose chunks it checks. */
export class ChunkFiles implements AsyncReadable {
  readonly #files: StoreFiles;
  readonly #name: string;
  readonly #layout: ZarrLayout;
  readonly #checksums = new Map<string, number>();
  readonly #maxOmitted: number;
  /** Chunks that the last check found missing. */
  #omittedCount = 0;

  /**
   * @param name The array, which is also its folder
   * @param maxOmitted Chunks that may be left out: metadata may state any shape
   */
  constructor(files: StoreFiles, name: string, layout: ZarrLayout, maxOmitted: number) {
    this.#files = files;
    this.#name = name;
    this.#layout = layout;
    this.#maxOmitted = maxOmitted;
  }

  /**
   * Checks that every chunk exists, with its size if it is not compressed, and reads the checksums.
   *
   * @throws {DataError} If a chunk is missing or cut short; names the first
   */
  async checkComplete(): Promise<void> {
    const checksums = this.#readChecksums();
    this.#omittedCount = 0;
    for (const key of chunkKeys(this.#layout)) {
      const size = await this.#files.size(this.#file(key));
      if (size !== undefined) this.#checkSize(key, size);
      else if (this.hasChecksums || ++this.#omittedCount > this.#maxOmitted) {
        throw this.#missing(key);
      }
    }
    if (checksums && checksums.length !== this.chunkCount) {
      throw new DataError(
        `Cannot read array "${this.#name}" of "${this.#files.path}": there must be a checksum ` +
          `for each of its ${this.chunkCount} chunks, there are ${checksums.length}`,
      );
    }
  }

  /** A sentence about the chunks that are left out, after `checkComplete`; undefined if none. */
  get omission(): string | undefined {
    if (this.#omittedCount === 0) return undefined;
    const { fillValue } = this.#layout;
    const count = `${this.#omittedCount} of ${this.chunkCount}`;
    return `Array "${this.#name}" lacks ${count} chunks, which are read as its fill value ` +
      `${fillValue}: zarr-python leaves out such chunks; if the store was copied, make sure that ` +
      "the copy is complete";
  }

  /** Whether chunks have checksums. */
  get hasChecksums(): boolean {
    return this.#layout.attributes[CHECKSUM_ATTRIBUTE] !== undefined;
  }

  get chunkCount(): number {
    return fileCounts(this.#layout).reduce((product, n) => product * n, 1);
  }

  /** Reads every chunk without decoding it. @returns The problem of each, undefined if none */
  async *check(): AsyncGenerator<DataError | undefined> {
    this.#readChecksums();
    let omittedCount = 0;
    for (const key of chunkKeys(this.#layout)) {
      try {
        const bytes = await this.#read(key);
        if (bytes === undefined && ++omittedCount > this.#maxOmitted) {
          yield this.#missing(key);
          return;
        }
        yield undefined;
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        yield error;
      }
    }
  }

  /**
   * The bytes of a chunk, or the metadata of the array; undefined for a chunk that is left out.
   *
   * @throws {DataError} If a chunk is missing or damaged
   */
  async get(path: AbsolutePath): Promise<Uint8Array | undefined> {
    const key = this.#keyOf(path);
    return key === "zarr.json"
      ? new TextEncoder().encode(JSON.stringify(this.#layout.metadata, writeSpecialNumbers))
      : await this.#read(key);
  }

  /**
   * A part of a shard: its index, or one of its chunks.
   *
   * @throws {DataError} If the shard is missing or damaged
   */
  async getRange(path: AbsolutePath, range: RangeQuery): Promise<Uint8Array | undefined> {
    const key = this.#keyOf(path);
    const file = this.#file(key);
    const size = await this.#files.size(file);
    if (size === undefined) {
      if (this.hasChecksums) throw this.#missing(key);
      return undefined;
    }
    const isIndex = "suffixLength" in range;
    const length = isIndex ? range.suffixLength : range.length;
    const isIndexFirst = this.#layout.shards?.isIndexFirst === true;
    const offset = !isIndex ? range.offset : isIndexFirst ? 0 : size - length;
    const maxBytes = withOverhead(this.#layout.maxChunkBytes);
    if (!isIndex && length > maxBytes) {
      throw new DataError(
        `Cannot read ${this.#describe(key)}: a chunk of it must have at most ${maxBytes} bytes, ` +
          `its index states ${length}; the store is damaged`,
      );
    }
    if (this.#checksums.has(key)) return (await this.#read(key))?.slice(offset, offset + length);
    return await this.#files.readRange(file, offset, length);
  }

  async #read(key: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#files.read(this.#file(key), maxFileBytes(this.#layout));
    if (!bytes) {
      if (this.hasChecksums) throw this.#missing(key);
      return undefined;
    }
    this.#checkSize(key, bytes.byteLength);
    const checksum = this.#checksums.get(key);
    if (checksum !== undefined && zlib().crc32(bytes) !== checksum) {
      throw new DataError(
        `Cannot read ${this.#describe(key)}: expected checksum ${hex(checksum)}, ` +
          `found ${hex(zlib().crc32(bytes))}; the store is damaged`,
      );
    }
    return bytes;
  }

  #keyOf(path: AbsolutePath): string {
    return path.slice(this.#name.length + 2);
  }

  #file(key: string): string {
    return `${this.#name}/${key}`;
  }

  /** Reads the checksums, without a schema: of millions of errors, one is enough. */
  #readChecksums(): readonly number[] | undefined {
    const value = this.#layout.attributes[CHECKSUM_ATTRIBUTE];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)) {
      for (const [chunk, key] of chunkKeys(this.#layout).take(value.length).toArray().entries()) {
        this.#checksums.set(key, value[chunk]);
      }
      return value;
    }
    throw new DataError(
      `Cannot read array "${this.#name}" of "${this.#files.path}": its attribute ` +
        `"${CHECKSUM_ATTRIBUTE}" must be a list of 32-bit numbers`,
    );
  }

  /** Throws if a chunk has a wrong size, or one that no codec produces. */
  #checkSize(key: string, size: number): void {
    const { raw, chunkBytes, shards } = this.#layout;
    const isExact = raw && shards === undefined;
    const maxBytes = maxFileBytes(this.#layout);
    if (isExact ? size === chunkBytes : size <= maxBytes) return;
    throw new DataError(
      `Cannot read ${this.#describe(key)}: expected ${isExact ? "" : "about "}${chunkBytes} ` +
        `bytes, found ${size}; ` +
        `the store is ${size < chunkBytes ? "truncated" : "damaged"}`,
    );
  }

  #missing(key: string): DataError {
    return new DataError(
      `Cannot read ${this.#describe(key)}: it is missing; the store is incomplete`,
    );
  }

  #describe(key: string): string {
    return `chunk "${this.#file(key)}" of "${this.#files.path}"`;
  }
}

/** Numbers that JSON does not have, as Zarr writes them. */
function writeSpecialNumbers(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Maximum size of the file of a chunk or a shard. */
function maxFileBytes({ maxChunkBytes, shards }: ZarrLayout): number {
  return shards === undefined
    ? withOverhead(maxChunkBytes)
    : shards.chunksPerShard * (withOverhead(maxChunkBytes) + INDEX_ENTRY_BYTES) +
      INDEX_ENTRY_BYTES;
}

/** Files along each axis. */
function fileCounts({ shape, chunkShape, shards }: ZarrLayout): number[] {
  const extents = shards?.shape ?? chunkShape;
  return shape.map((extent, axis) => Math.ceil(extent / extents[axis]));
}

/** The keys of all files of an array, row-major. */
function* chunkKeys(layout: ZarrLayout): Generator<string> {
  const counts = fileCounts(layout);
  const total = counts.reduce((product, n) => product * n, 1);
  const chunk = counts.map(() => 0);
  for (let k = 0; k < total; k++) {
    yield layout.chunkKey(chunk);
    for (let axis = counts.length - 1; axis >= 0 && ++chunk[axis] === counts[axis]; axis--) {
      chunk[axis] = 0;
    }
  }
}

/** A checksum in hexadecimal digits. */
export function hex(checksum: number | undefined): string {
  return checksum?.toString(16).padStart(8, "0") ?? "none";
}
