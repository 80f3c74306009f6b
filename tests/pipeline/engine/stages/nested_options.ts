import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";

export default defineStage({
  name: "nested options",
  description: "Has options within options.",
  options: z.strictObject({
    grid: z.strictObject({ size: z.int() }).optional(),
    rate: z.union([z.number(), z.literal("fast")]).default("fast"),
  }),
  inputs: [],
  async run() {},
});
