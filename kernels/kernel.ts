/**
 * The record of a kernel: its name, what it binds, its sizes, and its plain TypeScript twin.
 *
 * One operation has one stem in `kernels/ops/`: `linear.ts` (record and reference), `linear.wgsl`,
 * `linear.wasm.ts`. The order of `bindings` and of `sizes` is the calling convention of all of
 * them: the WebAssembly function takes the pointers, then the sizes; the WGSL entry point has the
 * bindings in this order.
 *
 * @module
 */

import type { ElementType, HostArray } from "./element_types.ts";

/**
 * How a kernel uses a binding: reads it, writes every element it owns, or adds to what is there.
 */
export type Access = "read" | "overwrite" | "accumulate";

/** One binding of a kernel. */
export interface Binding {
  readonly type: ElementType;
  readonly access: Access;
}

/** An operation that every device can run. Sizes are non-negative integers below 2^31. */
export interface Kernel<B extends string = string, S extends string = string> {
  readonly name: string;
  readonly bindings: { readonly [name in B]: Binding };
  readonly sizes: readonly S[];
  /** The specification: sums in float64, in edge or row order, result rounded to float32 once. */
  reference(arrays: { readonly [name in B]: never }, sizes: { readonly [name in S]: number }): void;
}

/** The host arrays that the reference of a kernel with bindings `D` takes. */
export type ReferenceArrays<D extends Record<string, Binding>> = {
  readonly [name in keyof D]: HostArray<D[name]["type"]>;
};

/** Declares a kernel with names and types taken from its own record. */
export function defineKernel<const D extends Record<string, Binding>, const S extends string>(
  kernel: {
    readonly name: string;
    readonly bindings: D;
    readonly sizes: readonly S[];
    readonly reference: (
      arrays: ReferenceArrays<D>,
      sizes: { readonly [name in S]: number },
    ) => void;
  },
): Kernel<keyof D & string, S> {
  return kernel as unknown as Kernel<keyof D & string, S>;
}

/** Binding shorthands. */
export const readF32 = { type: "f32", access: "read" } as const;
export const readU32 = { type: "u32", access: "read" } as const;
export const overwriteF32 = { type: "f32", access: "overwrite" } as const;
export const accumulateF32 = { type: "f32", access: "accumulate" } as const;

/**
 * Checks that every binding and size of `kernel` is given, with the right type.
 *
 * @throws {TypeError} Naming the kernel and the binding or size.
 */
export function checkBindings<B extends string, S extends string>(
  kernel: Kernel<B, S>,
  arrays: { readonly [name in B]: { readonly type: ElementType } },
  sizes: { readonly [name in S]: number },
): void {
  for (const name in kernel.bindings) {
    const array = arrays[name], expected = kernel.bindings[name].type;
    if (array?.type !== expected) {
      throw new TypeError(
        `Cannot run kernel "${kernel.name}" as "${name}" must be ${expected}: received ` +
          `${array?.type}`,
      );
    }
  }
  for (const name of kernel.sizes) {
    const size = sizes[name];
    if (!Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
      throw new TypeError(
        `Cannot run kernel "${kernel.name}" as size "${name}" must be an integer in [0, ` +
          `2^31): received ${size}`,
      );
    }
  }
}
