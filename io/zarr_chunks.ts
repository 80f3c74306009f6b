/**
 * The files of a Zarr array. Trusts nothing: missing chunks, chunks of a wrong size and chunks with a wrong checksum
 * are errors. (zarrita, which decodes them, reads a missing chunk as zeros and a flipped bit as another number.)
 *
 * @module
 */

import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { AbsolutePath, AsyncReadable } from "@zarrita/storage";
import { z } from "zod";
import { DataError } from "../errors.ts";
import type { ZarrLayout } from "./zarr_layout.ts";

/** The array attribute with the CRC-32 of every chunk file, in row-major order of the chunks. */
export const checksumAttribute = "chunkCrc32";

const metadataNames = ["zarr.json", ".zarray", ".zattrs"];

const checksumsSchema = z.array(z.int().min(0).max(2 ** 32 - 1));

/** A store for zarrita with the files of one array; every chunk that it gives is there and whole. */
export class ChunkFiles implements AsyncReadable {
  readonly #path: string;
  readonly #name: string;
  readonly #layout: ZarrLayout;
  readonly #checksums = new Map<string, number>();

  /** @param name The array, which is also its folder below `path` */
  constructor(path: string, name: string, layout: ZarrLayout) {
    this.#path = path;
    this.#name = name;
    this.#layout = layout;
  }

  /**
   * Checks that every chunk is there, uncompressed ones with the right size, and takes up their checksums.
   *
   * @throws {DataError} that names the first chunk that is missing or cut short
   */
  async checkComplete(): Promise<void> {
    const { attributes, raw, chunkBytes } = this.#layout;
    const checksums = this.#parseChecksums(attributes[checksumAttribute]);
    let chunkCount = 0;
    for (const key of chunkKeys(this.#layout)) {
      const { size } = await this.#stat(key);
      if (raw && size !== chunkBytes) throw this.#wrongSize(key, size);
      if (checksums && chunkCount < checksums.length) this.#checksums.set(key, checksums[chunkCount]);
      chunkCount++;
    }
    if (checksums && checksums.length !== chunkCount) {
      throw new DataError(
        `Cannot read array "${this.#name}" of "${this.#path}" as there must be a checksum for each of its ` +
          `${chunkCount} chunks: there are ${checksums.length}`,
      );
    }
  }

  /** The bytes of a file of the array; undefined only for metadata. @throws {DataError} on a damaged chunk */
  async get(path: AbsolutePath): Promise<Uint8Array | undefined> {
    const file = path.slice(1);
    const key = file.slice(this.#name.length + 1);
    const bytes = await readIfThere(join(this.#path, file));
    if (metadataNames.includes(key)) return bytes;
    if (!bytes) throw this.#missing(key);
    if (this.#layout.raw && bytes.byteLength !== this.#layout.chunkBytes) {
      throw this.#wrongSize(key, bytes.byteLength);
    }
    const checksum = this.#checksums.get(key);
    if (checksum !== undefined && crc32(bytes) !== checksum) {
      throw new DataError(
        `Cannot read ${this.#describe(key)} as its checksum is wrong: ${hex(crc32(bytes))} where ${
          hex(checksum)
        } is expected; the store is damaged`,
      );
    }
    return bytes;
  }

  async #stat(key: string): Promise<Deno.FileInfo> {
    try {
      return await Deno.stat(join(this.#path, this.#name, key));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw this.#missing(key);
      throw error;
    }
  }

  #parseChecksums(value: unknown): number[] | undefined {
    if (value === undefined) return undefined;
    const { data, error } = checksumsSchema.safeParse(value);
    if (data) return data;
    throw new DataError(
      `Cannot read array "${this.#name}" of "${this.#path}" as its attribute "${checksumAttribute}" is wrong: ${
        error.issues[0].message
      }`,
    );
  }

  #missing(key: string): DataError {
    return new DataError(
      `Cannot read ${
        this.#describe(key)
      } as it is missing: the store is not whole, or its writer left out chunks of ` +
        `zeros; write these too (zarr-python: write_empty_chunks)`,
    );
  }

  #wrongSize(key: string, size: number): DataError {
    return new DataError(
      `Cannot read ${this.#describe(key)}: ${size} bytes where ${this.#layout.chunkBytes} are expected; ` +
        `the store is truncated`,
    );
  }

  #describe(key: string): string {
    return `chunk "${this.#name}/${key}" of "${this.#path}"`;
  }
}

/** The keys of all chunks of an array, row-major. */
function* chunkKeys({ shape, chunkShape, chunkKey }: ZarrLayout): Generator<string> {
  const counts = shape.map((extent, axis) => Math.ceil(extent / chunkShape[axis]));
  const [rows, columns] = counts;
  for (let row = 0; row < rows; row++) {
    if (columns === undefined) yield chunkKey([row]);
    for (let column = 0; column < (columns ?? 0); column++) yield chunkKey([row, column]);
  }
}

/** The bytes of a file, or undefined when there is none. */
export async function readIfThere(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw new DataError(`Cannot read "${file}": ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
