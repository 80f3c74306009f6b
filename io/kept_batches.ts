/**
 * Record batches that are read again and again: in memory up to a bound, the others in a temporary
 * file.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../errors.ts";
import { writeError } from "./atomic_write.ts";
import { ColumnBatch } from "./column_batch.ts";
import {
  decodeUntrustedRecordBatch,
  encodeRecordBatch,
  type RecordBatch,
  type Schema,
} from "./record_batch.ts";

/** Where a batch lies in the file. */
interface Place {
  readonly schema: Schema;
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * A growing list of record batches. The first ones stay in memory, as many as the bound allows;
 * each of the others is an Arrow IPC stream in one file, of which a read gives new memory.
 *
 * The file has no name from its first byte on: the disk gets it back with `dispose`, and however
 * else the process ends. Await each call before the next.
 */
export class KeptBatches implements Disposable {
  readonly #directory: string;
  readonly #mostBytes: number;
  readonly #entries: (RecordBatch | Place)[] = [];
  #bytes = 0;
  #fileBytes = 0;
  #file: Deno.FsFile | undefined;

  /**
   * @param directory Where the file goes; there is none as long as the batches fit the memory
   * @param mostBytes Most bytes of batches in memory
   */
  constructor(directory: string, mostBytes: number) {
    this.#directory = directory;
    this.#mostBytes = mostBytes;
  }

  /** The number of batches. */
  get count(): number {
    return this.#entries.length;
  }

  /** Bytes of the batches in the file. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /**
   * Adds a batch.
   *
   * @returns Its number, from 0 in the order of the calls
   * @throws {DataError} when the file cannot be written, as on a full disk
   */
  async add(batch: RecordBatch): Promise<number> {
    // Once there is a file, all that come go there: what is in memory are the first ones, not the
    // smallest.
    const fits = this.#file === undefined && this.#bytes + batch.byteLength <= this.#mostBytes;
    if (fits) this.#bytes += batch.byteLength;
    return this.#entries.push(fits ? batch : await this.#write(batch)) - 1;
  }

  /**
   * The batch of a number.
   *
   * @throws {RangeError} when there is none
   * @throws {DataError} when the file gives less than was written
   */
  async read(number: number): Promise<RecordBatch> {
    const entry = this.#entries[number];
    if (entry === undefined) {
      throw new RangeError(`Cannot read batch ${number} as there are ${this.count}`);
    }
    if ("rowCount" in entry) return entry;
    const bytes = new Uint8Array(entry.byteLength);
    const file = this.#file!;
    await file.seek(entry.offset, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.byteLength;) {
      const count = await file.read(bytes.subarray(done));
      if (count === null) {
        throw new DataError(
          `Cannot read batch ${number} as its file in "${this.#directory}" must have ` +
            `${entry.byteLength} bytes of it: ` +
            `it has ${done}`,
        );
      }
      done += count;
    }
    return decodeUntrustedRecordBatch(bytes, entry.schema);
  }

  /** Gives the memory and the file back. */
  [Symbol.dispose](): void {
    this.#entries.length = 0;
    this.#file?.close();
    this.#file = undefined;
  }

  async #write(batch: RecordBatch): Promise<Place> {
    const bytes = batch instanceof ColumnBatch ? batch.message() : encodeRecordBatch(batch);
    const offset = this.#fileBytes;
    try {
      this.#file ??= await openNameless(this.#directory);
      await this.#file.seek(offset, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.byteLength;) {
        done += await this.#file.write(bytes.subarray(done));
      }
    } catch (cause) {
      throw writeError(join(this.#directory, "kept.partial"), cause);
    }
    this.#fileBytes += bytes.byteLength;
    return { schema: batch.schema, offset, byteLength: bytes.byteLength };
  }
}

/** A file in `directory` that only its handle leads to. */
async function openNameless(directory: string): Promise<Deno.FsFile> {
  const path = await Deno.makeTempFile({ dir: directory, prefix: "kept.", suffix: ".partial" });
  try {
    return await Deno.open(path, { read: true, write: true });
  } finally {
    await Deno.remove(path);
  }
}
