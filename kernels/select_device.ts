/**
 * Selection of a device by name. Devices are imported on demand: the CPU path loads no shaders, the
 * GPU path no WebAssembly.
 *
 * @module
 */

import { DeviceUnavailableError } from "../errors.ts";
import type { Device, DeviceListener } from "./device.ts";
import type { WebGpuOptions } from "./webgpu/webgpu_device.ts";

/** Devices that a user can choose. */
export type DeviceChoice = "auto" | "webgpu" | "cpu";

/**
 * Opens a device: "webgpu" on any adapter, software adapters included; "cpu"; or "auto", which is
 * WebGPU on a hardware adapter and the CPU otherwise.
 *
 * @param options Options of a WebGPU device; its description records them. The CPU has none.
 * @param listener Notified of work, and of the loss of the device.
 * @throws {DeviceUnavailableError} If "webgpu" is requested and there is no adapter.
 */
export async function createDevice(
  choice: DeviceChoice,
  options: WebGpuOptions = {},
  listener: DeviceListener = {},
): Promise<Device> {
  if (choice === "cpu") return await openCpu(listener);
  if (choice === "webgpu") return await openWebGpu(true, options, listener);
  try {
    return await openWebGpu(false, options, listener);
  } catch (error) {
    if (!(error instanceof DeviceUnavailableError)) throw error;
    return await openCpu(listener);
  }
}

async function openWebGpu(
  allowFallback: boolean,
  options: WebGpuOptions,
  listener: DeviceListener,
): Promise<Device> {
  const { createWebGpuDevice } = await import("./webgpu/webgpu_device.ts");
  return await createWebGpuDevice({ ...options, allowFallback }, listener);
}

async function openCpu(listener: DeviceListener): Promise<Device> {
  const { createCpuDevice } = await import("./cpu/cpu_device.ts");
  return createCpuDevice(listener);
}
