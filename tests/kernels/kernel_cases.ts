/**
 * The test of a device: all kernels against their references, with the same cases for all devices.
 *
 * @module
 */

import fc from "fast-check";
import type { Device } from "../../kernels/device.ts";
import { DENSE_FAMILIES } from "./dense_cases.ts";
import { GRAPH_FAMILIES } from "./graph_cases.ts";
import { checkCase, expectationOf } from "./kernel_case.ts";
import type { KernelFamily } from "./kernel_family.ts";

/** The families of all kernels, by kernel name. */
export const KERNEL_FAMILIES: readonly KernelFamily[] = [...DENSE_FAMILIES, ...GRAPH_FAMILIES]
  .toSorted((a, b) => a.kernel.name < b.kernel.name ? -1 : 1);

/** Arbitrary cases per kernel: enough for every remainder of the tiles. */
const ARBITRARY_CASES = 60;

/** Fixed seed of the arbitrary cases, so that failures are reproducible. */
const SEED = 20_240_215;

/** The cases that run on a device. */
export interface CaseChoice {
  /** @default all kernels */
  readonly families?: readonly KernelFamily[] | undefined;
  /**
   * Fixed cases: each on complete arrays and in windows at odd elements ("both"), in one of the two
   * ("either"), or not at all ("none").
   *
   * @default "both"
   */
  readonly fixedCases?: "both" | "either" | "none" | undefined;
}

/** Checks the cases of all kernels on `device` against the reference. */
export async function checkKernelsOn(
  device: Device,
  t: Deno.TestContext,
  { families = KERNEL_FAMILIES, fixedCases = "both" }: CaseChoice = {},
): Promise<void> {
  for (const { kernel, fixed, arbitrary } of families) {
    if (fixedCases !== "none") {
      await t.step(`${kernel.name} equals its reference at awkward sizes`, async () => {
        for (const [k, makeCase] of fixed.entries()) {
          const kernelCase = makeCase();
          const expectation = expectationOf(kernelCase);
          // Cases with two settings come in pairs: every second pair runs in windows.
          const modes = fixedCases === "both" ? [false, true] : [k % 4 >= 2];
          for (const windows of modes) await checkCase(device, kernelCase, windows, expectation);
        }
      });
    }
    await t.step(`${kernel.name} equals its reference at any size`, async () => {
      await fc.assert(
        fc.asyncProperty(
          arbitrary,
          fc.boolean(),
          (kernelCase, windows) => checkCase(device, kernelCase, windows),
        ),
        { numRuns: ARBITRARY_CASES, seed: SEED },
      );
    });
  }
}
