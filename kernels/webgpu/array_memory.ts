/** Makes arrays out of pooled buffers, and counts their bytes. @module */

import type { ElementType } from "../element_types.ts";
import { ELEMENT_BYTES, type Storage, WebGpuArray } from "./array.ts";
import { type BufferPool, formatBytes } from "./buffer_pool.ts";

/** Elements that an array may have: shaders and graphs number them with 32 bits. */
export const MOST_ELEMENTS = 2 ** 32;

/** The arrays of one device. */
export class ArrayMemory {
  readonly #pool: BufferPool;
  readonly #bufferLength: number;

  /** @param bufferBytes The size that one buffer may have. */
  constructor(pool: BufferPool, bufferBytes: number) {
    this.#pool = pool;
    this.#bufferLength = Math.floor(bufferBytes / ELEMENT_BYTES);
  }

  /**
   * A new array whose values are whatever its buffers hold.
   *
   * @throws {RangeError} When its length is no integer from 0 to 2^32.
   */
  take<T extends ElementType>(type: T, length: number): WebGpuArray<T> {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(
        `Cannot allocate an array as its length must be an integer >= 0: received ${length}`,
      );
    }
    if (length > MOST_ELEMENTS) {
      throw new RangeError(
        `Cannot allocate an array of ${formatBytes(length * ELEMENT_BYTES)} as one has at most ` +
          `${formatBytes(MOST_ELEMENTS * ELEMENT_BYTES)}; use more ranks`,
      );
    }
    const buffers: Storage["buffers"][number][] = [], bufferLength = this.#bufferLength;
    let rest = length;
    do {
      const taken = Math.min(rest, bufferLength);
      buffers.push(this.#pool.take(taken * ELEMENT_BYTES));
      rest -= taken;
    } while (rest > 0);
    return new WebGpuArray(type, { buffers, bufferLength, length, released: false }, 0, length);
  }

  /** Takes the memory of `array` back. */
  give(array: WebGpuArray): void {
    for (const buffer of array.storage.buffers) this.#pool.give(buffer);
  }
}
