/**
 * Staging buffers for reads by the host.
 *
 * @module
 */

import { sizeClass } from "./buffer_pool.ts";

/** Maximum size of a cached staging buffer, in bytes. */
const MAX_CACHED_BYTES = 16 * 2 ** 20;

/** A buffer that the host can map. */
export class Staging {
  readonly gpu: GPUBuffer;
  #wasMapped = false;

  constructor(device: GPUDevice, size: number) {
    this.gpu = device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /**
   * The first `bytes` bytes, after all submitted work is done. Call `unmap` after copying them.
   *
   * Deno maps the buffer within the call of `mapAsync` but settles its promise 10 ms later. From
   * the second time on the range is therefore requested immediately (180 µs for a small read
   * instead of 11 ms); if it is not mapped yet, as in a browser, the promise is awaited. The first
   * call must await it: Deno 2.9 aborts on a range of a buffer that was never mapped.
   */
  async map(bytes: number): Promise<ArrayBuffer> {
    const mapped = this.gpu.mapAsync(GPUMapMode.READ, 0, bytes);
    if (this.#wasMapped) {
      mapped.catch(() => {}); // awaited below if needed
      try {
        return this.gpu.getMappedRange(0, bytes);
      } catch {
        // Not mapped yet.
      }
    }
    await mapped;
    this.#wasMapped = true;
    return this.gpu.getMappedRange(0, bytes);
  }

  /**
   * Blocks until all submitted work is done, as `mapAsync` does in Deno; in a browser it returns
   * immediately.
   */
  wait(): void {
    this.gpu.mapAsync(GPUMapMode.READ).catch(() => {}); // the next read reports a failure
    this.gpu.unmap();
  }

  unmap(): void {
    this.gpu.unmap();
  }
}

/** Staging buffers of one device, one per concurrent read. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, Staging[]>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A staging buffer of at least `bytes`. */
  acquire(bytes: number): Staging {
    const size = sizeClass(bytes);
    return this.#free.get(size)?.pop() ?? new Staging(this.#device, size);
  }

  /** Returns an unmapped staging buffer to the cache. */
  release(staging: Staging): void {
    const size = staging.gpu.size;
    if (size > MAX_CACHED_BYTES) return staging.gpu.destroy();
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [staging]);
    else list.push(staging);
  }
}
