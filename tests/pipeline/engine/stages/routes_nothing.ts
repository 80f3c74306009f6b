import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { Numbers } from "./schemas.ts";

export default defineStage({
  name: "routes nothing",
  description: "Declares to route batches that have no rank.",
  options: z.strictObject({}),
  inputs: [],
  output: Numbers,
  routeByRank: true,
  async *run() {},
});
