/**
 * The cases of one kernel: fixed awkward cases, and arbitrary ones.
 *
 * @module
 */

import fc from "fast-check";
import type { Kernel } from "../../kernels/kernel.ts";
import { CaseValues } from "./case_values.ts";
import type { KernelCase } from "./kernel_case.ts";

/** All cases of a kernel. */
export interface KernelFamily {
  readonly kernel: Kernel;
  /** Cases at sizes chosen by hand. */
  readonly fixed: readonly (() => KernelCase)[];
  /** Cases at small sizes chosen by fast-check. */
  readonly arbitrary: fc.Arbitrary<KernelCase>;
}

/** Defines a family by a function that builds a case from its shape. */
export function defineFamily<Shape>(family: {
  readonly kernel: Kernel;
  readonly fixed: readonly Shape[];
  readonly arbitrary: fc.Arbitrary<Shape>;
  readonly build: (shape: Shape, values: CaseValues) => Omit<KernelCase, "kernel">;
}): KernelFamily {
  const { kernel, fixed, arbitrary, build } = family;
  const caseOf = (shape: Shape, seed: number) => ({
    kernel,
    ...build(shape, new CaseValues(seed)),
  });
  return {
    kernel,
    fixed: fixed.map((shape, k) => () => caseOf(shape, k + 1)),
    arbitrary: fc.tuple(arbitrary, fc.nat()).map(([shape, seed]) => caseOf(shape, seed)),
  };
}

/** Sizes that straddle vector widths (4), register tiles (6, 8) and panels (16, 32). */
export const AWKWARD_WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 20, 24, 31, 32, 33] as const;

/** A width between 1 and 40. */
export const anyWidth = fc.integer({ min: 1, max: 40 });
/** A row count between 0 and 40. */
export const anyRows = fc.integer({ min: 0, max: 40 });
/** 0 or 1. */
export const anyFlag = fc.constantFrom(0, 1);
/** Up to 12 segments of 0 to 20 edges. */
export const anyDegrees = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 });
