/**
 * Opens a device by name. Each device is imported when it is chosen: the CPU path loads no shaders, the GPU path no
 * WebAssembly.
 *
 * @module
 */

import { DeviceUnavailableError } from "../errors.ts";
import type { Device } from "./device.ts";

/** Devices that a user can ask for. */
export type DeviceChoice = "auto" | "webgpu" | "cpu";

/**
 * Opens the device that `choice` names: "webgpu" on any adapter, software ones included; "cpu"; or "auto", which is WebGPU
 * on a hardware adapter and the CPU otherwise.
 *
 * @throws {DeviceUnavailableError} When "webgpu" is asked for and there is no adapter.
 */
export async function createDevice(choice: DeviceChoice): Promise<Device> {
  if (choice === "cpu") return await openCpu();
  if (choice === "webgpu") return await openWebGpu(true);
  try {
    return await openWebGpu(false);
  } catch (error) {
    if (!(error instanceof DeviceUnavailableError)) throw error;
    return await openCpu();
  }
}

async function openWebGpu(allowFallback: boolean): Promise<Device> {
  const { createWebGpuDevice } = await import("./webgpu/device.ts");
  return await createWebGpuDevice({ allowFallback });
}

async function openCpu(): Promise<Device> {
  const { createCpuDevice } = await import("./cpu/device.ts");
  return createCpuDevice();
}
