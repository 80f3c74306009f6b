/**
 * Tests that need a WebGPU adapter of any kind.
 *
 * @module
 */

import {
  createWebGpuDevice,
  type WebGpuDevice,
  type WebGpuOptions,
} from "../../../kernels/webgpu/webgpu_device.ts";

const hasAdapter = await navigator.gpu?.requestAdapter() instanceof GPUAdapter;

/** Without an adapter the tests are listed as skipped; in CI they run and fail. */
const isSkipped = !hasAdapter && Deno.env.get("CI") !== "true";

/** Declares a test that receives its own device, opened with `options`. */
export function testOnWebGpu(
  name: string,
  body: (device: WebGpuDevice, t: Deno.TestContext) => Promise<void>,
  options: WebGpuOptions = {},
): void {
  Deno.test({
    name,
    ignore: isSkipped,
    fn: async (t) => {
      const device = await createWebGpuDevice({ ...options, allowFallback: true });
      try {
        await body(device, t);
      } finally {
        device.destroy();
      }
    },
  });
}

/** Declares a test that opens devices itself. */
export function testWithAdapter(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name, ignore: isSkipped, fn });
}
