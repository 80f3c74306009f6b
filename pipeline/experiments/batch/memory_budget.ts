/**
 * The memory that the jobs of a batch share.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { formatBytes } from "../../../format.ts";

/**
 * Hands out memory in the order in which it is asked for, so that a large job waits for small ones
 * but is never passed by them.
 */
export class MemoryBudget {
  readonly #bytes: number;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  #free: number;

  /** @param bytes All that there is. */
  constructor(bytes: number) {
    this.#bytes = this.#free = bytes;
  }

  /**
   * Waits until so many bytes are free.
   *
   * @param bytes Undefined for a job that cannot be planned: it has the memory to itself.
   * @returns Gives them back; further calls do nothing.
   * @throws {UserError} If there are never so many.
   */
  async reserve(bytes: number = this.#bytes): Promise<() => void> {
    if (bytes > this.#bytes) {
      throw new UserError(
        `Cannot run it in the memory of the batch (${formatBytes(this.#bytes)}): about ` +
          `${formatBytes(bytes)} are needed; give more with --memory, draw smaller graphs, ` +
          "or keep fewer activations",
      );
    }
    const { promise, resolve: go } = Promise.withResolvers<void>();
    this.#waiting.push({ bytes, go });
    this.#admit();
    await promise;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#free += bytes;
      this.#admit();
    };
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#waiting[0].bytes <= this.#free) {
      const { bytes, go } = this.#waiting.shift()!;
      this.#free -= bytes;
      go();
    }
  }
}
