/** Arrays in the memory of a WebGPU device. @module */

import type { DeviceArray, ElementType } from "../device.ts";
import type { PooledBuffer } from "./buffer_pool.ts";

/** Bytes of an element; both element types have 32 bits. */
export const ELEMENT_BYTES = 4;

/** What an allocated array and all its windows share. */
export interface Storage {
  readonly buffer: PooledBuffer;
  readonly bytes: number;
  released: boolean;
}

/** A window on a pooled buffer; the array that `Device.allocate` gives is the window on all of it. */
export class WebGpuArray<T extends ElementType = ElementType> implements DeviceArray<T> {
  /** @param start The first element, counted from the start of the buffer. */
  constructor(
    readonly type: T,
    readonly storage: Storage,
    readonly start: number,
    readonly length: number,
  ) {}

  get buffer(): PooledBuffer {
    return this.storage.buffer;
  }

  get byteOffset(): number {
    return this.start * ELEMENT_BYTES;
  }

  get byteLength(): number {
    return this.length * ELEMENT_BYTES;
  }

  /** Whether this is the whole array and not a window on a part of it. */
  get isWhole(): boolean {
    return this.byteLength === this.storage.bytes;
  }

  slice(start: number, end: number = this.length): WebGpuArray<T> {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > this.length) {
      throw new RangeError(
        `Cannot take a window as it must lie in [0, ${this.length}]: received [${start}, ${end})`,
      );
    }
    return new WebGpuArray(this.type, this.storage, this.start + start, end - start);
  }
}
