/**
 * What every device offers: arrays in its own memory, and kernels that run over them.
 *
 * @module
 */

import type { ElementType, HostArray } from "./element_types.ts";
import type { Kernel } from "./kernel.ts";

/**
 * A one-dimensional array in device memory, or a window on one.
 *
 * `slice` shares memory and may start at any element. An array made by `Device.allocate` or
 * `Device.upload` is given back with `Device.release`; windows need no release.
 */
export interface DeviceArray<T extends ElementType = ElementType> {
  readonly type: T;
  readonly length: number;
  /** The window `[start, end)` of this array; shares its memory. */
  slice(start: number, end?: number): DeviceArray<T>;
}

/** What a device tells whoever opened it. */
export interface DeviceListener {
  /**
   * Called after every kernel and write, and after every wait for a GPU; what it throws ends the
   * call that is at work.
   */
  readonly onWork?: (() => void) | undefined;
  /**
   * Called once if the device is lost, as GPUs are by a crash of their driver: nothing will come of
   * it any more.
   */
  readonly onLost?: ((error: Error) => void) | undefined;
}

/**
 * Memory and kernels of one device.
 *
 * Calls take effect in order. `run`, `write`, `copy` and `clear` may return before the work is
 * done; `read` and `finish` wait for it. In one `run`, no array is an input and an output at once;
 * outputs may be disjoint windows of one array.
 */
export interface Device {
  readonly name: "cpu" | "webgpu" | "reference";
  /** Human-readable description: adapter name and driver, or the processor path. */
  readonly description: string;
  /** Whether kernels run on a software adapter (such as lavapipe). */
  readonly isFallback: boolean;
  /** The number of edges that one block of the edge convolution should have on this device. */
  readonly preferredBlockEdges: number;

  /** A new array of zeros. @throws {RangeError} when the device limit is exceeded. */
  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T>;
  /** A new array with the values of `data`. */
  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  /** Copies `data` into the front of `array`. */
  write<T extends ElementType>(array: DeviceArray<T>, data: HostArray<T>): void;
  /**
   * The values of `array`, copied to a new host array (or into `into`, which must have the same
   * length).
   */
  read<T extends ElementType>(array: DeviceArray<T>, into?: HostArray<T>): Promise<HostArray<T>>;
  /** Copies `source` to `target`; equal lengths, different arrays. */
  copy<T extends ElementType>(source: DeviceArray<T>, target: DeviceArray<T>): void;
  /** Sets every element to 0. */
  clear(array: DeviceArray): void;
  /** Gives the memory of an allocated array back; the array must not be used afterwards. */
  release(array: DeviceArray): void;
  /**
   * Runs `kernel` over `arrays` with `sizes`, both by name. @throws {TypeError} on a missing or
   * mistyped one.
   */
  run<B extends string, S extends string>(
    kernel: Kernel<B, S>,
    arrays: { readonly [name in B]: DeviceArray },
    sizes: { readonly [name in S]: number },
  ): void;
  /** Resolves when all work given so far is done; rejects with the first error of the device. */
  finish(): Promise<void>;
  /** Most bytes of one array, and of all together where the device tells; Infinity otherwise. */
  readonly limits: { readonly arrayBytes: number; readonly totalBytes: number };
  /** Bytes now allocated, and the most there ever were. */
  readonly memory: { readonly currentBytes: number; readonly peakBytes: number };
  /** Frees the device; it must not be used afterwards. */
  destroy(): void;
}
