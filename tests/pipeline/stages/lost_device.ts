/** A stage for tests: loses its device while it awaits something else. @module */

import { z } from "zod";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { deviceOptions } from "../../../pipeline/training/device_options.ts";
import { openDevice } from "../../../pipeline/training/open_device.ts";

export default defineStage({
  name: "lost_device",
  description: "Opens a device, which is lost soon after.",
  options: z.strictObject(deviceOptions),
  inputs: [],
  async run(context) {
    const opened: GPUDevice[] = [];
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await requestDevice.call(this, descriptor);
      opened.push(device);
      return device;
    };
    const device = await openDevice(context);
    device.upload(Float32Array.of(1));
    // A crash of the driver cannot be triggered; `destroy` without the device's knowledge has the
    // same effect.
    setTimeout(() => opened.forEach((gpu) => gpu.destroy()), 50);
    await new Promise((_, reject) => context.signal.addEventListener("abort", reject));
  },
});
