/**
 * The CPU device: kernels in WebAssembly SIMD; every device has its own instance and memory.
 *
 * @module
 */

import { checkWindow } from "../array_window.ts";
import type { Device, DeviceArray, DeviceListener } from "../device.ts";
import type { ElementType, HostArray } from "../element_types.ts";
import { checkBindings, type Kernel } from "../kernel.ts";
import { EXTENTS, type IndexScan } from "./extents.ts";
import { CpuMemory, LIMIT_BYTES } from "./memory.ts";
import wasmModule from "./module.js";

type WasmFunction = (...pointersAndSizes: number[]) => number;

interface WasmExports {
  readonly memory: WebAssembly.Memory;
  readonly heapStart: WebAssembly.Global;
  /** One function per kernel, `<kernel>Scratch` for some, and those of `indices.wasm.ts`. */
  readonly [name: string]: unknown;
}

/** The memory of an array and its windows. */
interface Block {
  readonly device: CpuDevice;
  readonly start: number;
  readonly bytes: number;
  isLive: boolean;
}

/** An array of the CPU device, or a window on one. */
class CpuArray<T extends ElementType> implements DeviceArray<T> {
  /** @param first Index of the first element, counted from the start of the memory. */
  constructor(
    readonly type: T,
    readonly first: number,
    readonly length: number,
    readonly block: Block,
    readonly isWindow: boolean,
  ) {}

  slice(start: number, end: number = this.length): CpuArray<T> {
    checkWindow(this.length, start, end);
    return new CpuArray(this.type, this.first + start, end - start, this.block, true);
  }
}

/** A device that runs on the calling thread: every call is complete when it returns. */
export class CpuDevice implements Device {
  readonly name = "cpu";
  readonly description = "WebAssembly SIMD";
  readonly isFallback = false;
  readonly preferredBlockEdges = 2048;
  readonly limits = { arrayBytes: LIMIT_BYTES, totalBytes: LIMIT_BYTES };

  readonly #exports: WasmExports;
  readonly #memory: CpuMemory;
  readonly #usage = { currentBytes: 0, peakBytes: 0 };
  readonly #listener: DeviceListener;
  #scratch: { readonly start: number; readonly bytes: number } | undefined;

  constructor(listener: DeviceListener = {}) {
    this.#listener = listener;
    this.#exports = new WebAssembly.Instance(wasmModule).exports as unknown as WasmExports;
    this.#memory = new CpuMemory(this.#exports.memory, this.#exports.heapStart.value);
  }

  /** Current and peak size of the arrays in bytes, without scratch memory (some megabytes). */
  get memory(): { readonly currentBytes: number; readonly peakBytes: number } {
    return this.#usage;
  }

  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T> {
    const array = this.#allocate(type, length);
    this.#values(array).fill(0);
    return array;
  }

  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  upload(data: Float32Array | Uint32Array): DeviceArray {
    const array = this.#allocate(data instanceof Float32Array ? "f32" : "u32", data.length);
    this.#values(array).set(data);
    return array;
  }

  write<T extends ElementType>(array: DeviceArray<T>, data: HostArray<T>): void {
    if (data.length > array.length) {
      throw new RangeError(
        `Cannot write to an array: it has ${array.length} elements, received ${data.length}`,
      );
    }
    this.#values(array).set(data);
    this.#listener.onWork?.();
  }

  read<T extends ElementType>(array: DeviceArray<T>, into?: HostArray<T>): Promise<HostArray<T>> {
    return Promise.resolve().then(() => {
      const values = this.#values(array);
      if (into === undefined) return values.slice() as HostArray<T>;
      if (into.length !== array.length) {
        throw new RangeError(
          `Cannot read an array: the target must have ${array.length} elements, received ` +
            `${into.length}`,
        );
      }
      into.set(values);
      return into;
    });
  }

  copy<T extends ElementType>(source: DeviceArray<T>, target: DeviceArray<T>): void {
    if (source.length !== target.length) {
      throw new RangeError(
        `Cannot copy an array: both arrays must have the same length, received ` +
          `${source.length} and ${target.length}`,
      );
    }
    this.#values(target).set(this.#values(source));
  }

  clear(array: DeviceArray): void {
    this.#values(array).fill(0);
  }

  release(array: DeviceArray): void {
    const { block, isWindow } = this.#own(array);
    if (isWindow) {
      throw new TypeError("Cannot release a window: release the array that it belongs to");
    }
    block.isLive = false;
    this.#memory.release(block.start, block.bytes);
    this.#usage.currentBytes -= block.bytes;
  }

  run<B extends string, S extends string>(
    kernel: Kernel<B, S>,
    arrays: { readonly [name in B]: DeviceArray },
    sizes: { readonly [name in S]: number },
  ): void {
    checkBindings(kernel, arrays, sizes);
    const own: Record<string, CpuArray<ElementType>> = {};
    const values: number[] = [];
    for (const name in kernel.bindings) {
      own[name] = this.#own(arrays[name]);
      values.push(own[name].first * 4);
    }
    this.#checkLengths(kernel, own, sizes);
    const sizeValues = kernel.sizes.map((name) => sizes[name]);
    values.push(...sizeValues);
    const scratchBytes = this.#exports[kernel.name + "Scratch"] as WasmFunction | undefined;
    if (scratchBytes !== undefined) values.push(this.#scratchOf(scratchBytes(...sizeValues) >>> 0));
    (this.#exports[kernel.name] as WasmFunction)(...values);
    this.#listener.onWork?.();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  /** Does nothing: the memory is freed with the last reference to the device. */
  destroy(): void {}

  #checkLengths(
    kernel: Kernel,
    arrays: Readonly<Record<string, CpuArray<ElementType>>>,
    sizes: Readonly<Record<string, number>>,
  ): void {
    const checked = (name: string, length: number): CpuArray<ElementType> => {
      if (arrays[name].length >= length) return arrays[name];
      throw new RangeError(
        `Cannot run kernel "${kernel.name}": "${name}" must have at least ${length} elements, ` +
          `received ${arrays[name].length}`,
      );
    };
    const scan: IndexScan = {
      end: (name, count) => {
        const { first } = checked(name, count);
        return count === 0
          ? 0
          : ((this.#exports.largestIndex as WasmFunction)(first * 4, count) >>> 0) + 1;
      },
      lastOffset: (name, count, firstEdge) => {
        const { first } = checked(name, count + 1);
        const offsets = this.#memory.u32;
        if (
          offsets[first] < firstEdge ||
          !(this.#exports.isAscending as WasmFunction)(first * 4, count + 1)
        ) {
          throw new RangeError(
            `Cannot run kernel "${kernel.name}": "${name}" must be ascending from ${firstEdge} ` +
              `or more, it starts at ${offsets[first]}`,
          );
        }
        return offsets[first + count] - firstEdge;
      },
    };
    const lengths = EXTENTS[kernel.name](sizes, scan);
    for (const name in lengths) checked(name, lengths[name]);
  }

  /** Scratch memory of at least `bytes` bytes, reused by later calls. */
  #scratchOf(bytes: number): number {
    if (this.#scratch === undefined || bytes > this.#scratch.bytes) {
      if (this.#scratch !== undefined) {
        this.#memory.release(this.#scratch.start, this.#scratch.bytes);
      }
      this.#scratch = undefined;
      this.#scratch = { start: this.#memory.allocate(bytes), bytes };
    }
    return this.#scratch.start;
  }

  #allocate<T extends ElementType>(type: T, length: number): CpuArray<T> {
    const bytes = length * 4;
    const start = this.#memory.allocate(bytes);
    this.#usage.currentBytes += bytes;
    this.#usage.peakBytes = Math.max(this.#usage.peakBytes, this.#usage.currentBytes);
    return new CpuArray(
      type,
      start / 4,
      length,
      { device: this, start, bytes, isLive: true },
      false,
    );
  }

  #values<T extends ElementType>(array: DeviceArray<T>): Float32Array | Uint32Array {
    const { type, first, length } = this.#own(array);
    return (type === "f32" ? this.#memory.f32 : this.#memory.u32).subarray(first, first + length);
  }

  #own<T extends ElementType>(array: DeviceArray<T>): CpuArray<T> {
    if (!(array instanceof CpuArray) || array.block.device !== this) {
      throw new TypeError("Cannot use an array: it belongs to another device");
    }
    if (!array.block.isLive) throw new TypeError("Cannot use an array: it was released");
    return array;
  }
}

/** A new CPU device. */
export function createCpuDevice(listener?: DeviceListener): CpuDevice {
  return new CpuDevice(listener);
}
