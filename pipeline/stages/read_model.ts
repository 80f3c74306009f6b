/** Reads a trained model from its file. @module */

import { z } from "zod";
import { defineStage } from "../engine/definition/stage.ts";
import { modelBatch } from "../training/model_batch.ts";
import { readModelOrCheckpoint } from "../training/checkpoint_file.ts";
import { MODEL } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "read_model",
  description: "Reads a trained model from a model file (`model.safetensors`) or a checkpoint.",
  options: z.strictObject({ file: z.string().describe("Path of the file.") }),
  inputs: [],
  output: MODEL,
  repeats: { reads: ["file"] },
  usesDirectory: false,
  async *run({ options }) {
    const { model, training } = await readModelOrCheckpoint(options.file);
    yield modelBatch(model, {
      training,
      certificate: training.certificate,
      device: "",
      losses: new Float64Array(0),
      learningRates: new Float64Array(0),
      firstStep: 0,
      droppedEdges: 0,
    });
  },
});
