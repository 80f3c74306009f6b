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
    /** Stages operands of forward products in 16 bits; by default in 32. */
    f16: z.boolean().exactOptional(),
    /** Forms the sums of a layer norm by subgroups; by default on hardware that has them. */
    subgroups: z.boolean().exactOptional(),
    /** Edges in one block of the edge convolution. */
    blockEdges: z.int().min(1).exactOptional(),
  }).default({}),
};
