/**
 * The WebGPU device: the WGSL twins of the kernels on a GPU, or on a software adapter in tests.
 *
 * Commands are recorded and submitted in batches; one queue keeps them in order. What the host writes is put in the
 * queue at once, so a write to an array that recorded commands use submits these first.
 *
 * @module
 */

import type { Device, DeviceArray, ElementType, HostArray } from "../device.ts";
import { checkBindings, type Kernel } from "../kernel.ts";
import { openAdapter, type OpenedDevice } from "./adapter.ts";
import { ELEMENT_BYTES, WebGpuArray } from "./array.ts";
import { BufferPool } from "./buffer_pool.ts";
import { Commands } from "./commands.ts";
import { Failures } from "./failures.ts";
import { type Arrays, type Dispatch, launch } from "./launches.ts";
import { Pipelines } from "./pipelines.ts";
import { Readback } from "./readback.ts";
import { createShaders, type Shaders } from "./shaders.ts";
import { type Tile, tileFor } from "./tile.ts";
import { Uniforms } from "./uniforms.ts";

/** Dispatches in one batch: enough to hide the cost of a submit, few enough that the device starts early. */
const BATCH_DISPATCHES = 128;

/**
 * Edges in one block of the edge convolution: enough to occupy a GPU; on a software adapter enough to hide the cost of
 * the dispatches (lavapipe binds no more than 128 MiB: the moments, 64 × 32, of 16,000 receivers with one edge each).
 */
const HARDWARE_BLOCK_EDGES = 32_768, FALLBACK_BLOCK_EDGES = 8_192;

/** Choices that a device makes by its adapter, unless they are given. */
export interface WebGpuOptions {
  /** The tile of the products. */
  readonly tile?: Tile;
}

/**
 * Opens the WebGPU device with the limits of its adapter.
 *
 * @param options.allowFallback Whether a software adapter will do. @default false
 * @throws {DeviceUnavailableError} When there is no such adapter.
 */
export async function createWebGpuDevice(
  { allowFallback = false, ...options }: WebGpuOptions & { readonly allowFallback?: boolean } = {},
): Promise<WebGpuDevice> {
  return new WebGpuDevice(await openAdapter(allowFallback), options);
}

/** A device that runs the WGSL twin of every kernel. Made by {@linkcode createWebGpuDevice}. */
export class WebGpuDevice implements Device {
  readonly name = "webgpu";
  readonly description: string;
  readonly isFallback: boolean;
  readonly preferredBlockEdges: number;
  readonly #memory = { currentBytes: 0, peakBytes: 0 };
  readonly #device: GPUDevice;
  readonly #shaders: Shaders;
  readonly #failures: Failures;
  readonly #uniforms: Uniforms;
  readonly #pipelines: Pipelines;
  readonly #commands: Commands;
  readonly #pool: BufferPool;
  readonly #readback: Readback;

  constructor({ device, description, isFallback }: OpenedDevice, options: WebGpuOptions = {}) {
    const name = `the WebGPU device "${description}"`;
    this.description = description;
    this.isFallback = isFallback;
    this.preferredBlockEdges = isFallback ? FALLBACK_BLOCK_EDGES : HARDWARE_BLOCK_EDGES;
    this.#device = device;
    this.#shaders = createShaders(options.tile ?? tileFor(isFallback));
    this.#failures = new Failures(device, name);
    this.#uniforms = new Uniforms(device, BATCH_DISPATCHES);
    this.#pipelines = new Pipelines(device, this.#uniforms.buffer);
    this.#commands = new Commands(
      device,
      () => this.#uniforms.write(device.queue),
      () => this.#failures.nextScopes(),
    );
    this.#pool = new BufferPool(device, name, (buffer) => {
      this.#pipelines.forgetBindGroups();
      this.#commands.condemn(buffer.gpu);
    });
    this.#readback = new Readback(device);
  }

  /** The adapter tells the size of a buffer, not that of its memory. */
  get limits(): { readonly arrayBytes: number; readonly totalBytes: number } {
    return { arrayBytes: this.#device.limits.maxBufferSize, totalBytes: Infinity };
  }

  /** Bytes in the arrays that are allocated and not released, without the rounding of the pool. */
  get memory(): { readonly currentBytes: number; readonly peakBytes: number } {
    return this.#memory;
  }

  allocate<T extends ElementType>(type: T, length: number): DeviceArray<T> {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(
        `Cannot allocate an array as its length must be an integer >= 0: received ${length}`,
      );
    }
    const array = this.#take(type, length);
    this.#count(array.byteLength);
    if (array.buffer.used) this.clear(array);
    return array;
  }

  upload(data: Float32Array): DeviceArray<"f32">;
  upload(data: Uint32Array): DeviceArray<"u32">;
  upload(data: Float32Array | Uint32Array): DeviceArray {
    const array = this.#take(data instanceof Float32Array ? "f32" : "u32", data.length);
    this.#count(array.byteLength);
    this.write<ElementType>(array, data);
    return array;
  }

  write<T extends ElementType>(array: DeviceArray<T>, data: HostArray<T>): void {
    this.#failures.throwIfFailed();
    const target = this.#own(array);
    if (data.length > target.length) {
      throw new RangeError(
        `Cannot write ${data.length} values as the array is shorter: received length ${target.length}`,
      );
    }
    if (data.length === 0) return;
    if (this.#commands.uses(target.buffer)) this.#commands.submit();
    this.#device.queue.writeBuffer(
      target.buffer.gpu,
      target.byteOffset,
      data as HostArray<T> & BufferSource,
    );
  }

  async read<T extends ElementType>(array: DeviceArray<T>, into?: HostArray<T>): Promise<HostArray<T>> {
    this.#failures.throwIfFailed();
    const source = this.#own(array);
    const { type, length, byteLength } = source;
    if (into !== undefined && into.length !== length) {
      throw new RangeError(
        `Cannot read ${length} values into an array of another length: received ${into.length}`,
      );
    }
    const staging = this.#readback.take(byteLength);
    if (length > 0) this.#commands.copy(source.buffer.gpu, source.byteOffset, staging.gpu, 0, byteLength);
    this.#commands.submit();
    const values = into ??
      (type === "f32" ? new Float32Array(length) : new Uint32Array(length)) as HostArray<T>;
    await this.#fetch(staging, byteLength, (bytes) => {
      values.set(type === "f32" ? new Float32Array(bytes, 0, length) : new Uint32Array(bytes, 0, length));
    });
    return values;
  }

  copy<T extends ElementType>(source: DeviceArray<T>, target: DeviceArray<T>): void {
    const from = this.#own(source), to = this.#own(target);
    if (from.length !== to.length) {
      throw new RangeError(
        `Cannot copy an array to one of another length: received ${from.length} and ${to.length}`,
      );
    }
    if (from.buffer !== to.buffer) return this.#copy(from, to);
    const between = this.#take(from.type, from.length);
    this.#copy(from, between);
    this.#copy(between, to);
    this.#pool.give(between.buffer);
  }

  clear(array: DeviceArray): void {
    const { buffer, byteOffset, byteLength } = this.#own(array);
    if (byteLength === 0) return;
    this.#commands.clear(buffer.gpu, byteOffset, byteLength);
    this.#commands.touch(buffer);
  }

  release(array: DeviceArray): void {
    const owned = this.#own(array);
    if (!owned.isWhole) {
      throw new TypeError("Cannot release a window: release the array that it was taken from");
    }
    owned.storage.released = true;
    this.#memory.currentBytes -= owned.byteLength;
    this.#pool.give(owned.buffer);
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
    const scratch: WebGpuArray[] = [];
    const take = (length: number): WebGpuArray => {
      const array = this.#take("f32", length);
      scratch.push(array);
      return array;
    };
    try {
      for (const dispatch of launch(this.#shaders, kernel.name, own, sizes, take)) {
        this.#dispatch(dispatch, take);
      }
    } finally {
      for (const array of scratch) this.#pool.give(array.buffer);
    }
  }

  async finish(): Promise<void> {
    this.#failures.throwIfFailed();
    const staging = this.#readback.take(ELEMENT_BYTES);
    this.#commands.clear(staging.gpu, 0, ELEMENT_BYTES);
    this.#commands.submit();
    await this.#fetch(staging, ELEMENT_BYTES, () => {});
  }

  destroy(): void {
    this.#failures.destroy();
    this.#device.destroy();
  }

  /** A new array whose values are whatever its buffer holds. */
  #take<T extends ElementType>(type: T, length: number): WebGpuArray<T> {
    this.#failures.throwIfFailed();
    const bytes = length * ELEMENT_BYTES;
    return new WebGpuArray(type, { buffer: this.#pool.take(bytes), bytes, released: false }, 0, length);
  }

  #count(bytes: number): void {
    this.#memory.currentBytes += bytes;
    this.#memory.peakBytes = Math.max(this.#memory.peakBytes, this.#memory.currentBytes);
  }

  /** `array` as one of ours, not released. */
  #own<T extends ElementType>(array: DeviceArray<T>): WebGpuArray<T> {
    if (!(array instanceof WebGpuArray)) throw new TypeError("Cannot use an array of another device");
    if (array.storage.released) throw new TypeError("Cannot use an array that was released");
    return array;
  }

  #copy(source: WebGpuArray, target: WebGpuArray): void {
    if (source.byteLength === 0) return;
    this.#commands.copy(
      source.buffer.gpu,
      source.byteOffset,
      target.buffer.gpu,
      target.byteOffset,
      source.byteLength,
    );
    this.#commands.touch(source.buffer, target.buffer);
  }

  /** Records one dispatch. */
  #dispatch({ shader, arrays, sizes }: Dispatch, take: (length: number) => WebGpuArray): void {
    const workgroups = shader.workgroups(sizes);
    if (workgroups === 0) return;
    if (this.#uniforms.isFull) this.#commands.submit();
    const { separate, copyBack } = this.#separate(shader.bindings, arrays, take);
    const pipeline = this.#pipelines.pipeline(shader);
    const { group, offsets } = this.#pipelines.bind(shader, pipeline, separate);
    const block = this.#uniforms.add([0, ...shader.sizes.map((name) => sizes[name]), ...offsets]);
    this.#commands.dispatch(pipeline.gpu, group, block, workgroups);
    for (const { name } of shader.bindings) this.#commands.touch(separate[name].buffer);
    for (const [from, to] of copyBack) this.#copy(from, to);
  }

  /**
   * WebGPU lets a dispatch write to a buffer only through one binding and not read it through another, even where the
   * windows are disjoint. All but one of such windows are replaced by copies; written ones are to be copied back.
   */
  #separate(
    bindings: Dispatch["shader"]["bindings"],
    arrays: Arrays,
    take: (length: number) => WebGpuArray,
  ): { separate: Arrays; copyBack: [WebGpuArray, WebGpuArray][] } {
    const written = new Map<number, string>();
    for (const binding of bindings) {
      const { id } = arrays[binding.name].buffer;
      if (binding.written && !written.has(id)) written.set(id, binding.name);
    }
    let separate: Record<string, WebGpuArray> | undefined;
    const copyBack: [WebGpuArray, WebGpuArray][] = [];
    for (const binding of bindings) {
      const array = arrays[binding.name];
      const writer = written.get(array.buffer.id);
      if (writer === undefined || writer === binding.name) continue;
      const stand = take(array.length);
      this.#copy(array, stand);
      separate ??= { ...arrays };
      separate[binding.name] = stand;
      if (binding.written) copyBack.push([stand, array]);
    }
    return { separate: separate ?? arrays, copyBack };
  }

  /** Waits for the submitted work, hands the bytes of `staging` to `use`, and fails if the device did. */
  async #fetch(
    staging: ReturnType<Readback["take"]>,
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
    await this.#failures.check();
    use(bytes);
    staging.unmap();
    this.#readback.give(staging);
  }
}
