/**
 * Writes the log of a run. Logging never ends a run: a log that cannot be written is one warning.
 *
 * @module
 */

import { writeText } from "../../io/atomic_write.ts";
import { messageOf } from "../../errors.ts";
import { ifPresent } from "../../io/if_present.ts";
import type { LogLine } from "./log_schema.ts";
import { parseLogLine } from "./parse_log_line.ts";

/** Time between writes, in milliseconds. */
const WRITE_INTERVAL = 1000;

/** Writes between two of which the file is made durable, besides those that ask for it. */
const WRITES_PER_SYNC = 10;

/** A log that is being written. */
export class LogFile {
  readonly #file: Deno.FsFile;
  readonly #warn: (message: string) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #lines: string[] = [];
  #mustSync = false;
  #writeCount = 0;
  #hasFailed = false;
  /** Writes one after the other. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: Deno.FsFile, warn: (message: string) => void) {
    this.#file = file;
    this.#warn = warn;
    this.#timer = setInterval(() => this.#write(), WRITE_INTERVAL);
  }

  /**
   * Opens a log to append to it; undefined, with a warning, if that fails.
   *
   * @param warn Called at most once
   */
  static async open(
    path: string,
    warn: (message: string) => void,
  ): Promise<LogFile | undefined> {
    try {
      return new LogFile(await Deno.open(path, { append: true, create: true }), warn);
    } catch (error) {
      warn(failureText(path, error));
      return undefined;
    }
  }

  /**
   * Adds a line, which is written within a second.
   *
   * @param options.sync Whether to make the log durable with this line. @default false
   */
  add(line: LogLine, { sync = false } = {}): void {
    if (this.#hasFailed) return;
    this.#lines.push(`${JSON.stringify(line)}\n`);
    this.#mustSync ||= sync;
  }

  /** Writes and closes the log. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#mustSync = true;
    this.#write();
    await this.#writing;
    this.#file.close();
  }

  #write(): void {
    if (this.#lines.length === 0 || this.#hasFailed) return;
    const bytes = new TextEncoder().encode(this.#lines.join(""));
    this.#writeCount++;
    const syncs = this.#mustSync || this.#writeCount % WRITES_PER_SYNC === 0;
    this.#lines = [];
    this.#mustSync = false;
    this.#writing = this.#writing.then(async () => {
      if (this.#hasFailed) return;
      try {
        for (let start = 0; start < bytes.length;) {
          start += await this.#file.write(bytes.subarray(start));
        }
        if (syncs) await this.#file.syncData();
      } catch (error) {
        this.#hasFailed = true;
        this.#warn(failureText("the log", error));
      }
    });
  }
}

/**
 * Removes the steps and validations after `step` from the log of a run that resumes there, its
 * states, and a line that a killed process left incomplete.
 *
 * @param stage Stage that trains; all lines of other stages remain.
 * @returns The lines that remain, in their order; none without a log
 */
export async function truncateLog(
  path: string,
  stage: string | undefined,
  step: number,
): Promise<readonly LogLine[]> {
  const text = await ifPresent(Deno.readTextFile(path));
  if (text === undefined) return [];
  const lines = text.split("\n").map(parseLogLine).filter((line) => line !== undefined);
  const remaining = lines.filter((line) =>
    !(line.type === "step" || line.type === "validation") || line.stage !== stage ||
    line.step <= step
  );
  await writeText(path, remaining.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return remaining;
}

function failureText(path: string, error: unknown): string {
  return `Cannot write ${path}: ${messageOf(error)}; the run continues without its log`;
}
