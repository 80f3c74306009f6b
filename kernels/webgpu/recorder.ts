/** Records what is to be done with the arrays of a device: kernels, copies and clears. @module */

import type { WebGpuArray } from "./array.ts";
import type { PooledBuffer } from "./buffer_pool.ts";
import { Commands } from "./commands.ts";
import { launch } from "./launches.ts";
import type { Arrays, Dispatch } from "./dispatch.ts";
import type { Limits } from "./limits.ts";
import { Pipelines } from "./pipelines.ts";
import type { Scratch } from "./scratch.ts";
import type { Shaders, Sizes } from "./shaders.ts";
import { Uniforms } from "./uniforms.ts";

/**
 * Dispatches in one batch: all of a pass over a sampled graph, and of a pass over a large mesh
 * enough to start with.
 */
const BATCH_DISPATCHES = 1024;

/** Records the work of one device. */
export class Recorder {
  readonly #limits: Limits;
  readonly #shaders: Shaders;
  readonly #uniforms: Uniforms;
  readonly #pipelines: Pipelines;
  readonly #commands: Commands;
  #dispatchCount = 0;

  /** @param afterSubmit Called when recorded work has been handed to the device. */
  constructor(device: GPUDevice, limits: Limits, shaders: Shaders, afterSubmit: () => void) {
    this.#limits = limits;
    this.#shaders = shaders;
    this.#uniforms = new Uniforms(device, BATCH_DISPATCHES);
    this.#pipelines = new Pipelines(device, limits, this.#uniforms.buffer);
    this.#commands = new Commands(device, () => this.#uniforms.write(device.queue), afterSubmit);
  }

  /** Dispatches recorded so far. */
  get dispatchCount(): number {
    return this.#dispatchCount;
  }

  /** Records the kernel `name`; what it needs besides its arrays comes from `scratch`. */
  run(name: string, arrays: Arrays, sizes: Sizes, scratch: Scratch): void {
    for (const dispatch of launch(this.#shaders, name, arrays, sizes, scratch)) {
      this.#dispatch(dispatch, scratch);
    }
  }

  /** Records a copy between arrays of one length that share no buffer. */
  copy(source: WebGpuArray, target: WebGpuArray): void {
    for (const { buffer, byteOffset, first, length } of target.segments) {
      for (const from of source.slice(first, first + length).segments) {
        const to = byteOffset + from.first * 4;
        this.#commands.copy(from.buffer.gpu, from.byteOffset, buffer.gpu, to, from.byteLength);
        this.#commands.touch(from.buffer, buffer);
      }
    }
  }

  /** Records a copy of `byteLength` bytes to a buffer that the host can map. */
  copyOut(source: PooledBuffer, byteOffset: number, target: GPUBuffer, byteLength: number): void {
    this.#commands.copy(source.gpu, byteOffset, target, 0, byteLength);
  }

  /** Records setting all elements to 0. */
  clear(array: WebGpuArray): void {
    for (const { buffer, byteOffset, byteLength } of array.segments) {
      this.#commands.clear(buffer.gpu, byteOffset, byteLength);
      this.#commands.touch(buffer);
    }
  }

  /** Records something for a wait to end with. */
  mark(staging: GPUBuffer): void {
    this.#commands.clear(staging, 0, 4);
  }

  /** Whether recorded work that is not submitted touches `array`. */
  uses(array: WebGpuArray): boolean {
    return array.segments.some(({ buffer }) => this.#commands.uses(buffer));
  }

  /** Hands the recorded work to the device. */
  submit(): void {
    this.#commands.submit();
  }

  /** Forgets the work that is recorded and not submitted. */
  discard(): void {
    this.#commands.discard();
  }

  /** Destroys `buffer` once no recorded work needs it. */
  dispose(buffer: PooledBuffer): void {
    this.#pipelines.forgetBindGroups();
    this.#commands.condemn(buffer.gpu);
  }

  /** Records one dispatch, or several where it has more workgroups than one may have. */
  #dispatch({ shader, arrays, sizes }: Dispatch, scratch: Scratch): void {
    const workgroups = shader.workgroups(sizes);
    if (workgroups === 0) return;
    const { bindable, copyBack } = this.#bindable(shader.bindings, arrays, scratch);
    const pipeline = this.#pipelines.pipeline(shader);
    const { group, offsets } = this.#pipelines.bind(shader, pipeline, bindable);
    const values = [...shader.sizes.map((name) => sizes[name]), ...offsets];
    const side = this.#limits.maxComputeWorkgroupsPerDimension;
    for (let first = 0; first < workgroups; first += side * side) {
      if (this.#uniforms.isFull) this.#commands.submit();
      const block = this.#uniforms.add([first, ...values]);
      const count = Math.min(workgroups - first, side * side), rows = Math.ceil(count / side);
      this.#commands.dispatch(pipeline.gpu, group, block, [Math.ceil(count / rows), rows]);
      this.#dispatchCount++;
      for (const { name } of shader.bindings) this.#commands.touch(bindable[name].buffer);
    }
    for (const [from, to] of copyBack) this.copy(from, to);
  }

  /**
   * WebGPU lets a dispatch write to a buffer only through one binding and not read it through
   * another, even where the windows are disjoint; and a binding lies in one buffer. All but one of
   * such windows, and those that lie in several buffers, are replaced by copies; written ones are
   * to be copied back.
   */
  #bindable(
    bindings: Dispatch["shader"]["bindings"],
    arrays: Arrays,
    scratch: Scratch,
  ): { bindable: Arrays; copyBack: [WebGpuArray, WebGpuArray][] } {
    const written = new Map<number, string>();
    for (const { name, written: isWritten } of bindings) {
      const { buffer: { id }, isContiguous } = arrays[name];
      if (isWritten && isContiguous && !written.has(id)) written.set(id, name);
    }
    let bindable: Record<string, WebGpuArray> | undefined;
    const copyBack: [WebGpuArray, WebGpuArray][] = [];
    for (const { name, written: isWritten } of bindings) {
      const array = arrays[name], writer = written.get(array.buffer.id);
      if (array.isContiguous && (writer === undefined || writer === name)) continue;
      const stand = scratch.array(array.type, array.length);
      this.copy(array, stand);
      bindable ??= { ...arrays };
      bindable[name] = stand;
      if (isWritten) copyBack.push([stand, array]);
    }
    return { bindable: bindable ?? arrays, copyBack };
  }
}
