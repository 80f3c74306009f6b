/** Evaluates a trained network on unseen samples, for the report. @module */

import { z } from "zod";
import { countOf } from "../../format.ts";
import { SpilledBatches } from "../../io/spilled_batches.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { FIELD, MESH, MODEL } from "../batches/batch_schemas.ts";
import { keptMeshMiB } from "../batches/mesh_memory.ts";
import { AIRFRANS_REFERENCE } from "../reporting/flow/force_metrics.ts";
import { MEASUREMENTS_FILE, writeMeasurements } from "../reporting/measurements_file.ts";
import { Evaluation } from "../reporting/metrics/evaluation.ts";
import { checkComparedInputs } from "../training/compared_inputs.ts";
import { firstBatch, readModel } from "../training/model_batch.ts";
import { FieldRange } from "../training/range_of_fields.ts";
import { rangeText } from "../training/training_range.ts";
import { trainingSummary } from "../training/training_summary.ts";

export default defineStage({
  name: "evaluate",
  description:
    "Measures the errors of predictions and of three baselines on unseen samples, and writes " +
    `\`${MEASUREMENTS_FILE}\` for the report.`,
  options: z.strictObject({
    borderWidth: z.number().positive().optional().meta({
      description: "Largest distance of a border node to another subdomain.",
      unit: "units of the positions",
      absent: "a quarter of the radius",
    }),
    viscosity: z.number().positive().default(AIRFRANS_REFERENCE.viscosity).meta({
      description: "Kinematic viscosity of a flow around a body, for the wall shear stress.",
      unit: "m²/s",
    }),
    chord: z.number().positive().default(AIRFRANS_REFERENCE.chord).meta({
      description: "Chord of a body in a flow, the reference length of lift and drag coefficients.",
      unit: "units of the positions",
    }),
    keptMeshMiB: keptMeshMiB.meta({
      description: "Memory for training meshes and predicted meshes that are read again; further " +
        "meshes are spilled to a temporary file in the directory of the run. The search through " +
        "the training meshes takes as much again.",
      unit: "MiB",
    }),
  }),
  inputs: [FIELD, MODEL, MESH],
  repeats: { writes: () => [MEASUREMENTS_FILE] },
  async run({ inputs: [fields, models, trainingMeshes], options, directory, beat, warn }) {
    const memoryBytes = options.keptMeshMiB * 2 ** 20;
    using meshes = new SpilledBatches(directory, memoryBytes);
    const reference = { viscosity: options.viscosity, chord: options.chord };
    const evaluation = new Evaluation(reference, meshes, memoryBytes, beat);
    let comparedInputs: readonly string[] | undefined;
    for await (const mesh of trainingMeshes) {
      comparedInputs ??= mesh.texts("inputNames", 0);
      await evaluation.addTrainingMesh(mesh);
    }
    const modelBatch = await firstBatch(models, "the trained model");
    const model = readModel(modelBatch);
    if (comparedInputs !== undefined) checkComparedInputs(comparedInputs, model.inputNames);
    const targets = {
      names: model.targetNames,
      units: model.units.slice(model.inputNames.length),
      deviation: model.normalisation.targetDeviation,
    };
    const range = new FieldRange(model);
    const borderWidth = options.borderWidth ?? model.graphRule.radius / 4;
    const result = await evaluation.measure(range.through(fields), targets, borderWidth);
    if (evaluation.seenIds.length > 0) warn(seenText(evaluation.seenIds));
    const outOfRange = (range.result() ?? []).map(rangeText);
    for (const sentence of outOfRange) warn(sentence);
    await writeMeasurements(directory, {
      ...result,
      ...trainingSummary(modelBatch, model),
      outOfRange,
    });
  },
});

function seenText(ids: readonly string[]): string {
  const others = ids.length > 1 ? ` and ${countOf(ids.length - 1, "other test sample")}` : "";
  return `The targets of "${ids[0]}"${others} equal those of a training sample at every node: ` +
    "errors on them are not those of unseen samples";
}
