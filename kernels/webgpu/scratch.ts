/**
 * Scratch arrays of kernel calls.
 *
 * @module
 */

import type { ElementType } from "../element_types.ts";
import type { WebGpuArray } from "./array.ts";
import type { LaunchMemory } from "./dispatch.ts";

/** Source of scratch arrays. */
export interface ScratchSource {
  /** A new array with arbitrary values. */
  acquire<T extends ElementType>(type: T, length: number): WebGpuArray<T>;
  release(array: WebGpuArray): void;
  clear(array: WebGpuArray): void;
  /** The numbers 0, 1, 2, ...; must not be returned. */
  counting(length: number): WebGpuArray;
}

/** The scratch arrays of one kernel call, which live until the call is recorded. */
export class Scratch implements LaunchMemory {
  readonly #source: ScratchSource;
  readonly #arrays: WebGpuArray[] = [];

  constructor(source: ScratchSource, readonly bindingLength: number) {
    this.#source = source;
  }

  /** An array with arbitrary values. */
  array<T extends ElementType>(type: T, length: number): WebGpuArray<T> {
    const array = this.#source.acquire(type, length);
    this.#arrays.push(array);
    return array;
  }

  scratch(length: number): WebGpuArray {
    return this.array("f32", length);
  }

  zeros(length: number): WebGpuArray {
    const array = this.array("f32", length);
    this.#source.clear(array);
    return array;
  }

  counting(length: number): WebGpuArray {
    return this.#source.counting(length);
  }

  /** Returns all arrays to the source. */
  release(): void {
    for (const array of this.#arrays) this.#source.release(array);
  }
}
