import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";

export default defineStage({
  name: "texts",
  description: "Has an output that no other stage can read.",
  options: z.strictObject({}),
  inputs: [],
  output: { name: "texts", columns: { n: { list: "utf8" } } },
  async *run() {},
});
