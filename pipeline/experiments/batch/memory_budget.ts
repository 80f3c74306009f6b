/**
 * The memory that the jobs of a batch share.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import { formatBytes } from "../../../format.ts";

/** Reserves memory first come, first served: small jobs never overtake a large one that waits. */
export class MemoryBudget {
  readonly #bytes: number;
  readonly #waiting: { readonly bytes: number; readonly admit: () => void }[] = [];
  #free: number;

  /** @param bytes Total memory of the batch. */
  constructor(bytes: number) {
    this.#bytes = this.#free = bytes;
  }

  /**
   * Waits until enough memory is free.
   *
   * @param bytes Memory of the job. @default all, for a job that cannot be planned
   * @returns A function that releases the memory; further calls do nothing.
   * @throws {UserError} If the budget is smaller than `bytes`.
   */
  async reserve(bytes: number = this.#bytes): Promise<() => void> {
    if (bytes > this.#bytes) {
      throw new UserError(
        `Cannot run job: its memory must fit that of the batch, ${formatBytes(this.#bytes)}, ` +
          `but it needs about ${formatBytes(bytes)}; raise --memory, draw smaller graphs, or ` +
          "cache fewer activations",
      );
    }
    const { promise, resolve: admit } = Promise.withResolvers<void>();
    this.#waiting.push({ bytes, admit });
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
      const { bytes, admit } = this.#waiting.shift()!;
      this.#free -= bytes;
      admit();
    }
  }
}
