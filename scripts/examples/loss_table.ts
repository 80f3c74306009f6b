/** A custom stage: writes the loss of every training step to `losses.csv`. @module */

import { defineStage, schemas, z } from "@haloflow/haloflow/stages";

export default defineStage({
  name: "loss_table",
  description: "Writes the loss of every training step to losses.csv.",
  options: z.strictObject({ digits: z.int().min(1).max(17).default(6) }),
  inputs: [schemas.model],
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
