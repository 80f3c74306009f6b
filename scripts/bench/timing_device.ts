/**
 * A device that times the kernels of another.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import type { ElementType, HostArray } from "../../kernels/element_types.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import { OPERATIONS } from "../../kernels/operations.ts";

/** Calls of a kernel with the same sizes. */
export interface KernelTimes {
  /** Floating-point operations of one call; 0 for kernels that only move or sum data. */
  readonly operations: number;
  readonly milliseconds: number[];
}

/** Positions in a graph: they differ from block to block at the same amount of work. */
const POSITION_SIZES: readonly string[] = ["firstEdge", "targetCount"];

/** Switches of a kernel, which leave its work the same. */
const SWITCH_SIZES: readonly string[] = ["column", "mask", "negative", "residual"];

/**
 * Runs everything on the device that it is given, and times each kernel call. That device must
 * finish a kernel before it returns, as the CPU device does.
 */
export class TimingDevice implements Device {
  readonly name: Device["name"];
  readonly description: string;
  readonly isFallback: boolean;
  readonly limits: Device["limits"];
  readonly #device: Device;
  readonly #times = new Map<string, KernelTimes>();

  /** @param preferredBlockEdges Edges of one block. @default those of the device */
  constructor(device: Device, readonly preferredBlockEdges: number = device.preferredBlockEdges) {
    this.#device = device;
    this.name = device.name;
    this.description = device.description;
    this.isFallback = device.isFallback;
    this.limits = device.limits;
  }

  /** Times by kernel and sizes, in the order of their first calls. */
  get times(): ReadonlyMap<string, KernelTimes> {
    return this.#times;
  }

  /** Floating-point operations of all calls. */
  get operations(): number {
    return [...this.#times.values()].reduce(
      (sum, { operations, milliseconds }) => sum + operations * milliseconds.length,
      0,
    );
  }

  /** Forgets all times. */
  reset(): void {
    this.#times.clear();
  }

  get memory(): Device["memory"] {
    return this.#device.memory;
  }

  run<B extends string, S extends string>(
    kernel: Kernel<B, S>,
    arrays: { readonly [name in B]: DeviceArray },
    sizes: { readonly [name in S]: number },
  ): void {
    const start = performance.now();
    this.#device.run(kernel, arrays, sizes);
    const milliseconds = performance.now() - start;
    const name = callText(kernel.name, sizes);
    let times = this.#times.get(name);
    if (times === undefined) {
      const lengths: Record<string, number> = {};
      for (const binding in kernel.bindings) lengths[binding] = arrays[binding].length;
      times = { operations: OPERATIONS[kernel.name](sizes, lengths), milliseconds: [] };
      this.#times.set(name, times);
    }
    times.milliseconds.push(milliseconds);
  }

  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T> {
    return this.#device.allocate(type, length);
  }

  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  upload(data: Float32Array | Uint32Array): DeviceArray {
    return data instanceof Float32Array ? this.#device.upload(data) : this.#device.upload(data);
  }

  write<T extends ElementType>(array: DeviceArray<T>, data: HostArray<T>): void {
    this.#device.write(array, data);
  }

  read<T extends ElementType>(array: DeviceArray<T>, into?: HostArray<T>): Promise<HostArray<T>> {
    return this.#device.read(array, into);
  }

  copy<T extends ElementType>(source: DeviceArray<T>, target: DeviceArray<T>): void {
    this.#device.copy(source, target);
  }

  clear(array: DeviceArray): void {
    this.#device.clear(array);
  }

  release(array: DeviceArray): void {
    this.#device.release(array);
  }

  finish(): Promise<void> {
    return this.#device.finish();
  }

  destroy(): void {
    this.#device.destroy();
  }
}

/** A call as text: `linear [2016, 64] x [64, 64]`, or with its sizes by name. */
function callText(kernel: string, sizes: Readonly<Record<string, number>>): string {
  const { rows, inner, columns } = sizes;
  if (inner !== undefined) return `${kernel} [${rows}, ${inner}] x [${inner}, ${columns}]`;
  const texts = Object.entries(sizes).flatMap(([name, size]) =>
    POSITION_SIZES.includes(name) || SWITCH_SIZES.includes(name) ? [] : [`${name} ${size}`]
  );
  return [kernel, texts.join(", ")].join(" ");
}
