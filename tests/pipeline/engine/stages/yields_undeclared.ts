import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";

export default defineStage({
  name: "yields undeclared",
  description: "Is a generator but declares no output.",
  options: z.strictObject({}),
  inputs: [],
  async *run() {},
});
