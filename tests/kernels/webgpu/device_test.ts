import { createWebGpuDevice } from "../../../kernels/webgpu/device.ts";
import { checkKernelsOn } from "../kernel_cases.ts";

Deno.test("WebGpuDevice runs the cases of every kernel", async (t) => {
  const device = await createWebGpuDevice({ allowFallback: true });
  await checkKernelsOn(device, t);
  device.destroy();
});
