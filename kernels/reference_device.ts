/**
 * The reference device: host arrays and the references of the kernels. It is slow and easy to
 * trust; tests check the other devices against it.
 *
 * @module
 */

import { checkWindow } from "./array_window.ts";
import type { Device, DeviceArray } from "./device.ts";
import type { ElementType, HostArray } from "./element_types.ts";
import { checkBindings, type Kernel } from "./kernel.ts";

class ReferenceArray<T extends ElementType> implements DeviceArray<T> {
  constructor(readonly type: T, readonly data: HostArray<T>) {}

  get length(): number {
    return this.data.length;
  }

  slice(start: number, end: number = this.length): ReferenceArray<T> {
    checkWindow(this.length, start, end);
    return new ReferenceArray(this.type, this.data.subarray(start, end) as HostArray<T>);
  }
}

/** A device that runs the reference of every kernel. */
export class ReferenceDevice implements Device {
  readonly name = "reference";
  readonly description = "plain TypeScript";
  readonly isFallback = true;
  readonly limits = { arrayBytes: Infinity, totalBytes: Infinity };
  readonly memory = { currentBytes: 0, peakBytes: 0 };

  /** @param preferredBlockEdges Small values exercise the blocks of the edge convolution. */
  constructor(readonly preferredBlockEdges: number = 1024) {}

  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T> {
    this.#count(length * 4);
    const data = type === "f32" ? new Float32Array(length) : new Uint32Array(length);
    return new ReferenceArray(type, data as HostArray<T>);
  }

  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  upload(data: Float32Array | Uint32Array): DeviceArray {
    this.#count(data.byteLength);
    return new ReferenceArray(data instanceof Float32Array ? "f32" : "u32", data.slice());
  }

  write<T extends ElementType>(array: DeviceArray<T>, data: HostArray<T>): void {
    hostData(array).set(data);
  }

  read<T extends ElementType>(array: DeviceArray<T>, into?: HostArray<T>): Promise<HostArray<T>> {
    if (into === undefined) return Promise.resolve(hostData(array).slice() as HostArray<T>);
    into.set(hostData(array));
    return Promise.resolve(into);
  }

  copy<T extends ElementType>(source: DeviceArray<T>, target: DeviceArray<T>): void {
    hostData(target).set(hostData(source));
  }

  clear(array: DeviceArray): void {
    hostData(array).fill(0);
  }

  release(array: DeviceArray): void {
    this.memory.currentBytes -= array.length * 4;
  }

  run<B extends string, S extends string>(
    kernel: Kernel<B, S>,
    arrays: { readonly [name in B]: DeviceArray },
    sizes: { readonly [name in S]: number },
  ): void {
    checkBindings(kernel, arrays, sizes);
    const host = Object.fromEntries(
      Object.entries<DeviceArray>(arrays).map(([name, array]) => [name, hostData(array)]),
    );
    kernel.reference(host as { readonly [name in B]: never }, sizes);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {}

  #count(bytes: number): void {
    this.memory.currentBytes += bytes;
    this.memory.peakBytes = Math.max(this.memory.peakBytes, this.memory.currentBytes);
  }
}

function hostData(array: DeviceArray): Float32Array | Uint32Array {
  if (!(array instanceof ReferenceArray)) {
    throw new TypeError("Cannot use an array: it belongs to another device");
  }
  return array.data;
}
