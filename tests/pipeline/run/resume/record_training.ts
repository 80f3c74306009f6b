/** Writes parameters, losses and steps of a training to a file named as the stage. @module */

import { join } from "node:path";
import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { MODEL } from "../../../../pipeline/batches/batch_schemas.ts";

/** Content of the file. */
export interface TrainingRecord {
  readonly parameterBits: readonly number[];
  readonly losses: readonly number[];
  readonly firstStep: number;
  readonly droppedEdges: number;
  readonly certificate: string;
}

export default defineStage({
  name: "record_training",
  description: "Writes the parameters and losses of a model as JSON.",
  options: z.strictObject({}),
  inputs: [MODEL],
  async run({ inputs: [models], directory, name }) {
    for await (const model of models) {
      const record: TrainingRecord = {
        parameterBits: [...new Uint32Array(model.list("parameters", 0, "float32").slice().buffer)],
        losses: [...model.list("losses", 0, "float64")],
        firstStep: model.value("firstStep", 0, "int32"),
        droppedEdges: model.value("droppedEdges", 0, "float64"),
        certificate: model.value("certificate", 0, "utf8"),
      };
      await Deno.writeTextFile(join(directory, `${name}.json`), JSON.stringify(record));
    }
  },
});
