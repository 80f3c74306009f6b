/**
 * Tapes: the output of a stage on disk, recorded while it runs and replayed by a later run.
 *
 * A tape holds the encoded batches of one rank in order, each preceded by its length. The file gets
 * its final name when it is complete.
 *
 * @module
 */

import { join } from "node:path";
import { writeAll } from "../../../io/atomic_write.ts";
import {
  decodeUntrustedRecordBatch,
  type RecordBatch,
  type Schema,
} from "../../../io/record_batch.ts";

/** Bytes of the length before each batch. */
const LENGTH_BYTES = 4;

/** Returns the path of the tape of one rank in the directory of a stage. */
export function tapePath(directory: string, rank: number): string {
  return join(directory, `${rank}.batches`);
}

/**
 * Records batches on a tape. If it cannot be written or grows too long, it is discarded silently.
 */
export class TapeRecorder {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #onFailure: (error: unknown) => void;
  #file: Deno.FsFile | undefined;
  #bytes = 0;
  #hasEnded = false;

  /**
   * @param maxBytes Longer tapes are discarded.
   * @param onFailure Called once if the tape cannot be written, for example on a full disk.
   */
  constructor(path: string, maxBytes: number, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#onFailure = onFailure;
  }

  /** Adds an encoded batch; the caller may reuse its memory once the promise has resolved. */
  async add(batch: Uint8Array): Promise<void> {
    await this.#attempt(async () => {
      this.#bytes += LENGTH_BYTES + batch.byteLength;
      if (this.#bytes > this.#maxBytes) return await this.#discard();
      const length = new DataView(new ArrayBuffer(LENGTH_BYTES));
      length.setUint32(0, batch.byteLength, true);
      const file = await this.#open();
      await writeAll(file, new Uint8Array(length.buffer));
      await writeAll(file, batch);
    });
  }

  /** Flushes the tape to disk and gives it its final name. */
  async close(): Promise<void> {
    await this.#attempt(async () => {
      const file = await this.#open();
      await file.syncData();
      file.close();
      this.#file = undefined;
      await Deno.rename(this.#partialPath, this.#path);
      this.#hasEnded = true;
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#hasEnded) return;
    try {
      await work();
    } catch (error) {
      await this.#discard();
      this.#onFailure(error);
    }
  }

  async #discard(): Promise<void> {
    this.#hasEnded = true;
    this.#file?.close();
    this.#file = undefined;
    await Deno.remove(this.#partialPath).catch(() => {});
  }

  async #open(): Promise<Deno.FsFile> {
    return this.#file ??= await Deno.open(this.#partialPath, {
      write: true,
      create: true,
      truncate: true,
    });
  }

  get #partialPath(): string {
    return `${this.#path}.partial`;
  }
}

/**
 * Yields the batches of a tape.
 *
 * @param schema Output schema of the stage.
 * @throws {SyntaxError} If the tape is truncated.
 */
export async function* replayTape(
  path: string,
  schema: Schema,
): AsyncGenerator<RecordBatch, void, void> {
  using file = await Deno.open(path);
  for (;;) {
    const length = await readUpTo(file, LENGTH_BYTES);
    if (length.byteLength === 0) return;
    const byteLength = length.byteLength < LENGTH_BYTES
      ? Infinity
      : new DataView(length.buffer).getUint32(0, true);
    const batch = byteLength === Infinity ? length : await readUpTo(file, byteLength);
    if (batch.byteLength < byteLength) {
      throw new SyntaxError(`Cannot replay "${path}": the tape is truncated`);
    }
    yield decodeUntrustedRecordBatch(batch, schema);
  }
}

/** Reads the next bytes of a file; fewer at its end. */
async function readUpTo(file: Deno.FsFile, byteLength: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(byteLength);
  let done = 0;
  while (done < byteLength) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
