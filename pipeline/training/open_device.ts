/**
 * The device of a stage, watched by the run.
 *
 * @module
 */

import type { Device } from "../../kernels/device.ts";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import type { WebGpuOptions } from "../../kernels/webgpu/webgpu_device.ts";
import type { StageContext } from "../engine/definition/stage.ts";

/** What names a device. */
interface DeviceOptions {
  readonly device: DeviceChoice;
  readonly webgpu?: WebGpuOptions | undefined;
}

/**
 * Opens the device that the options of a stage name. Its work shows as that of the stage, and if it
 * is lost, the stage has failed at once: an error that nobody catches ends a worker, whatever it
 * waits for.
 *
 * @throws {DeviceUnavailableError} When there is no such device.
 */
export function openDevice(
  { options: { device, webgpu }, beat }: Pick<StageContext<DeviceOptions>, "options" | "beat">,
): Promise<Device> {
  return createDevice(device, webgpu, { onWork: beat, onLost: (error) => reportError(error) });
}
