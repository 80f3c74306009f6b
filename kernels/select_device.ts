/**
 * Opens a device by name. Each device is imported when it is chosen: the CPU path loads no shaders, the GPU path no
 * WebAssembly.
 *
 * @module
 */

import { DeviceUnavailableError } from "../errors.ts";
import type { Device } from "./device.ts";
import type { WebGpuOptions } from "./webgpu/device.ts";

/** Devices that a user can ask for. */
export type DeviceChoice = "auto" | "webgpu" | "cpu";

/**
 * Opens the device that `choice` names: "webgpu" on any adapter, software ones included; "cpu"; or "auto", which is WebGPU
 * on a hardware adapter and the CPU otherwise.
 *
 * @param options Choices of a WebGPU device, such as operands in 16 bits; the CPU has none. The device's description
 *   records them.
 * @throws {DeviceUnavailableError} When "webgpu" is asked for and there is no adapter, or none with what `options` ask for.
 */
export async function createDevice(choice: DeviceChoice, options: WebGpuOptions = {}): Promise<Device> {
  if (choice === "cpu") return await openCpu();
  if (choice === "webgpu") return await openWebGpu(true, options);
  try {
    return await openWebGpu(false, options);
  } catch (error) {
    if (!(error instanceof DeviceUnavailableError)) throw error;
    return await openCpu();
  }
}

async function openWebGpu(allowFallback: boolean, options: WebGpuOptions): Promise<Device> {
  const { createWebGpuDevice } = await import("./webgpu/device.ts");
  return await createWebGpuDevice({ ...options, allowFallback });
}

async function openCpu(): Promise<Device> {
  const { createCpuDevice } = await import("./cpu/device.ts");
  return createCpuDevice();
}
