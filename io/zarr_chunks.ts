/**
 * The files of a Zarr array. Trusts nothing: missing chunks, chunks of a wrong size and chunks with
 * a wrong checksum are errors. (zarrita, which decodes them, reads a missing chunk as zeros and a
 * flipped bit as another number.)
 *
 * @module
 */

import { crc32 } from "node:zlib";
import type { AbsolutePath, AsyncReadable } from "@zarrita/storage";
import { DataError } from "../errors.ts";
import type { StoreFiles } from "./store_files.ts";
import { withOverhead } from "./zarr_codecs.ts";
import type { ZarrLayout } from "./zarr_layout.ts";

/** The array attribute with the CRC-32 of every chunk file, in row-major order of the chunks. */
export const checksumAttribute = "chunkCrc32";

/** More than the metadata of any store: the checksums of a million chunks take 17 MB. */
export const mostMetadataBytes = 2 ** 26;

const metadataNames = ["zarr.json", ".zarray", ".zattrs"];

/**
 * A store for zarrita with the files of one array; every chunk that it gives is there and whole.
 */
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
   * Checks that every chunk is there, uncompressed ones with the right size, and takes up their
   * checksums.
   *
   * @throws {DataError} that names the first chunk that is missing or cut short
   */
  async checkComplete(): Promise<void> {
    const checksums = this.#parseChecksums(this.#layout.attributes[checksumAttribute]);
    let chunkCount = 0;
    for (const key of chunkKeys(this.#layout)) {
      const size = await this.#files.size(this.#file(key));
      if (size === undefined) throw this.#missing(key);
      this.#checkSize(key, size);
      if (checksums && chunkCount < checksums.length) {
        this.#checksums.set(key, checksums[chunkCount]);
      }
      chunkCount++;
    }
    if (checksums && checksums.length !== chunkCount) {
      throw new DataError(
        `Cannot read array "${this.#name}" of "${this.#files.path}" as there must be a ` +
          "checksum for each of its " +
          `${chunkCount} chunks: there are ${checksums.length}`,
      );
    }
  }

  /** Whether chunks have checksums. */
  get hasChecksums(): boolean {
    return this.#layout.attributes[checksumAttribute] !== undefined;
  }

  get chunkCount(): number {
    return chunkCounts(this.#layout).reduce((product, n) => product * n, 1);
  }

  /**
   * Reads chunk after chunk, undecoded. @returns Of each the problem, or undefined when it is there
   * and whole
   */
  async *check(): AsyncGenerator<DataError | undefined> {
    const checksums = this.#parseChecksums(this.#layout.attributes[checksumAttribute]);
    let chunk = 0;
    for (const key of chunkKeys(this.#layout)) {
      if (checksums && chunk < checksums.length) this.#checksums.set(key, checksums[chunk]);
      chunk++;
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
   * The bytes of a file of the array; undefined only for metadata. @throws {DataError} on a damaged
   * chunk
   */
  async get(path: AbsolutePath): Promise<Uint8Array | undefined> {
    const file = path.slice(1);
    const key = file.slice(this.#name.length + 1);
    if (metadataNames.includes(key)) return await this.#files.read(file, mostMetadataBytes);
    const bytes = await this.#files.read(file, withOverhead(this.#layout.chunkBytes));
    if (!bytes) throw this.#missing(key);
    this.#checkSize(key, bytes.byteLength);
    const checksum = this.#checksums.get(key);
    if (checksum !== undefined && crc32(bytes) !== checksum) {
      throw new DataError(
        `Cannot read ${this.#describe(key)} as its checksum is wrong: ${hex(crc32(bytes))} ` +
          `where ${hex(checksum)} is expected; the store is damaged`,
      );
    }
    return bytes;
  }

  #file(key: string): string {
    return `${this.#name}/${key}`;
  }

  /** By hand: of a list of millions of wrong ones, one is enough. */
  #parseChecksums(value: unknown): readonly number[] | undefined {
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)) {
      return value;
    }
    throw new DataError(
      `Cannot read array "${this.#name}" of "${this.#files.path}" as its attribute ` +
        `"${checksumAttribute}" is wrong: ` +
        "it must be a list of 32-bit numbers",
    );
  }

  /** Throws when a chunk has another size than it must, or one that no codec makes. */
  #checkSize(key: string, size: number): void {
    const { raw, chunkBytes } = this.#layout;
    if (raw ? size === chunkBytes : size <= withOverhead(chunkBytes)) return;
    throw new DataError(
      `Cannot read ${this.#describe(key)}: ${size} bytes where ` +
        `${raw ? "" : "about "}${chunkBytes} are expected; ` +
        `the store is ${size < chunkBytes ? "truncated" : "damaged"}`,
    );
  }

  #missing(key: string): DataError {
    return new DataError(
      `Cannot read ${this.#describe(key)} as it is missing: the store is not whole, or its ` +
        "writer left out chunks of " +
        `zeros; write these too (zarr-python: write_empty_chunks)`,
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

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
