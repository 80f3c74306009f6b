/** Reads a trained model from its file. @module */

import { z } from "zod";
import { createRecordBatch } from "../../io/record_batch.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { readModelFile } from "../training/model_file.ts";
import { MODEL } from "../batches/batch_schemas.ts";

export default defineStage({
  name: "read_model",
  description: "Reads a trained model from a model.safetensors file.",
  options: z.strictObject({ file: z.string() }),
  inputs: [],
  output: MODEL,
  repeats: { reads: ["file"] },
  usesDirectory: false,
  async *run({ options }) {
    const { model, training } = await readModelFile(options.file);
    const { config, parameters, normalisation, inputNames, targetNames, units, graphRule } = model;
    yield createRecordBatch(MODEL, [{
      config: JSON.stringify(config),
      parameters,
      ...normalisation,
      inputNames,
      targetNames,
      units,
      graphRule: JSON.stringify(graphRule),
      training: JSON.stringify(training),
      certificate: training.certificate === undefined ? "" : JSON.stringify(training.certificate),
      device: "",
      losses: new Float64Array(0),
      learningRates: new Float64Array(0),
      firstStep: 0,
      droppedEdges: 0,
    }]);
  },
});
