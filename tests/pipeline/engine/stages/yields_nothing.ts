import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { Numbers } from "./schemas.ts";

export default defineStage({
  name: "yields nothing",
  description: "Is no generator although it declares an output.",
  options: z.strictObject({}),
  inputs: [],
  output: Numbers,
  async run() {},
});
