/**
 * Recorder of the work on the arrays of a device: kernels, copies and clears.
 *
 * @module
 */

import type { WebGpuArray } from "./array.ts";
import type { PooledBuffer } from "./buffer_pool.ts";
import { Commands } from "./commands.ts";
import { launch } from "./launches.ts";
import type { Arrays, Dispatch } from "./dispatch.ts";
import type { Limits } from "./limits.ts";
import { Pipelines } from "./pipelines.ts";
import type { Scratch } from "./scratch.ts";
import type { Sizes } from "../kernel.ts";
import type { Shaders } from "./shaders.ts";
import { Uniforms } from "./uniforms.ts";

/**
 * Maximum number of dispatches per batch: enough for a pass over a sampled graph, or to occupy the
 * device during a pass over a large mesh.
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

  /** @param afterSubmit Called after each submit. */
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

  /** Records the kernel `name`; additional arrays come from `scratch`. */
  run(name: string, arrays: Arrays, sizes: Sizes, scratch: Scratch): void {
    for (const dispatch of launch(this.#shaders, name, arrays, sizes, scratch)) {
      this.#dispatch(dispatch, scratch);
    }
  }

  /** Records a copy between arrays of equal length that share no buffer. */
  copy(source: WebGpuArray, target: WebGpuArray): void {
    for (const { buffer, byteOffset, first, length } of target.segments) {
      for (const from of source.slice(first, first + length).segments) {
        const to = byteOffset + from.first * 4;
        this.#commands.copy(from.buffer.gpu, from.byteOffset, buffer.gpu, to, from.byteLength);
        this.#commands.touch(from.buffer, buffer);
      }
    }
  }

  /** Records a copy of `byteLength` bytes to a mappable buffer. */
  copyOut(source: PooledBuffer, byteOffset: number, target: GPUBuffer, byteLength: number): void {
    this.#commands.copy(source.gpu, byteOffset, target, 0, byteLength);
  }

  /** Records a clear of all elements. */
  clear(array: WebGpuArray): void {
    for (const { buffer, byteOffset, byteLength } of array.segments) {
      this.#commands.clear(buffer.gpu, byteOffset, byteLength);
      this.#commands.touch(buffer);
    }
  }

  /** Records a command on `staging`, so that mapping it waits for all earlier work. */
  mark(staging: GPUBuffer): void {
    this.#commands.clear(staging, 0, 4);
  }

  /** Whether recorded work that is not submitted yet uses `array`. */
  uses(array: WebGpuArray): boolean {
    return array.segments.some(({ buffer }) => this.#commands.uses(buffer));
  }

  /** Submits the recorded work to the device. */
  submit(): void {
    this.#commands.submit();
  }

  /** Discards the recorded work that is not submitted yet. */
  discard(): void {
    this.#commands.discard();
  }

  /** Destroys `buffer` as soon as no recorded work needs it. */
  dispose(buffer: PooledBuffer): void {
    this.#pipelines.forgetBindGroups();
    this.#commands.condemn(buffer.gpu);
  }

  /** Records a dispatch, in several pieces if it has too many workgroups for one. */
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
      const count = Math.min(workgroups - first, side * side);
      const rows = Math.ceil(count / side);
      this.#commands.dispatch(pipeline.gpu, group, block, [Math.ceil(count / rows), rows]);
      this.#dispatchCount++;
      for (const { name } of shader.bindings) this.#commands.touch(bindable[name].buffer);
    }
    for (const [from, to] of copyBack) this.copy(from, to);
  }

  /**
   * Replaces windows that WebGPU cannot bind by copies; written ones must be copied back.
   *
   * A dispatch may write to a buffer through one binding only, and not read it through another,
   * even if the windows are disjoint; and a binding lies in one buffer. All but one window on a
   * written buffer, and windows on several buffers, are therefore copied.
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
      const array = arrays[name];
      const writer = written.get(array.buffer.id);
      if (array.isContiguous && (writer === undefined || writer === name)) continue;
      const copy = scratch.array(array.type, array.length);
      this.copy(array, copy);
      bindable ??= { ...arrays };
      bindable[name] = copy;
      if (isWritten) copyBack.push([copy, array]);
    }
    return { bindable: bindable ?? arrays, copyBack };
  }
}
