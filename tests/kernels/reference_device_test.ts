import assert from "node:assert/strict";
import { ALL_KERNELS } from "../../kernels/ops/all.ts";
import { ReferenceDevice } from "../../kernels/reference_device.ts";
import { checkAdjointsOn } from "./adjoint_cases.ts";
import { checkArraysOn } from "./device_contract.ts";
import { checkKernelsOn, KERNEL_FAMILIES } from "./kernel_cases.ts";

Deno.test("the cases cover every kernel", () => {
  assert.deepEqual(
    KERNEL_FAMILIES.map(({ kernel }) => kernel.name),
    ALL_KERNELS.map(({ name }) => name),
  );
});

Deno.test("ReferenceDevice keeps arrays as every device does", async (t) => {
  await checkArraysOn(new ReferenceDevice(), t);
});

Deno.test("ReferenceDevice runs the cases of every kernel", async (t) => {
  await checkKernelsOn(new ReferenceDevice(), t);
});

Deno.test("ReferenceDevice satisfies the adjoint identities", async (t) => {
  await checkAdjointsOn(new ReferenceDevice(), t);
});
