/**
 * Options of the stages that compute: on which device, and how.
 *
 * @module
 */

import { z } from "zod";

/** The options `device` and `webgpu`, as `createDevice` takes them. */
export const deviceOptions = {
  /** "auto" is WebGPU on a hardware adapter, and the CPU otherwise. */
  device: z.enum(["auto", "webgpu", "cpu"]).default("auto"),
  /** Choices of a WebGPU device that round otherwise. Model and report state what a run used. */
  webgpu: z.strictObject({
    /** Edges in one block of the edge convolution. */
    blockEdges: z.int().min(1).exactOptional(),
  }).default({}),
};
