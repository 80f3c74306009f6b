import { createCpuDevice } from "../../../kernels/cpu/device.ts";
import { checkKernelsOn } from "../kernel_cases.ts";

Deno.test("CpuDevice runs the cases of every kernel", async (t) => {
  await checkKernelsOn(createCpuDevice(), t);
});
