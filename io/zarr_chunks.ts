/**
 * The files of a Zarr array. Missing chunks and chunks of a wrong size or checksum are errors;
 * zarrita, which decodes them, reads a missing chunk as zeros and a flipped bit as another number.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import type { AbsolutePath, AsyncReadable } from "@zarrita/storage";
import { DataError } from "../errors.ts";
import type { StoreFiles } from "./store_files.ts";
import { withOverhead } from "./zarr_codecs.ts";
import type { ZarrLayout } from "./zarr_layout.ts";

/** Array attribute with the CRC-32 of every chunk file, in row-major order of the chunks. */
export const CHECKSUM_ATTRIBUTE = "chunkCrc32";

/** Maximum size of metadata: the checksums of a million chunks take 17 MB. */
export const MAX_METADATA_BYTES = 2 ** 26;

const METADATA_NAMES = ["zarr.json", ".zarray", ".zattrs"];

/** A store for zarrita with the files of one array, whose chunks it checks. */
export class ChunkFiles implements AsyncReadable {
  readonly #files: StoreFiles;
  readonly #name: string;
  readonly #layout: ZarrLayout;
  readonly #checksums = new Map<string, number>();

  /** @param name The array, which is also its folder */
  constructor(files: StoreFiles, name: string, layout: ZarrLayout) {
    this.#files = files;
    this.#name = name;
    this.#layout = layout;
  }

  /**
   * Checks that every chunk exists, with its size if it is not compressed, and reads the checksums.
   *
   * @throws {DataError} If a chunk is missing or cut short; names the first
   */
  async checkComplete(): Promise<void> {
    const checksums = this.#readChecksums();
    for (const key of chunkKeys(this.#layout)) {
      const size = await this.#files.size(this.#file(key));
      if (size === undefined) throw this.#missing(key);
      this.#checkSize(key, size);
    }
    if (checksums && checksums.length !== this.chunkCount) {
      throw new DataError(
        `Cannot read array "${this.#name}" of "${this.#files.path}": there must be a checksum ` +
          `for each of its ${this.chunkCount} chunks, there are ${checksums.length}`,
      );
    }
  }

  /** Whether chunks have checksums. */
  get hasChecksums(): boolean {
    return this.#layout.attributes[CHECKSUM_ATTRIBUTE] !== undefined;
  }

  get chunkCount(): number {
    return chunkCounts(this.#layout).reduce((product, n) => product * n, 1);
  }

  /** Reads every chunk without decoding it. @returns The problem of each, undefined if none */
  async *check(): AsyncGenerator<DataError | undefined> {
    this.#readChecksums();
    for (const key of chunkKeys(this.#layout)) {
      try {
        await this.get(`/${this.#file(key)}`);
        yield undefined;
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        yield error;
      }
    }
  }

  /**
   * The bytes of a file of the array; undefined only for metadata.
   *
   * @throws {DataError} If a chunk is missing or damaged
   */
  async get(path: AbsolutePath): Promise<Uint8Array | undefined> {
    const file = path.slice(1);
    const key = file.slice(this.#name.length + 1);
    if (METADATA_NAMES.includes(key)) return await this.#files.read(file, MAX_METADATA_BYTES);
    const bytes = await this.#files.read(file, withOverhead(this.#layout.chunkBytes));
    if (!bytes) throw this.#missing(key);
    this.#checkSize(key, bytes.byteLength);
    const checksum = this.#checksums.get(key);
    if (checksum !== undefined && crc32(bytes) !== checksum) {
      throw new DataError(
        `Cannot read ${this.#describe(key)}: expected checksum ${hex(checksum)}, ` +
          `found ${hex(crc32(bytes))}; the store is damaged`,
      );
    }
    return bytes;
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
    const { raw, chunkBytes } = this.#layout;
    if (raw ? size === chunkBytes : size <= withOverhead(chunkBytes)) return;
    throw new DataError(
      `Cannot read ${this.#describe(key)}: expected ${raw ? "" : "about "}${chunkBytes} bytes, ` +
        `found ${size}; ` +
        `the store is ${size < chunkBytes ? "truncated" : "damaged"}`,
    );
  }

  #missing(key: string): DataError {
    return new DataError(
      `Cannot read ${this.#describe(key)}: it is missing; the store is incomplete, or its ` +
        "writer omitted chunks of zeros; write these too (zarr-python: write_empty_chunks)",
    );
  }

  #describe(key: string): string {
    return `chunk "${this.#file(key)}" of "${this.#files.path}"`;
  }
}

/** Chunks along each axis. */
function chunkCounts({ shape, chunkShape }: ZarrLayout): number[] {
  return shape.map((extent, axis) => Math.ceil(extent / chunkShape[axis]));
}

/** The keys of all chunks of an array, row-major. */
function* chunkKeys(layout: ZarrLayout): Generator<string> {
  const { chunkKey } = layout;
  const [rows, columns] = chunkCounts(layout);
  for (let row = 0; row < rows; row++) {
    if (columns === undefined) yield chunkKey([row]);
    for (let column = 0; column < (columns ?? 0); column++) yield chunkKey([row, column]);
  }
}

/** A checksum in hexadecimal digits. */
export function hex(checksum: number | undefined): string {
  return checksum?.toString(16).padStart(8, "0") ?? "none";
}
