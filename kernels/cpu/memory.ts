/**
 * The memory of a CPU device: an allocator for the linear memory of a WebAssembly instance.
 *
 * @module
 */

import { binarySize } from "../binary_size.ts";

/** Alignment of blocks in bytes: a cache line. */
const ALIGNMENT = 64;

/** Unused bytes at the end: kernels may read, but never write, up to 20 bytes past an array. */
const GUARD_BYTES = 64;

const PAGE_BYTES = 2 ** 16;
/** Size of the 32-bit address space in bytes. */
export const LIMIT_BYTES: number = 2 ** 32;

/** A range of memory `[start, end)`, in bytes. */
interface Interval {
  start: number;
  end: number;
}

/**
 * Best-fit allocator with coalescing. A program allocates hundreds of arrays, so the free intervals
 * are few: they form a list by address with linear search.
 */
export class CpuMemory {
  /** The memory as float32; replaced when it grows. */
  f32: Float32Array;
  /** The memory as uint32; replaced when it grows. */
  u32: Uint32Array;
  readonly #memory: WebAssembly.Memory;
  readonly #free: Interval[];

  /** @param heapStart First byte after the static data of the module. */
  constructor(memory: WebAssembly.Memory, heapStart: number) {
    this.#memory = memory;
    this.#free = [{
      start: roundUp(heapStart, ALIGNMENT),
      end: memory.buffer.byteLength - GUARD_BYTES,
    }];
    this.f32 = new Float32Array(memory.buffer);
    this.u32 = new Uint32Array(memory.buffer);
  }

  /**
   * The first byte of a block of at least `bytes` bytes with arbitrary content.
   *
   * @throws {RangeError} If the memory would exceed 4 GiB.
   */
  allocate(bytes: number): number {
    const size = blockBytes(bytes);
    let best = this.#bestFit(size);
    if (best < 0) {
      this.#grow(size);
      best = this.#free.length - 1;
    }
    const interval = this.#free[best];
    const start = interval.start;
    interval.start += size;
    if (interval.start === interval.end) this.#free.splice(best, 1);
    return start;
  }

  /** Releases the block of `bytes` bytes at `start`. */
  release(start: number, bytes: number): void {
    const free = this.#free;
    const end = start + blockBytes(bytes);
    let low = 0, high = free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (free[middle].start < start) low = middle + 1;
      else high = middle;
    }
    const touchesPrevious = low > 0 && free[low - 1].end === start;
    const touchesNext = low < free.length && free[low].start === end;
    if (touchesPrevious && touchesNext) {
      free[low - 1].end = free[low].end;
      free.splice(low, 1);
    } else if (touchesPrevious) free[low - 1].end = end;
    else if (touchesNext) free[low].start = start;
    else free.splice(low, 0, { start, end });
  }

  #bestFit(size: number): number {
    let best = -1, bestSize = Infinity;
    for (let k = 0; k < this.#free.length; k++) {
      const room = this.#free[k].end - this.#free[k].start;
      if (room < size || room >= bestSize) continue;
      best = k;
      bestSize = room;
    }
    return best;
  }

  /** Extends the last free interval to at least `size` bytes. */
  #grow(size: number): void {
    const oldBytes = this.#memory.buffer.byteLength;
    const oldEnd = oldBytes - GUARD_BYTES;
    const last = this.#free.at(-1);
    const start = last?.end === oldEnd ? last.start : oldEnd;
    const needed = start + size + GUARD_BYTES;
    if (needed > LIMIT_BYTES) throw limitError(size);
    // At least an eighth more, so that not every small array grows the memory.
    const bytes = Math.min(LIMIT_BYTES, roundUp(Math.max(needed, oldBytes * 1.125), PAGE_BYTES));
    try {
      this.#memory.grow((bytes - oldBytes) / PAGE_BYTES);
    } catch (cause) {
      throw limitError(size, cause);
    }
    this.f32 = new Float32Array(this.#memory.buffer);
    this.u32 = new Uint32Array(this.#memory.buffer);
    if (start === oldEnd) this.#free.push({ start, end: bytes - GUARD_BYTES });
    else last!.end = bytes - GUARD_BYTES;
  }
}

function blockBytes(bytes: number): number {
  return Math.max(ALIGNMENT, roundUp(bytes, ALIGNMENT));
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

function limitError(bytes: number, cause?: unknown): RangeError {
  return new RangeError(
    `Cannot allocate an array of ${binarySize(bytes)}: the device limit is ` +
      `${binarySize(LIMIT_BYTES)}; use more ranks`,
    { cause },
  );
}
