/**
 * The log of a job, without which the job runs as well.
 *
 * @module
 */

import { writeAll, writeFailure } from "../../io/atomic_write.ts";

/** A log that is appended to. A failure to write becomes one warning. */
export class JobLog implements Disposable {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  #file: Deno.FsFile | undefined;
  #hasFailed = false;
  /** Ends with the last write: bytes of two streams do not mix within a piece. */
  #writing = Promise.resolve();

  private constructor(path: string, warn: (message: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /** Opens the log at a path, or creates it. */
  static async open(path: string, warn: (message: string) => void): Promise<JobLog> {
    const log = new JobLog(path, warn);
    await log.#attempt(async () => {
      log.#file = await Deno.open(path, { append: true, create: true });
    });
    return log;
  }

  /** Appends bytes or a text. Never throws. */
  write(content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return this.#writing = this.#writing.then(() =>
      this.#attempt(async () => {
        if (this.#file !== undefined) await writeAll(this.#file, bytes);
      })
    );
  }

  /** Closes the log. */
  [Symbol.dispose](): void {
    this.#file?.close();
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#warn(
        `Cannot write "${this.#path}": ${writeFailure(error)}; the job continues, its log is ` +
          "incomplete",
      );
    }
  }
}
