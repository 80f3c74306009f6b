import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber } from "./schemas.ts";

export default defineStage({
  name: "collect",
  description: "Writes the numbers in order to a file, with the error that stopped it, if any.",
  options: z.strictObject({
    delay: z.number().min(0).default(0),
    stopAfter: z.int().min(0).optional(),
  }),
  inputs: [AnyNumber],
  peers: true,
  async run(
    { inputs: [numbers], options: { delay, stopAfter = Infinity }, name, rank, directory },
  ) {
    const collected: number[] = [];
    let end = "done";
    try {
      if (stopAfter > 0) {
        for await (const batch of numbers) {
          collected.push(batch.value("n", 0, "int32"));
          if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
          if (collected.length >= stopAfter) break;
        }
      }
    } catch (error) {
      end = String(error);
      throw error;
    } finally {
      await Deno.writeTextFile(
        `${directory}/${name}-${rank}.json`,
        JSON.stringify({ collected, end }),
      );
    }
  },
});
