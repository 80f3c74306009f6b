/**
 * A pool of storage buffers: a training step allocates and releases the same sizes repeatedly.
 *
 * Sizes are rounded up to classes, four per power of two, so at most a quarter is wasted. All work
 * goes through one queue, in order, so a released buffer can be reused immediately, while
 * earlier commands on it are still pending.
 *
 * @module
 */

import { binarySize } from "../binary_size.ts";

/** A storage buffer of one size class. */
export interface PooledBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  /** Whether it had an earlier owner and may hold its values. */
  used: boolean;
  /** Number of the last batch of commands that uses it. */
  batch: number;
}

/** Smallest size class, in bytes. */
const MIN_CLASS_BYTES = 256;

/** Free memory that is never trimmed, in bytes. */
const MIN_FREE_BYTES = 64 * 2 ** 20;

/** Hands out buffers and receives them back. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #limit: number;
  readonly #deviceName: string;
  readonly #dispose: (buffer: PooledBuffer) => void;
  readonly #free = new Map<number, PooledBuffer[]>();
  #freeBytes = 0;
  #usedBytes = 0;
  #maxUsedBytes = 0;
  #nextId = 0;

  /**
   * @param limit Maximum size of a buffer in bytes.
   * @param deviceName Name of the device, for error messages.
   * @param dispose Destroys a buffer as soon as no recorded command needs it.
   */
  constructor(
    device: GPUDevice,
    limit: number,
    deviceName: string,
    dispose: (buffer: PooledBuffer) => void,
  ) {
    this.#device = device;
    this.#limit = limit;
    this.#deviceName = deviceName;
    this.#dispose = dispose;
  }

  /**
   * A buffer of at least `bytes` bytes.
   *
   * @throws {RangeError} If it exceeds the limit of the device.
   */
  acquire(bytes: number): PooledBuffer {
    const limit = this.#limit;
    if (bytes > limit) {
      throw new RangeError(
        `Cannot allocate a buffer of ${binarySize(bytes)}: the limit of ${this.#deviceName} is ` +
          `${binarySize(limit)}; use more ranks`,
      );
    }
    const size = Math.min(sizeClass(bytes), limit - limit % 4);
    const free = this.#free.get(size)?.pop();
    this.#usedBytes += size;
    if (free === undefined) {
      this.#trim();
      this.#maxUsedBytes = Math.max(this.#maxUsedBytes, this.#usedBytes);
      return { id: this.#nextId++, gpu: this.#create(size), used: false, batch: -1 };
    }
    this.#maxUsedBytes = Math.max(this.#maxUsedBytes, this.#usedBytes);
    this.#freeBytes -= size;
    free.used = true;
    return free;
  }

  /** Returns `buffer` to the pool. */
  release(buffer: PooledBuffer): void {
    const size = buffer.gpu.size;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [buffer]);
    else list.push(buffer);
    this.#usedBytes -= size;
    this.#freeBytes += size;
  }

  #create(size: number): GPUBuffer {
    return this.#device.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  /** Destroys free buffers, largest first, until the pool is not larger than its peak use. */
  #trim(): void {
    const allowed = Math.max(MIN_FREE_BYTES, this.#maxUsedBytes - this.#usedBytes);
    if (this.#freeBytes <= allowed) return;
    for (const size of [...this.#free.keys()].sort((a, b) => b - a)) {
      const list = this.#free.get(size)!;
      while (list.length > 0 && this.#freeBytes > allowed) {
        this.#dispose(list.shift()!);
        this.#freeBytes -= size;
      }
    }
  }
}

/** The smallest of 4, 5, 6, 7 times a power of two that holds `bytes`. */
export function sizeClass(bytes: number): number {
  if (bytes <= MIN_CLASS_BYTES) return MIN_CLASS_BYTES;
  const quarter = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / quarter) * quarter;
}
