import { z } from "zod";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";

const passwd = Deno.readTextFileSync("/etc/passwd");

export default defineStage({
  name: "early_thief",
  description: "Reads what it must not as soon as it is imported.",
  options: z.strictObject({}),
  inputs: [],
  async run({ directory }) {
    await Deno.writeTextFile(`${directory}/passwd`, passwd);
  },
});
