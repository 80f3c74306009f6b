/**
 * The memory of a CPU device: an allocator over the linear memory of one WebAssembly instance.
 *
 * @module
 */

/** Blocks start at a multiple of a cache line. */
const ALIGNMENT = 64;

/** Bytes kept free at the end: kernels may read (never write) up to 20 bytes past an array. */
const GUARD_BYTES = 64;

const PAGE_BYTES = 2 ** 16;
/** What 32-bit addresses reach. */
export const LIMIT_BYTES: number = 2 ** 32;

/** A piece of memory `[start, end)`, in bytes. */
interface Interval {
  start: number;
  end: number;
}

/**
 * Best-fit allocator with coalescing: the free intervals are few (a program allocates hundreds of
 * arrays, not millions), so they are a list by address, searched in order.
 */
export class CpuMemory {
  /** All of the memory as float32 and as uint32; made anew when the memory grows. */
  f32: Float32Array;
  u32: Uint32Array;
  readonly #memory: WebAssembly.Memory;
  readonly #free: Interval[];

  /** @param heapStart First byte that the module's static data leaves free. */
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
   * The first byte of a block of at least `bytes` bytes; its content is arbitrary.
   *
   * @throws {RangeError} When the memory would pass 4 GiB.
   */
  allocate(bytes: number): number {
    const size = blockBytes(bytes);
    let best = this.#bestFit(size);
    if (best < 0) {
      this.#grow(size);
      best = this.#free.length - 1;
    }
    const interval = this.#free[best], start = interval.start;
    interval.start += size;
    if (interval.start === interval.end) this.#free.splice(best, 1);
    return start;
  }

  /** Takes back the block of `bytes` bytes at `start`. */
  release(start: number, bytes: number): void {
    const free = this.#free, end = start + blockBytes(bytes);
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
      if (room >= size && room < bestSize) [best, bestSize] = [k, room];
    }
    return best;
  }

  /** Makes the last free interval at least `size` bytes long. */
  #grow(size: number): void {
    const oldBytes = this.#memory.buffer.byteLength, oldEnd = oldBytes - GUARD_BYTES;
    const last = this.#free.at(-1);
    const start = last?.end === oldEnd ? last.start : oldEnd;
    const needed = start + size + GUARD_BYTES;
    if (needed > LIMIT_BYTES) throw limitError(size);
    // An eighth more than there is, so that many small arrays do not grow the memory one by one.
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
  const size = bytes < 2 ** 20 ? `${bytes} bytes` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  return new RangeError(
    `Cannot allocate an array of ${size} as the device limit is 4.0 GiB; use more ranks`,
    { cause },
  );
}
