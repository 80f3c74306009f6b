/**
 * Record batches that are read repeatedly: in memory up to a bound, the rest spilled to disk.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../errors.ts";
import { writeAll, writeError } from "./atomic_write.ts";
import { ColumnBatch } from "./column_batch.ts";
import {
  decodeUntrustedRecordBatch,
  encodeRecordBatch,
  type RecordBatch,
  type Schema,
} from "./record_batch.ts";

/** The place of a batch in the file. */
interface Place {
  readonly schema: Schema;
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * A growing list of record batches. The first ones stay in memory, up to the bound; the others are
 * Arrow IPC streams in one file, and each read of one returns new memory.
 *
 * The file is deleted as soon as it is open, so that the system frees it with `dispose` or at the
 * end of the process. Await each call before the next.
 */
export class SpilledBatches implements Disposable {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #entries: (RecordBatch | Place)[] = [];
  #bytes = 0;
  #fileBytes = 0;
  #file: Deno.FsFile | undefined;

  /**
   * @param directory Directory of the file, which is created when the batches exceed `maxBytes`
   * @param maxBytes Bytes of the batches in memory
   */
  constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
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
   * @returns Its number, counted from 0
   * @throws {DataError} If the file cannot be written, as on a full disk
   */
  async add(batch: RecordBatch): Promise<number> {
    // Once there is a file, all later batches are spilled: memory holds the first ones, not the
    // smallest.
    const fits = this.#file === undefined && this.#bytes + batch.byteLength <= this.#maxBytes;
    if (fits) this.#bytes += batch.byteLength;
    return this.#entries.push(fits ? batch : await this.#write(batch)) - 1;
  }

  /**
   * Reads the batch of a number.
   *
   * @throws {RangeError} If there is no such batch
   * @throws {DataError} If the file is cut short
   */
  async read(number: number): Promise<RecordBatch> {
    const entry = this.#entries[number];
    if (entry === undefined) {
      throw new RangeError(`Cannot read batch ${number}: there are ${this.count} batches`);
    }
    if ("rowCount" in entry) return entry;
    const bytes = new Uint8Array(entry.byteLength);
    const file = this.#file!;
    await file.seek(entry.offset, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.byteLength;) {
      const count = await file.read(bytes.subarray(done));
      if (count === null) {
        throw new DataError(
          `Cannot read batch ${number}: its file in "${this.#directory}" is cut short, expected ` +
            `${entry.byteLength} bytes, found ${done}`,
        );
      }
      done += count;
    }
    return decodeUntrustedRecordBatch(bytes, entry.schema);
  }

  /** Frees the memory and the file. */
  [Symbol.dispose](): void {
    this.#entries.length = 0;
    this.#file?.close();
    this.#file = undefined;
  }

  async #write(batch: RecordBatch): Promise<Place> {
    const bytes = batch instanceof ColumnBatch ? batch.message() : encodeRecordBatch(batch);
    const offset = this.#fileBytes;
    try {
      this.#file ??= await openUnnamed(this.#directory);
      await this.#file.seek(offset, Deno.SeekMode.Start);
      await writeAll(this.#file, bytes);
    } catch (cause) {
      throw writeError(join(this.#directory, "spilled.partial"), cause);
    }
    this.#fileBytes += bytes.byteLength;
    return { schema: batch.schema, offset, byteLength: bytes.byteLength };
  }
}

/** Opens a new file in `directory` and deletes its name. */
async function openUnnamed(directory: string): Promise<Deno.FsFile> {
  const path = await Deno.makeTempFile({ dir: directory, prefix: "spilled.", suffix: ".partial" });
  try {
    return await Deno.open(path, { read: true, write: true });
  } finally {
    await Deno.remove(path);
  }
}
