/** Staging buffers through which values come back to the host. @module */

import { sizeClass } from "./buffer_pool.ts";

/** Staging buffers up to this size are kept for the next read, in bytes. */
const KEPT_BYTES = 16 * 2 ** 20;

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
   * The first `bytes` bytes, once the work submitted so far is done; `unmap` when they are copied.
   *
   * Deno maps the buffer within the call of `mapAsync` but settles its promise 10 ms later. From
   * the second time on the range is therefore asked for at once (180 µs for a small read instead of
   * 11 ms); where it is not there yet, as in a browser, the promise is awaited. The first time must
   * wait: Deno 2.9 aborts on a range of a buffer never mapped.
   */
  async map(bytes: number): Promise<ArrayBuffer> {
    const mapped = this.gpu.mapAsync(GPUMapMode.READ, 0, bytes);
    if (this.#wasMapped) {
      mapped.catch(() => {}); // awaited below when it matters
      try {
        return this.gpu.getMappedRange(0, bytes);
      } catch {
        // not mapped yet
      }
    }
    await mapped;
    this.#wasMapped = true;
    return this.gpu.getMappedRange(0, bytes);
  }

  /**
   * Waits within the call until the work submitted so far is done, where `mapAsync` does so, as in
   * Deno; in a browser it returns at once.
   */
  wait(): void {
    this.gpu.mapAsync(GPUMapMode.READ).catch(() => {}); // a failure is told by whoever reads
    this.gpu.unmap();
  }

  unmap(): void {
    this.gpu.unmap();
  }
}

/** Staging buffers of one device; as many as there are reads at the same time. */
export class Readback {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, Staging[]>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** A staging buffer of at least `bytes`. */
  take(bytes: number): Staging {
    const size = sizeClass(bytes);
    return this.#free.get(size)?.pop() ?? new Staging(this.#device, size);
  }

  /** Takes an unmapped staging buffer back. */
  give(staging: Staging): void {
    const size = staging.gpu.size;
    if (size > KEPT_BYTES) return staging.gpu.destroy();
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [staging]);
    else list.push(staging);
  }
}
