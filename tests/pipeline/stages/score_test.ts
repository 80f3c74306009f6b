import assert from "node:assert/strict";
import { join } from "node:path";
import { createRecordBatch } from "../../../io/record_batch.ts";
import { parseExactJson } from "../../../io/exact_json.ts";
import { NO_RANGE } from "../../../pipeline/training/range_of_fields.ts";
import { runStageInMemory } from "../../../pipeline/engine/workers/run_in_memory.ts";
import score, { type Prediction, PREDICTION_FILE } from "../../../pipeline/stages/score.ts";
import partition from "../../../pipeline/stages/partition.ts";
import { FIELD } from "../../../pipeline/batches/batch_schemas.ts";
import { runStage, runStageIn } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "./meshes.ts";
import type { TrainingRange } from "../../../pipeline/training/training_range.ts";
import { trainedModel } from "./trained_model.ts";

const TARGETS = [
  { name: "velocity.x", unit: "m/s", scale: 1 },
  { name: "velocity.y", unit: "m/s", scale: 1 },
  { name: "pressure", unit: "Pa", scale: 5 },
];

/**
 * Measures of a prediction of velocity (1, 2) and pressure 3 everywhere, for known target values.
 */
async function measured(known: Readonly<Record<string, number>>): Promise<Prediction> {
  return await inTemporaryDirectory(async (directory) => {
    const model = await trainedModel(directory, TARGETS);
    const [mesh] = await runStage(partition, {}, [meshBatch("a", 20)]);
    const names = Object.keys(known);
    const values = Object.values(known);
    const field = createRecordBatch(FIELD, [{
      ...mesh.row(0),
      target: Float32Array.from({ length: 20 * names.length }, (_, k) => values[k % names.length]),
      targetNames: names,
      prediction: Float32Array.from({ length: 60 }, (_, k) => 1 + k % 3),
      predictedNames: TARGETS.map(({ name }) => name),
    }]);
    await runStageIn(directory, score, {}, [field], model);
    return parseExactJson(await Deno.readTextFile(join(directory, PREDICTION_FILE)));
  });
}

Deno.test("score measures the targets that the store has", async () => {
  const all = await measured({ "velocity.x": 1, "velocity.y": 1, pressure: 4 });
  assert.deepEqual(Object.keys(all.metrics!.fields), ["velocity", "pressure"]);
  assert.ok(Math.abs(all.metrics!.rmse - Math.sqrt(2 / 3)) < 1e-6);
  const some = await measured({ pressure: 4 });
  const { pressure } = some.metrics!.fields;
  assert.deepEqual([pressure.unit, pressure.rmse], ["Pa", 1]);
  assert.ok(Math.abs(pressure.normalisedRmse - 0.2) < 1e-12);
  assert.equal(some.metrics!.relativeL2.mean, 0.25);
  assert.deepEqual(pressure, all.metrics!.fields.pressure);
  // In another order.
  const swapped = await measured({ pressure: 4, "velocity.x": 1, "velocity.y": 1 });
  assert.deepEqual(swapped.metrics!.fields.velocity, all.metrics!.fields.velocity);
  assert.deepEqual(await measured({}), { sampleCount: 1 });
  await assert.rejects(
    measured({ pressure: 4, density: 1 }),
    /Cannot measure sample "a": its targets must be of the model, .* received pressure, density/,
  );
});

/** Warnings about two meshes, for a model with a range of its training or without. */
async function warningsWith(range?: TrainingRange, truth = 4): Promise<readonly string[]> {
  return await inTemporaryDirectory(async (directory) => {
    const model = await trainedModel(directory, [TARGETS[2]], range);
    const meshes = await runStage(partition, {}, [meshBatch("a", 20), meshBatch("b", 20)]);
    const fields = meshes.map((mesh) =>
      createRecordBatch(FIELD, [{
        ...mesh.row(0),
        target: new Float32Array(20).fill(truth),
        targetNames: ["pressure"],
        prediction: new Float32Array(20),
        predictedNames: ["pressure"],
      }])
    );
    const warnings: string[] = [];
    const inputs = [fields, model].map(async function* (batches) {
      yield* batches;
    });
    const onWarning = (sentence: string) => warnings.push(sentence);
    await Array.fromAsync(runStageInMemory(score, { options: {}, inputs, directory, onWarning }));
    return warnings;
  });
}

Deno.test("score warns once of inputs outside the range of the training", async () => {
  // No value of the meshes is beyond 1.
  const [warning, ...others] = await warningsWith({ inputMin: [-9, -9, 4], inputMax: [9, 9, 5] });
  assert.match(warning, /^coefficient is outside .* 4\.00 to 5\.00 at 100.% of the nodes, .*/);
  assert.match(warning, /standard deviations beyond\)$/);
  assert.deepEqual(others, []);
  assert.deepEqual(await warningsWith({ inputMin: [-9, -9, -9], inputMax: [9, 9, 9] }), []);
  assert.deepEqual(await warningsWith(), [NO_RANGE], "a model of an earlier version");
  const [, far, ...rest] = await warningsWith(undefined, -9999);
  assert.match(
    far,
    /^pressure of sample "a" has the known value −9,999, 2,000 standard deviations/,
  );
  assert.deepEqual(rest, []);
});
