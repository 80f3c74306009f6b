/** A stage for tests: writes the record of a training to `model.json`. @module */

import { join } from "node:path";
import { z } from "zod";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { firstBatch } from "../../../pipeline/training/model_batch.ts";
import { MODEL } from "../../../pipeline/batches/batch_schemas.ts";

export default defineStage({
  name: "record_model",
  description: "Writes losses, learning rates, certificate and dropped edges of a model as JSON.",
  options: z.strictObject({}),
  inputs: [MODEL],
  async run({ inputs: [models], directory }) {
    const batch = await firstBatch(models, "the model");
    const certificate = batch.value("certificate", 0, "utf8");
    const record = {
      losses: [...batch.list("losses", 0)],
      learningRates: [...batch.list("learningRates", 0)],
      certificate: certificate === "" ? null : JSON.parse(certificate),
      droppedEdges: batch.value("droppedEdges", 0, "float64"),
    };
    await Deno.writeTextFile(join(directory, "model.json"), JSON.stringify(record));
  },
});
