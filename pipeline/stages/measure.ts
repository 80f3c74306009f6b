/** Measures predictions where the truth is known. @module */

import { join } from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../../io/atomic_write.ts";
import { defineStage } from "../engine/stage.ts";
import { type Metrics, MetricsAccumulator } from "../reporting/metrics.ts";
import { fieldsOf } from "./field_names.ts";
import { firstBatch, readModel } from "./model_batch.ts";
import { FIELD, MODEL } from "./schemas.ts";

/** Name of the file in the run's directory that holds the `Prediction`. */
export const PREDICTION_FILE = "prediction.json";

/** How many samples were predicted, and how well where the truth is known. */
export interface Prediction {
  readonly sampleCount: number;
  /** Absent where the store has no targets. */
  readonly metrics: Metrics | undefined;
}

export default defineStage({
  name: "measure",
  description: "Counts predicted samples, and measures them against the truth where the store has targets.",
  options: z.strictObject({}),
  inputs: [FIELD, MODEL],
  async run({ inputs: [fields, models], directory }) {
    const { targetNames, inputNames, units, normalisation } = readModel(
      await firstBatch(models, "the model"),
    );
    const targets = fieldsOf(targetNames, units.slice(inputNames.length));
    const accumulator = new MetricsAccumulator(targets, normalisation.targetScale);
    let sampleCount = 0, measuredCount = 0;
    for await (const batch of fields) {
      sampleCount++;
      const truth = batch.list("target", 0, "float32");
      if (truth.length === 0) continue;
      const predicted = batch.list("prediction", 0, "float32");
      accumulator.add({ id: batch.value("id", 0, "utf8"), truth, predicted });
      measuredCount++;
    }
    const prediction: Prediction = {
      sampleCount,
      metrics: measuredCount > 0 ? accumulator.result() : undefined,
    };
    const bytes = new TextEncoder().encode(JSON.stringify(prediction));
    await writeFileAtomically(join(directory, PREDICTION_FILE), bytes, { overwrite: true });
  },
});
