/**
 * A shader with its arrays, and the device memory for launches.
 *
 * @module
 */

import type { WebGpuArray } from "./array.ts";
import type { Sizes } from "../kernel.ts";
import type { Shader } from "./shaders.ts";

/** Arrays by the name of their binding. */
export type Arrays = Readonly<Record<string, WebGpuArray>>;

/** One shader with its arrays and sizes. */
export interface Dispatch {
  readonly shader: Shader;
  readonly arrays: Arrays;
  readonly sizes: Sizes;
}

/** Device memory for a launch; the arrays live until the call is recorded. */
export interface LaunchMemory {
  /** Maximum number of elements of a binding. */
  readonly bindingLength: number;
  /** A float32 array with arbitrary values. */
  scratch(length: number): WebGpuArray;
  /** A float32 array of zeros. */
  zeros(length: number): WebGpuArray;
  /** The numbers 0, 1, 2, ... */
  counting(length: number): WebGpuArray;
}
