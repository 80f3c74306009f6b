/**
 * A device that counts the memory and operations of another device instead of computing.
 *
 * @module
 */

import { checkWindow } from "./array_window.ts";
import type { Device, DeviceArray } from "./device.ts";
import type { ElementType, HostArray } from "./element_types.ts";
import { checkBindings, type Kernel } from "./kernel.ts";
import { OPERATIONS } from "./operations.ts";

/** Properties of a device that influence the work of a network on it. */
export type DeviceTraits = Pick<
  Device,
  "name" | "description" | "isFallback" | "preferredBlockEdges" | "limits"
>;

/** An array without memory, or a window on one. */
class CountedArray<T extends ElementType> implements DeviceArray<T> {
  constructor(readonly type: T, readonly length: number, readonly isWindow: boolean) {}

  slice(start: number, end: number = this.length): CountedArray<T> {
    checkWindow(this.length, start, end);
    return new CountedArray(this.type, end - start, true);
  }
}

/**
 * Runs the code of a network to find the cost of a step: memory and recomputation are counted as
 * they happen. All values that are read are 0.
 */
export class CountingDevice implements Device {
  readonly name: Device["name"];
  readonly description: string;
  readonly isFallback: boolean;
  readonly preferredBlockEdges: number;
  readonly limits: Device["limits"];
  readonly #memory = { currentBytes: 0, peakBytes: 0 };
  #largestArrayBytes = 0;
  #operations = 0;

  /** @param traits Traits of the device that will do the work. */
  constructor({ name, description, isFallback, preferredBlockEdges, limits }: DeviceTraits) {
    this.name = name;
    this.description = description;
    this.isFallback = isFallback;
    this.preferredBlockEdges = preferredBlockEdges;
    this.limits = limits;
  }

  get memory(): { readonly currentBytes: number; readonly peakBytes: number } {
    return this.#memory;
  }

  /** Size of the largest array so far, in bytes. */
  get largestArrayBytes(): number {
    return this.#largestArrayBytes;
  }

  /** Floating-point operations so far. */
  get operations(): number {
    return this.#operations;
  }

  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T> {
    const bytes = 4 * length;
    const memory = this.#memory;
    memory.currentBytes += bytes;
    memory.peakBytes = Math.max(memory.peakBytes, memory.currentBytes);
    this.#largestArrayBytes = Math.max(this.#largestArrayBytes, bytes);
    return new CountedArray(type, length, false);
  }

  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  upload(data: Float32Array | Uint32Array): DeviceArray {
    return this.allocate(data instanceof Float32Array ? "f32" : "u32", data.length);
  }

  write(): void {}

  read<T extends ElementType>(array: DeviceArray<T>, into?: HostArray<T>): Promise<HostArray<T>> {
    const zeros = into ??
      (array.type === "f32" ? new Float32Array(array.length) : new Uint32Array(array.length));
    zeros.fill(0);
    return Promise.resolve(zeros as HostArray<T>);
  }

  copy(): void {}

  clear(): void {}

  release(array: DeviceArray): void {
    if (!(array instanceof CountedArray) || array.isWindow) {
      throw new TypeError("Cannot release a window: release the array that it belongs to");
    }
    this.#memory.currentBytes -= 4 * array.length;
  }

  run<B extends string, S extends string>(
    kernel: Kernel<B, S>,
    arrays: { readonly [name in B]: DeviceArray },
    sizes: { readonly [name in S]: number },
  ): void {
    checkBindings(kernel, arrays, sizes);
    const lengths: Record<string, number> = {};
    for (const name in kernel.bindings) lengths[name] = arrays[name].length;
    this.#operations += OPERATIONS[kernel.name](sizes, lengths);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {}
}
