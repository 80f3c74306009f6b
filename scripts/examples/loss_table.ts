/** A stage of one's own: writes the loss of every training step to `losses.csv`. @module */

import { defineStage, MODEL, z } from "../../mod.ts";

export default defineStage({
  name: "loss_table",
  description: "Writes the loss of every training step to losses.csv.",
  options: z.strictObject({ digits: z.int().min(1).max(17).default(6) }),
  inputs: [MODEL],
  async run({ inputs: [models], options, directory }) {
    for await (const model of models) {
      const losses = Array.from(
        model.list("losses", 0, "float64"),
        (loss, k) => `${k + 1},${loss.toPrecision(options.digits)}`,
      );
      await Deno.writeTextFile(`${directory}/losses.csv`, ["step,loss", ...losses, ""].join("\n"));
    }
  },
});
