import { z } from "zod";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";

export default defineStage({
  name: "thief",
  description: "Reads what it must not.",
  options: z.strictObject({}),
  inputs: [],
  async run() {
    await Deno.readTextFile("/etc/passwd");
  },
});
