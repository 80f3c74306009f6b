/**
 * Compiled pipelines and bind groups, both cached.
 *
 * @module
 */

import { binarySize } from "../binary_size.ts";
import type { WebGpuArray } from "./array.ts";
import type { Arrays } from "./dispatch.ts";
import type { Limits } from "./limits.ts";
import type { Shader } from "./shaders.ts";
import { UNIFORM_BYTES } from "./uniforms.ts";

/** A compiled shader. */
export interface Pipeline {
  readonly gpu: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindGroups: Map<string, GPUBindGroup>;
}

/** A bind group, and the first element of each array within its binding. */
export interface Binding {
  readonly group: GPUBindGroup;
  readonly offsets: readonly number[];
}

/** Cached bind groups per pipeline; a training loop needs the same few hundred in every step. */
const CACHED_BIND_GROUPS = 1024;

/** Pipelines and bind groups of one device. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #limits: Limits;
  readonly #uniforms: GPUBuffer;
  readonly #pipelines = new Map<string, Pipeline>();

  constructor(device: GPUDevice, limits: Limits, uniforms: GPUBuffer) {
    this.#device = device;
    this.#limits = limits;
    this.#uniforms = uniforms;
  }

  /** The pipeline of `shader`, compiled at the first request. */
  pipeline(shader: Shader): Pipeline {
    const known = this.#pipelines.get(shader.name);
    if (known !== undefined) return known;
    const device = this.#device;
    const layout = device.createBindGroupLayout({
      label: shader.name,
      entries: [
        ...shader.bindings.map(({ written }, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: written ? "storage" as const : "read-only-storage" as const },
        })),
        {
          binding: shader.bindings.length,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: "uniform" as const, hasDynamicOffset: true },
        },
      ],
    });
    const gpu = device.createComputePipeline({
      label: shader.name,
      layout: device.createPipelineLayout({ label: shader.name, bindGroupLayouts: [layout] }),
      compute: {
        module: device.createShaderModule({ label: shader.name, code: shader.source }),
        entryPoint: shader.name,
        constants: shader.constants,
      },
    });
    const pipeline = { gpu, layout, bindGroups: new Map() };
    this.#pipelines.set(shader.name, pipeline);
    return pipeline;
  }

  /**
   * Binds `arrays` to `shader`. Windows start at any element, but a binding must start at a
   * multiple of the alignment of the device: it starts at the multiple before the window, and the
   * shader receives the number of elements to skip.
   *
   * @throws {RangeError} If a window is longer than a binding may be.
   */
  bind(shader: Shader, pipeline: Pipeline, arrays: Arrays): Binding {
    const alignment = this.#limits.minStorageBufferOffsetAlignment;
    const limit = this.#limits.maxStorageBufferBindingSize;
    const entries: GPUBindGroupEntry[] = [];
    const offsets: number[] = [];
    let key = "";
    for (const { name } of shader.bindings) {
      const array: WebGpuArray = arrays[name];
      const skipped = array.length === 0 ? array.byteOffset : array.byteOffset % alignment;
      const offset = array.byteOffset - skipped;
      const size = array.length === 0 ? 4 : skipped + array.byteLength;
      if (size > limit) {
        throw new RangeError(
          `Cannot run kernel "${shader.name}": "${name}" may span ${binarySize(limit)} on this ` +
            `device, received ${binarySize(array.byteLength)}; use smaller blocks or more ranks`,
        );
      }
      key += `${array.buffer.id}:${offset}:${size},`;
      offsets.push(array.length === 0 ? 0 : skipped / 4);
      entries.push({
        binding: entries.length,
        resource: { buffer: array.buffer.gpu, offset, size },
      });
    }
    const known = pipeline.bindGroups.get(key);
    if (known !== undefined) return { group: known, offsets };
    entries.push({
      binding: entries.length,
      resource: { buffer: this.#uniforms, size: UNIFORM_BYTES },
    });
    const group = this.#device.createBindGroup({
      label: shader.name,
      layout: pipeline.layout,
      entries,
    });
    if (pipeline.bindGroups.size === CACHED_BIND_GROUPS) pipeline.bindGroups.clear();
    pipeline.bindGroups.set(key, group);
    return { group, offsets };
  }

  /** Drops all bind groups, so that none refers to a destroyed buffer. */
  forgetBindGroups(): void {
    for (const { bindGroups } of this.#pipelines.values()) bindGroups.clear();
  }
}
