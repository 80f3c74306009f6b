/**
 * The test of a device: every kernel against its reference. All devices take exactly these cases.
 *
 * @module
 */

import fc from "fast-check";
import type { Device } from "../../kernels/device.ts";
import { DENSE_FAMILIES } from "./dense_cases.ts";
import { GRAPH_FAMILIES } from "./graph_cases.ts";
import { checkCase } from "./kernel_case.ts";
import type { KernelFamily } from "./kernel_family.ts";

/** The families of all kernels, by kernel name. */
export const KERNEL_FAMILIES: readonly KernelFamily[] = [...DENSE_FAMILIES, ...GRAPH_FAMILIES]
  .toSorted((a, b) => a.kernel.name < b.kernel.name ? -1 : 1);

/** Arbitrary cases per kernel: enough to meet every remainder of the tiles in a few seconds. */
const ARBITRARY_CASES = 60;

/** The seed of the arbitrary cases is fixed: a failing case fails again. */
const SEED = 20_240_215;

/**
 * Runs every case of every kernel of `families` on `device`, on whole arrays and in windows at odd
 * elements.
 */
export async function checkKernelsOn(
  device: Device,
  t: Deno.TestContext,
  families: readonly KernelFamily[] = KERNEL_FAMILIES,
): Promise<void> {
  for (const { kernel, fixed, arbitrary } of families) {
    await t.step(`${kernel.name} equals its reference at awkward sizes`, async () => {
      for (const makeCase of fixed) {
        const kernelCase = makeCase();
        await checkCase(device, kernelCase, false);
        await checkCase(device, kernelCase, true);
      }
    });
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
