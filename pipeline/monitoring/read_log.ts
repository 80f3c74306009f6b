/**
 * Reads the log of a run while it grows.
 *
 * @module
 */

import { ifPresent } from "../../io/if_present.ts";
import type { LogLine } from "./log_schema.ts";
import { parseLogLine } from "./parse_log_line.ts";

/** Bytes that are read at once. */
const CHUNK_BYTES = 2 ** 20;

const NEWLINE = 10;

/** The part of a log that was added since it was read before. */
export interface LogAddition {
  readonly lines: readonly LogLine[];
  /** Number of complete lines that cannot be parsed. */
  readonly damagedCount: number;
  /** Whether the log was replaced, as by a run that resumes: earlier lines no longer hold. */
  readonly isReplaced: boolean;
}

/** Receiver of the lines of a log. */
export interface LogVisitor {
  /** Called first if the log was replaced, as by a run that resumes: earlier lines no longer hold. */
  replace(): void;
  add(line: LogLine): void;
  /** Called for each complete line that cannot be parsed. */
  addDamaged(): void;
}

/** Reads a log from where it was read before. Only complete lines count. */
export class LogReader {
  readonly #path: string;
  #offset = 0;
  #file: number | null | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The lines that were added since the last call; none without a log.
   *
   * @throws {DataError} If the log is of a newer version.
   */
  async read(): Promise<LogAddition> {
    const lines: LogLine[] = [];
    let damagedCount = 0;
    let isReplaced = false;
    await this.visit({
      replace: () => isReplaced = true,
      add: (line) => lines.push(line),
      addDamaged: () => damagedCount++,
    });
    return { lines, damagedCount, isReplaced };
  }

  /**
   * Hands on the lines that were added since the last call, which need not fit into memory.
   *
   * @throws {DataError} If the log is of a newer version.
   */
  async visit(visitor: LogVisitor): Promise<void> {
    const state = await ifPresent(Deno.stat(this.#path));
    const isReplaced = this.#offset > 0 &&
      (state === undefined || state.ino !== this.#file || state.size < this.#offset);
    if (isReplaced) {
      this.#offset = 0;
      visitor.replace();
    }
    if (state === undefined) return;
    this.#file = state.ino;
    for await (const texts of this.#linesUpTo(state.size)) {
      for (const text of texts) {
        if (text === "") continue;
        const line = parseLogLine(text);
        if (line === undefined) visitor.addDamaged();
        else visitor.add(line);
      }
    }
  }

  /** Complete lines from the offset, which advances with them; many at once. */
  async *#linesUpTo(size: number): AsyncGenerator<readonly string[]> {
    if (size <= this.#offset) return;
    const file = await Deno.open(this.#path);
    try {
      await file.seek(this.#offset, Deno.SeekMode.Start);
      const decoder = new TextDecoder();
      let rest = new Uint8Array(0);
      const chunk = new Uint8Array(CHUNK_BYTES);
      for (;;) {
        const count = await file.read(chunk);
        if (count === null) return;
        const bytes = new Uint8Array(rest.length + count);
        bytes.set(rest);
        bytes.set(chunk.subarray(0, count), rest.length);
        const end = bytes.lastIndexOf(NEWLINE) + 1;
        if (end > 0) {
          this.#offset += end;
          yield decoder.decode(bytes.subarray(0, end)).split("\n");
        }
        rest = bytes.slice(end);
      }
    } finally {
      file.close();
    }
  }
}
