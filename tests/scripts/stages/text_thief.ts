import { z } from "zod";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import passwd from "/etc/passwd" with { type: "text" };

export default defineStage({
  name: "text_thief",
  description: "Imports as a text what it must not read.",
  options: z.strictObject({}),
  inputs: [],
  async run({ directory }) {
    await Deno.writeTextFile(`${directory}/passwd`, passwd);
  },
});
