/** Evaluates a trained network on unseen samples, for the report. @module */

import { z } from "zod";
import { KeptBatches } from "../../io/kept_batches.ts";
import { defineStage } from "../engine/definition/stage.ts";
import { FIELD, MESH, MODEL } from "../batches/batch_schemas.ts";
import { keptMeshMiB } from "../batches/mesh_memory.ts";
import { AIRFRANS_REFERENCE } from "../reporting/flow/force_metrics.ts";
import { MEASUREMENTS_FILE, writeMeasurements } from "../reporting/measurements_file.ts";
import { Evaluation } from "../reporting/metrics/evaluation.ts";
import { firstBatch, readModel } from "../training/model_batch.ts";
import { trainingSummary } from "../training/training_summary.ts";

export default defineStage({
  name: "evaluate",
  description:
    "Measures predictions on unseen samples against the truth and two baselines, for the report.",
  options: z.strictObject({
    /**
     * Nodes this near to another subdomain count as border nodes, in units of the positions.
     * @default a quarter of the radius; without a radius, borders are not measured
     */
    borderWidth: z.number().positive().optional(),
    /**
     * Kinematic viscosity of a flow around a body, for the wall shear: by default that of air, in
     * m²/s.
     */
    viscosity: z.number().positive().default(AIRFRANS_REFERENCE.viscosity),
    /**
     * Chord of a body in a flow, in units of the positions: what coefficients of lift and drag
     * refer to.
     */
    chord: z.number().positive().default(AIRFRANS_REFERENCE.chord),
    /**
     * Most memory for training meshes, which the baselines read again, and predicted ones, of which
     * figures are drawn, in MiB; the others wait in a temporary file in the run's directory. While
     * training meshes are searched, as much again.
     */
    keptMeshMiB,
  }),
  inputs: [FIELD, MODEL, MESH],
  repeats: { writes: () => [MEASUREMENTS_FILE] },
  async run({ inputs: [fields, models, trainingMeshes], options, directory, beat }) {
    const keptBytes = options.keptMeshMiB * 2 ** 20;
    using meshes = new KeptBatches(directory, keptBytes);
    const evaluation = new Evaluation(meshes, keptBytes, beat);
    for await (const mesh of trainingMeshes) await evaluation.addTrainingMesh(mesh);
    const modelBatch = await firstBatch(models, "the trained model");
    const model = readModel(modelBatch);
    const targets = {
      names: model.targetNames,
      units: model.units.slice(model.inputNames.length),
      deviation: model.normalisation.targetDeviation,
    };
    const result = await evaluation.measure(fields, targets, {
      borderWidth: options.borderWidth ?? model.graphRule.radius / 4,
      reference: { viscosity: options.viscosity, chord: options.chord },
    });
    await writeMeasurements(directory, { ...result, ...trainingSummary(modelBatch, model) });
  },
});
