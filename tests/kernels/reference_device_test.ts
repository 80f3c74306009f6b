import assert from "node:assert/strict";
import { ALL_KERNELS } from "../../kernels/ops/all.ts";
import { ReferenceDevice } from "../../kernels/reference_device.ts";
import { checkKernelsOn, KERNEL_FAMILIES } from "./kernel_cases.ts";

Deno.test("the cases cover every kernel", () => {
  assert.deepEqual(KERNEL_FAMILIES.map(({ kernel }) => kernel.name), ALL_KERNELS.map(({ name }) => name));
});

Deno.test("ReferenceDevice runs the cases of every kernel", async (t) => {
  await checkKernelsOn(new ReferenceDevice(), t);
});
