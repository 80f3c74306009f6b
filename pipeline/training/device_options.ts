/**
 * Options of the stages that compute on a device.
 *
 * @module
 */

import { z } from "zod";

/** The options `device` and `webgpu`, as `createDevice` takes them. */
export const deviceOptions = {
  device: z.enum(["auto", "webgpu", "cpu"]).default("auto").describe(
    "Device of the network: `auto` is WebGPU on a hardware adapter, else the CPU.",
  ),
  webgpu: z.strictObject({
    blockEdges: z.int().min(1).exactOptional().meta({
      description: "Number of edges in one block of the edge convolution.",
      absent: "32768 on hardware, 8192 in software",
    }),
  }).default({}).describe("Settings of a WebGPU device that change its rounding."),
};
