/**
 * The device of a stage, supervised by the run.
 *
 * @module
 */

import type { Device } from "../../kernels/device.ts";
import { createDevice, type DeviceChoice } from "../../kernels/select_device.ts";
import type { WebGpuOptions } from "../../kernels/webgpu/webgpu_device.ts";
import type { StageContext } from "../engine/definition/stage.ts";

/** Options that name a device. */
interface DeviceOptions {
  readonly device: DeviceChoice;
  readonly webgpu?: WebGpuOptions | undefined;
}

/**
 * Opens the device that the options of a stage name. Work on the device counts as a beat of the
 * stage. A lost device fails the stage immediately: an uncaught error ends its worker, whatever the
 * worker awaits.
 *
 * @throws {DeviceUnavailableError} If there is no such device.
 */
export function openDevice(
  { options: { device, webgpu }, beat }: Pick<StageContext<DeviceOptions>, "options" | "beat">,
): Promise<Device> {
  return createDevice(device, webgpu, { onWork: beat, onLost: (error) => reportError(error) });
}
