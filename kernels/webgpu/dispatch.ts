/**
 * A shader with the arrays that it binds, and the memory that a launch needs of its device.
 *
 * @module
 */

import type { WebGpuArray } from "./array.ts";
import type { Shader, Sizes } from "./shaders.ts";

/** Arrays by the name of their binding. */
export type Arrays = Readonly<Record<string, WebGpuArray>>;

/** One shader with what it binds. */
export interface Dispatch {
  readonly shader: Shader;
  readonly arrays: Arrays;
  readonly sizes: Sizes;
}

/** What a launch needs of its device; the arrays live until the call is recorded. */
export interface LaunchMemory {
  /** Elements that one binding may have. */
  readonly bindingLength: number;
  /** An array of float32 with whatever values. */
  scratch(length: number): WebGpuArray;
  /** An array of float32 zeros. */
  zeros(length: number): WebGpuArray;
  /** The numbers 0, 1, 2, ... */
  counting(length: number): WebGpuArray;
}
