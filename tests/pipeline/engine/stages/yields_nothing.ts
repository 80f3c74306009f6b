import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { Numbers } from "./schemas.ts";

export default defineStage({
  name: "yields nothing",
  description: "Declares an output but is not a generator.",
  options: z.strictObject({}),
  inputs: [],
  output: Numbers,
  async run() {},
});
