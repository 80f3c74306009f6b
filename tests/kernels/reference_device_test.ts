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

Deno.test("ReferenceDevice fulfils the contract for arrays", async (t) => {
  await checkArraysOn(new ReferenceDevice(), t);
});

Deno.test("ReferenceDevice runs the references of all kernels, also in windows", async (t) => {
  await checkKernelsOn(new ReferenceDevice(), t, { fixedCases: "none" });
});

Deno.test("ReferenceDevice satisfies the adjoint identities", async (t) => {
  await checkAdjointsOn(new ReferenceDevice(), t);
});
