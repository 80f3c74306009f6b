/**
 * The WebGPU device: the WGSL shaders of the kernels on a GPU, or on a software adapter in tests.
 *
 * Commands are recorded and submitted in batches to one queue, in order. Writes of the host enter
 * the queue immediately, so a write to an array that recorded commands use submits these first.
 *
 * @module
 */

import type { Device, DeviceArray, DeviceListener } from "../device.ts";
import type { ElementType, HostArray } from "../element_types.ts";
import { checkBindings, type Kernel } from "../kernel.ts";
import { openAdapter, type OpenedDevice } from "./adapter.ts";
import { ELEMENT_BYTES, WebGpuArray } from "./array.ts";
import { ArrayMemory, MAX_ELEMENTS } from "./array_memory.ts";
import { BufferPool } from "./buffer_pool.ts";
import { Failures } from "./failures.ts";
import { bindingLength, limitsOf, type LoweredLimits } from "./limits.ts";
import { Pace } from "./pace.ts";
import { Readback, Staging } from "./readback.ts";
import { Recorder } from "./recorder.ts";
import { Scratch, type ScratchSource } from "./scratch.ts";
import { createShaders } from "./shaders.ts";
import { type Tile, tileFor, tileText } from "./tile.ts";

/** Edges per block of the edge convolution that occupy a GPU. */
const HARDWARE_BLOCK_EDGES = 32_768;

/**
 * Edges per block on a software adapter: enough to hide the cost of dispatches. Lavapipe binds at
 * most 128 MiB: the moments, 64 × 32, of 16,000 receivers with one edge each.
 */
const FALLBACK_BLOCK_EDGES = 8_192;

/** Options of a device; the defaults depend on its adapter. */
export interface WebGpuOptions {
  /** The tile of the products. @default by `tileFor` */
  readonly tile?: Tile | undefined;
  /**
   * Edges per block of the edge convolution.
   *
   * @default 32,768 on hardware, 8,192 on a software adapter
   */
  readonly blockEdges?: number | undefined;
  /** Limits to observe if they are below those of the adapter. */
  readonly limits?: LoweredLimits | undefined;
}

/**
 * Opens the WebGPU device with the limits of its adapter.
 *
 * @param options.allowFallback Whether a software adapter is acceptable. @default false
 * @throws {DeviceUnavailableError} If there is no such adapter.
 */
export async function createWebGpuDevice(
  { allowFallback = false, ...options }: WebGpuOptions & {
    readonly allowFallback?: boolean | undefined;
  } = {},
  listener: DeviceListener = {},
): Promise<WebGpuDevice> {
  return new WebGpuDevice(await openAdapter(allowFallback), options, listener);
}

/** A device that runs the WGSL shader of every kernel; see {@linkcode createWebGpuDevice}. */
export class WebGpuDevice implements Device {
  readonly name = "webgpu";
  /**
   * The adapter, and the options that its results depend on: devices with equal descriptions
   * compute in the same order.
   */
  readonly description: string;
  readonly isFallback: boolean;
  readonly preferredBlockEdges: number;
  readonly #memory = { currentBytes: 0, peakBytes: 0 };
  readonly #device: GPUDevice;
  readonly #failures: Failures;
  readonly #recorder: Recorder;
  readonly #arrays: ArrayMemory;
  readonly #readback: Readback;
  readonly #bindingLength: number;
  readonly #scratchSource: ScratchSource = {
    acquire: (type, length) => this.#acquire(type, length),
    release: (array) => this.#arrays.release(array),
    clear: (array) => this.#recorder.clear(array),
    counting: (length) => this.#numbers(length),
  };
  readonly #listener: DeviceListener;
  readonly #pace = new Pace();
  #counting: WebGpuArray<"u32"> | undefined;
  #paceStaging: Staging | undefined;

  constructor(
    opened: OpenedDevice,
    options: WebGpuOptions = {},
    listener: DeviceListener = {},
  ) {
    this.#listener = listener;
    const { device, description, isFallback } = opened;
    const tile = options.tile ?? tileFor(isFallback);
    const name = `the WebGPU device "${description}"`;
    const limits = limitsOf(device, options.limits);
    this.isFallback = isFallback;
    this.preferredBlockEdges = options.blockEdges ??
      (isFallback ? FALLBACK_BLOCK_EDGES : HARDWARE_BLOCK_EDGES);
    const traits = [
      "float32",
      `tiles of ${tileText(tile)}`,
      `blocks of ${this.preferredBlockEdges} edges`,
    ];
    this.description = `${description}; ${traits.join(", ")}`;
    this.#device = device;
    this.#failures = new Failures(device, name, listener.onLost);
    const shaders = createShaders(tile);
    const recorder = new Recorder(device, limits, shaders, () => this.#failures.nextScopes());
    const pool = new BufferPool(
      device,
      limits.maxBufferSize,
      name,
      (buffer) => recorder.dispose(buffer),
    );
    this.#recorder = recorder;
    this.#arrays = new ArrayMemory(pool, limits.maxBufferSize);
    this.#readback = new Readback(device);
    this.#bindingLength = bindingLength(limits);
  }

  /** Arrays may span several buffers; adapters do not report the size of their memory. */
  readonly limits = { arrayBytes: MAX_ELEMENTS * ELEMENT_BYTES, totalBytes: Infinity };

  /** Current and peak size of the allocated arrays in bytes, without the rounding of the pool. */
  get memory(): { readonly currentBytes: number; readonly peakBytes: number } {
    return this.#memory;
  }

  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T> {
    const array = this.#acquire(type, length);
    this.#count(array.byteLength);
    if (array.storage.buffers.some(({ used }) => used)) this.#recorder.clear(array);
    return array;
  }

  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  upload(data: Float32Array | Uint32Array): DeviceArray {
    const array = this.#acquire(data instanceof Float32Array ? "f32" : "u32", data.length);
    this.#count(array.byteLength);
    this.write<ElementType>(array, data);
    return array;
  }

  write<T extends ElementType>(array: DeviceArray<T>, data: HostArray<T>): void {
    this.#failures.throwIfFailed();
    const target = this.#own(array);
    if (data.length > target.length) {
      throw new RangeError(
        `Cannot write to an array: it has ${target.length} elements, received ${data.length}`,
      );
    }
    const window = target.slice(0, data.length);
    if (this.#recorder.uses(window)) this.#recorder.submit();
    for (const { buffer, byteOffset, first, length } of window.segments) {
      this.#device.queue.writeBuffer(
        buffer.gpu,
        byteOffset,
        data as HostArray<T> & BufferSource,
        first,
        length,
      );
    }
    this.#listener.onWork?.();
  }

  async read<T extends ElementType>(
    array: DeviceArray<T>,
    into?: HostArray<T>,
  ): Promise<HostArray<T>> {
    this.#failures.throwIfFailed();
    const source = this.#own(array);
    const { type, length } = source;
    if (into !== undefined && into.length !== length) {
      throw new RangeError(
        `Cannot read an array: the target must have ${length} elements, received ${into.length}`,
      );
    }
    const copies = source.segments.map(({ buffer, byteOffset, byteLength, first, length }) => {
      const staging = this.#readback.acquire(byteLength);
      this.#recorder.copyOut(buffer, byteOffset, staging.gpu, byteLength);
      return { staging, first, length };
    });
    this.#recorder.submit();
    const values = into ??
      (type === "f32" ? new Float32Array(length) : new Uint32Array(length)) as HostArray<T>;
    await Promise.all(
      copies.map(({ staging, first, length }) =>
        this.#fetch(staging, length * ELEMENT_BYTES, (bytes) => {
          values.set(
            type === "f32" ? new Float32Array(bytes, 0, length) : new Uint32Array(bytes, 0, length),
            first,
          );
        })
      ),
    );
    return values;
  }

  copy<T extends ElementType>(source: DeviceArray<T>, target: DeviceArray<T>): void {
    const from = this.#own(source);
    const to = this.#own(target);
    if (from.length !== to.length) {
      throw new RangeError(
        `Cannot copy an array: both arrays must have the same length, received ${from.length} ` +
          `and ${to.length}`,
      );
    }
    if (from.storage !== to.storage) return this.#recorder.copy(from, to);
    const between = this.#acquire(from.type, from.length);
    this.#recorder.copy(from, between);
    this.#recorder.copy(between, to);
    this.#arrays.release(between);
  }

  clear(array: DeviceArray): void {
    this.#recorder.clear(this.#own(array));
  }

  release(array: DeviceArray): void {
    const owned = this.#own(array);
    if (!owned.isWhole) {
      throw new TypeError("Cannot release a window: release the array that it belongs to");
    }
    owned.storage.released = true;
    this.#memory.currentBytes -= owned.byteLength;
    this.#arrays.release(owned);
  }

  run<B extends string, S extends string>(
    kernel: Kernel<B, S>,
    arrays: { readonly [name in B]: DeviceArray },
    sizes: { readonly [name in S]: number },
  ): void {
    this.#failures.throwIfFailed();
    checkBindings(kernel, arrays, sizes);
    const own: Record<string, WebGpuArray> = {};
    for (const name in kernel.bindings) own[name] = this.#own(arrays[name]);
    const scratch = new Scratch(this.#scratchSource, this.#bindingLength);
    try {
      this.#recorder.run(kernel.name, own, sizes, scratch);
    } finally {
      scratch.release();
    }
    this.#keepPace();
    this.#listener.onWork?.();
  }

  async finish(): Promise<void> {
    this.#failures.throwIfFailed();
    const staging = this.#readback.acquire(ELEMENT_BYTES);
    this.#recorder.mark(staging.gpu);
    this.#recorder.submit();
    await this.#fetch(staging, ELEMENT_BYTES, () => {});
  }

  destroy(): void {
    this.#failures.destroy();
    this.#recorder.discard();
    this.#device.destroy();
  }

  /**
   * Waits for the device if it has much work: a listener could not distinguish a long wait from a
   * hanging device.
   */
  #keepPace(): void {
    if (this.#listener.onWork === undefined || !this.#pace.isDue(this.#recorder.dispatchCount)) {
      return;
    }
    this.#paceStaging ??= new Staging(this.#device, ELEMENT_BYTES);
    this.#recorder.mark(this.#paceStaging.gpu);
    this.#recorder.submit();
    const start = performance.now();
    this.#paceStaging.wait();
    this.#pace.waited(this.#recorder.dispatchCount, performance.now() - start);
  }

  #acquire<T extends ElementType>(type: T, length: number): WebGpuArray<T> {
    this.#failures.throwIfFailed();
    return this.#arrays.acquire(type, length);
  }

  #count(bytes: number): void {
    this.#memory.currentBytes += bytes;
    this.#memory.peakBytes = Math.max(this.#memory.peakBytes, this.#memory.currentBytes);
  }

  /** The numbers 0, 1, 2, ... `length` - 1. */
  #numbers(length: number): WebGpuArray<"u32"> {
    if (this.#counting === undefined || this.#counting.length < length) {
      if (this.#counting !== undefined) this.#arrays.release(this.#counting);
      this.#counting = this.#acquire("u32", length);
      this.write(this.#counting, Uint32Array.from({ length }, (_, k) => k));
    }
    return this.#counting.slice(0, length);
  }

  /** Checks that `array` belongs to this device and is not released. */
  #own<T extends ElementType>(array: DeviceArray<T>): WebGpuArray<T> {
    if (!(array instanceof WebGpuArray)) {
      throw new TypeError("Cannot use an array: it belongs to another device");
    }
    if (array.storage.released) throw new TypeError("Cannot use an array: it was released");
    return array;
  }

  /**
   * Waits for the submitted work and passes the bytes of `staging` to `use`.
   *
   * @throws {Error} If the device has failed.
   */
  async #fetch(
    staging: Staging,
    byteLength: number,
    use: (bytes: ArrayBuffer) => void,
  ): Promise<void> {
    let bytes: ArrayBuffer;
    try {
      bytes = await staging.map(byteLength);
    } catch (cause) {
      await this.#failures.check();
      throw new Error(`Cannot read from the WebGPU device "${this.description}"`, { cause });
    }
    this.#pace.waited(this.#recorder.dispatchCount);
    this.#listener.onWork?.();
    await this.#failures.check();
    use(bytes);
    staging.unmap();
    this.#readback.release(staging);
  }
}
