/**
 * Arrays in the memory of a WebGPU device.
 *
 * @module
 */

import { checkWindow } from "../array_window.ts";
import type { DeviceArray } from "../device.ts";
import type { ElementType } from "../element_types.ts";
import type { PooledBuffer } from "./buffer_pool.ts";

/** Size of an element in bytes; both element types have 32 bits. */
export const ELEMENT_BYTES = 4;

/** Memory of an allocated array, shared by all its windows. */
export interface Storage {
  /** One buffer, or several if the array exceeds the buffer size of the device. */
  readonly buffers: readonly PooledBuffer[];
  /** Elements of each buffer except the last. */
  readonly bufferLength: number;
  readonly length: number;
  released: boolean;
}

/** A piece of a window that lies in one buffer. */
export interface Segment {
  /** Elements of the window before this piece. */
  readonly first: number;
  readonly length: number;
  readonly buffer: PooledBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/**
 * A window on pooled buffers; the array that `Device.allocate` returns is the window on all of
 * them.
 */
export class WebGpuArray<T extends ElementType = ElementType> implements DeviceArray<T> {
  /** @param start The first element, counted from the start of the first buffer. */
  constructor(
    readonly type: T,
    readonly storage: Storage,
    readonly start: number,
    readonly length: number,
  ) {}

  /** The pieces of this window, in order; none if it is empty. */
  get segments(): readonly Segment[] {
    const { buffers, bufferLength } = this.storage;
    const segments: Segment[] = [];
    const end = this.start + this.length;
    for (let first = this.start; first < end;) {
      const index = Math.floor(first / bufferLength);
      const next = Math.min(end, (index + 1) * bufferLength);
      segments.push({
        first: first - this.start,
        length: next - first,
        buffer: buffers[index],
        byteOffset: (first - index * bufferLength) * ELEMENT_BYTES,
        byteLength: (next - first) * ELEMENT_BYTES,
      });
      first = next;
    }
    return segments;
  }

  /** Whether this window lies in one buffer. */
  get isContiguous(): boolean {
    return this.length <= 1 ||
      this.#bufferOf(this.start) === this.#bufferOf(this.start + this.length - 1);
  }

  /** The buffer in which this window starts; an empty one at the very end is in the last. */
  get buffer(): PooledBuffer {
    return this.storage.buffers[this.#bufferOf(this.start)];
  }

  /** Where this window starts in its buffer. */
  get byteOffset(): number {
    return (this.start - this.#bufferOf(this.start) * this.storage.bufferLength) * ELEMENT_BYTES;
  }

  get byteLength(): number {
    return this.length * ELEMENT_BYTES;
  }

  /** Whether this is the complete array and not a window on a part of it. */
  get isWhole(): boolean {
    return this.length === this.storage.length;
  }

  slice(start: number, end: number = this.length): WebGpuArray<T> {
    checkWindow(this.length, start, end);
    return new WebGpuArray(this.type, this.storage, this.start + start, end - start);
  }

  #bufferOf(element: number): number {
    return Math.min(
      Math.floor(element / this.storage.bufferLength),
      this.storage.buffers.length - 1,
    );
  }
}
