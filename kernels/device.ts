/**
 * The interface of a device: arrays in its memory, and kernels that run on them.
 *
 * @module
 */

import type { ElementType, HostArray } from "./element_types.ts";
import type { Kernel } from "./kernel.ts";

/**
 * A one-dimensional array in device memory, or a window on one.
 *
 * An array from `Device.allocate` or `Device.upload` is released with `Device.release`; windows
 * need no release.
 */
export interface DeviceArray<T extends ElementType = ElementType> {
  readonly type: T;
  readonly length: number;
  /** The window `[start, end)` on this array, from any element; it shares the memory. */
  slice(start: number, end?: number): DeviceArray<T>;
}

/** Notifications of a device to the caller that opened it. */
export interface DeviceListener {
  /**
   * Called after every kernel and write, and after every wait for a GPU; its errors end the current
   * call.
   */
  readonly onWork?: (() => void) | undefined;
  /**
   * Called once if the device is lost, for instance by a crash of the GPU driver: every later call
   * fails.
   */
  readonly onLost?: ((error: Error) => void) | undefined;
}

/**
 * Memory and kernels of one device.
 *
 * Calls take effect in order. `run`, `write`, `copy` and `clear` may return before the work is
 * done; `read` and `finish` wait for it. In one `run`, no array may be both input and output;
 * outputs may be disjoint windows on one array.
 */
export interface Device {
  readonly name: "cpu" | "webgpu" | "reference";
  /** Description for people: the adapter and its options, or the instruction set. */
  readonly description: string;
  /** Whether kernels run on a software adapter (such as lavapipe). */
  readonly isFallback: boolean;
  /** Preferred number of edges per block of the edge convolution. */
  readonly preferredBlockEdges: number;

  /**
   * A new array of zeros.
   *
   * @throws {RangeError} If it exceeds the limits of the device.
   */
  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T>;
  /** A new array with the values of `data`. */
  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  /** Copies `data` to the first elements of `array`. */
  write<T extends ElementType>(array: DeviceArray<T>, data: HostArray<T>): void;
  /**
   * The values of `array`.
   *
   * @param into Host array of the same length to fill. @default a new one
   */
  read<T extends ElementType>(array: DeviceArray<T>, into?: HostArray<T>): Promise<HostArray<T>>;
  /** Copies `source` to `target`, a different array of the same length. */
  copy<T extends ElementType>(source: DeviceArray<T>, target: DeviceArray<T>): void;
  /** Sets every element to 0. */
  clear(array: DeviceArray): void;
  /** Releases the memory of an allocated array, which must not be used afterwards. */
  release(array: DeviceArray): void;
  /**
   * Runs `kernel` on `arrays` with `sizes`, both by name.
   *
   * @throws {TypeError} If one is missing or of another type.
   */
  run<B extends string, S extends string>(
    kernel: Kernel<B, S>,
    arrays: { readonly [name in B]: DeviceArray },
    sizes: { readonly [name in S]: number },
  ): void;
  /** Resolves when all work so far is done; rejects with the first error of the device. */
  finish(): Promise<void>;
  /** Maximum size of one array and of all arrays, in bytes; Infinity if it is unknown. */
  readonly limits: { readonly arrayBytes: number; readonly totalBytes: number };
  /** Current and peak size of the allocated arrays, in bytes. */
  readonly memory: { readonly currentBytes: number; readonly peakBytes: number };
  /** Destroys the device, which must not be used afterwards. */
  destroy(): void;
}
