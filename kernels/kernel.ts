/**
 * The record of a kernel: its name, bindings, sizes, and reference in plain TypeScript.
 *
 * One operation has one stem in `kernels/ops/`: `linear.ts` (record and reference), `linear.wgsl`,
 * `linear.wasm.ts`. The order of `bindings` and `sizes` is the calling convention: the WebAssembly
 * function has the pointers as parameters, then the sizes; the WGSL entry point has the bindings in
 * this order.
 *
 * @module
 */

import type { ElementType, HostArray } from "./element_types.ts";

/** Use of a binding: its elements are read, overwritten, or accumulated. */
export type Access = "read" | "overwrite" | "accumulate";

/** One binding of a kernel. */
export interface Binding {
  readonly type: ElementType;
  readonly access: Access;
}

/** An operation that every device can run. Sizes are integers in [0, 2^31). */
export interface Kernel<B extends string = string, S extends string = string> {
  readonly name: string;
  readonly bindings: { readonly [name in B]: Binding };
  readonly sizes: readonly S[];
  /** The specification: sums are float64, in edge or row order, and rounded to float32 once. */
  reference(arrays: { readonly [name in B]: never }, sizes: { readonly [name in S]: number }): void;
}

/** Host arrays for the reference of a kernel with bindings `D`. */
export type ReferenceArrays<D extends Record<string, Binding>> = {
  readonly [name in keyof D]: HostArray<D[name]["type"]>;
};

/** Sizes of a kernel by name. */
export type Sizes = Readonly<Record<string, number>>;

/** Lengths of the bindings of a kernel by name, in elements. */
export type Lengths = Readonly<Record<string, number>>;

/** Declares a kernel; its record defines the names and types. */
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

/** A float32 binding that is read. */
export const readF32 = { type: "f32", access: "read" } as const;
/** A uint32 binding that is read. */
export const readU32 = { type: "u32", access: "read" } as const;
/** A float32 binding that is overwritten. */
export const overwriteF32 = { type: "f32", access: "overwrite" } as const;
/** A float32 binding that is accumulated. */
export const accumulateF32 = { type: "f32", access: "accumulate" } as const;

/**
 * Checks that every binding and size of `kernel` is given and has the right type.
 *
 * @throws {TypeError} If one is missing or of another type; the error names it and the kernel.
 */
export function checkBindings<B extends string, S extends string>(
  kernel: Kernel<B, S>,
  arrays: { readonly [name in B]: { readonly type: ElementType } },
  sizes: { readonly [name in S]: number },
): void {
  for (const name in kernel.bindings) {
    const array = arrays[name];
    const expected = kernel.bindings[name].type;
    if (array?.type !== expected) {
      throw new TypeError(
        `Cannot run kernel "${kernel.name}": "${name}" must be ${expected}, received ` +
          `${array?.type}`,
      );
    }
  }
  for (const name of kernel.sizes) {
    const size = sizes[name];
    if (!Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
      throw new TypeError(
        `Cannot run kernel "${kernel.name}": size "${name}" must be an integer in [0, 2^31), ` +
          `received ${size}`,
      );
    }
  }
}
