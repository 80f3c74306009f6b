/**
 * Allocation of arrays from pooled buffers.
 *
 * @module
 */

import { binarySize } from "../binary_size.ts";
import type { ElementType } from "../element_types.ts";
import { ELEMENT_BYTES, type Storage, WebGpuArray } from "./array.ts";
import type { BufferPool } from "./buffer_pool.ts";

/** Maximum number of elements of an array: shaders and graphs have 32-bit indices. */
export const MAX_ELEMENTS = 2 ** 32;

/** The arrays of one device. */
export class ArrayMemory {
  readonly #pool: BufferPool;
  readonly #bufferLength: number;

  /** @param bufferBytes Maximum size of a buffer. */
  constructor(pool: BufferPool, bufferBytes: number) {
    this.#pool = pool;
    this.#bufferLength = Math.floor(bufferBytes / ELEMENT_BYTES);
  }

  /**
   * A new array with arbitrary values.
   *
   * @throws {RangeError} If its length is not an integer from 0 to 2^32.
   */
  acquire<T extends ElementType>(type: T, length: number): WebGpuArray<T> {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(
        `Cannot allocate an array: its length must be an integer >= 0, received ${length}`,
      );
    }
    if (length > MAX_ELEMENTS) {
      throw new RangeError(
        `Cannot allocate an array of ${binarySize(length * ELEMENT_BYTES)}: the limit is ` +
          `${binarySize(MAX_ELEMENTS * ELEMENT_BYTES)}; use more ranks`,
      );
    }
    const buffers: Storage["buffers"][number][] = [];
    const bufferLength = this.#bufferLength;
    let rest = length;
    do {
      const acquired = Math.min(rest, bufferLength);
      buffers.push(this.#pool.acquire(acquired * ELEMENT_BYTES));
      rest -= acquired;
    } while (rest > 0);
    return new WebGpuArray(type, { buffers, bufferLength, length, released: false }, 0, length);
  }

  /** Returns the memory of `array` to the pool. */
  release(array: WebGpuArray): void {
    for (const buffer of array.storage.buffers) this.#pool.release(buffer);
  }
}
