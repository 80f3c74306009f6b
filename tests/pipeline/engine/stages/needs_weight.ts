import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";

export default defineStage({
  name: "needs weight",
  description: "Reads a column that no other stage has.",
  options: z.strictObject({}),
  inputs: [{ name: "weighted", columns: { n: "int32", weight: "float64" } }],
  async run() {},
});
