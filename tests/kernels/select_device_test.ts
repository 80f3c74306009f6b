import assert from "node:assert/strict";
import { createDevice } from "../../kernels/select_device.ts";
import { testWithAdapter } from "./webgpu/on_webgpu.ts";

Deno.test('createDevice("cpu") opens the CPU device', async () => {
  const device = await createDevice("cpu");
  assert.equal(device.name, "cpu");
  device.destroy();
});

Deno.test('createDevice("auto") opens WebGPU on hardware only', async () => {
  const adapter = await navigator.gpu?.requestAdapter();
  const device = await createDevice("auto");
  assert.equal(device.name, adapter?.info.isFallbackAdapter === false ? "webgpu" : "cpu");
  device.destroy();
});

testWithAdapter('createDevice("webgpu") accepts any adapter', async () => {
  const device = await createDevice("webgpu");
  assert.equal(device.name, "webgpu");
  device.destroy();
});
