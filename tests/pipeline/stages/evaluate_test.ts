import assert from "node:assert/strict";
import { join } from "node:path";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import {
  MEASUREMENTS_FILE,
  readMeasurements,
} from "../../../pipeline/reporting/measurements_file.ts";
import partition from "../../../pipeline/stages/partition.ts";
import evaluate from "../../../pipeline/stages/evaluate.ts";
import { FIELD } from "../../../pipeline/batches/batch_schemas.ts";
import { runStage, runStageIn, warningsIn } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "./meshes.ts";
import { trainedModel } from "./trained_model.ts";

const TRAINING = Array.from({ length: 5 }, (_, k) => meshBatch(`train${k}`, 40 + k, k, 5));

/** Test meshes whose prediction is the truth plus a share that depends on the index. */
async function predictedFields(count: number): Promise<RecordBatch[]> {
  const meshes = Array.from({ length: count }, (_, k) => meshBatch(`test${k}`, 50 + k, k, count));
  return (await runStage(partition, { parts: 2 }, meshes)).map((mesh, k) => {
    const prediction = mesh.list("target", 0, "float32").map((value) =>
      value * (1 + (k * 3 % 5) / 10)
    );
    return createRecordBatch(FIELD, [{ ...mesh.row(0), prediction, predictedNames: ["solution"] }]);
  });
}

const TARGETS = [{ name: "solution", unit: "", scale: 0.5 }];

Deno.test(
  "evaluate measures the same, byte for byte, whatever the limit of meshes in " + "memory",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const fields = await predictedFields(5);
      const range = { inputMin: [-9, -9, 99], inputMax: [9, 9, 101] };
      const model = await trainedModel(directory, TARGETS, range);
      const measure = async (keptMeshMiB: number) => {
        await runStageIn(directory, evaluate, { keptMeshMiB }, fields, model, TRAINING);
        return await Deno.readTextFile(join(directory, MEASUREMENTS_FILE));
      };
      const expected = await measure(1024);
      // All are spilled; or all but one training mesh, and two fields are measured at a time.
      for (const bound of [0, 2.5 * fields[0].byteLength / 2 ** 20]) {
        assert.equal(await measure(bound), expected);
      }
      assert.deepEqual(
        [...Deno.readDirSync(directory)].map(({ name }) => name).sort(),
        ["model.safetensors", MEASUREMENTS_FILE],
      );

      const measurements = (await readMeasurements(directory))!;
      const { metrics: [network, nearest], samples, densities, outOfRange } = measurements;
      assert.equal(outOfRange?.length, 1);
      assert.match(outOfRange[0], /^coefficient is outside .* 99\.0 to 101 at 100.% of the nodes/);
      // Errors of 0, 30, 10, 40 and 20 %.
      assert.deepEqual(samples.map(({ label, id }) => [label, id]), [
        ["median", "test4"],
        ["worst", "test3"],
        ["best", "test0"],
        ["", "test1"],
        ["", "test2"],
      ]);
      const sampleErrors = network.metrics.relativeL2.samples.map(({ relativeL2 }) => relativeL2!);
      [0, 0.3, 0.1, 0.4, 0.2].forEach((error, k) =>
        assert.ok(Math.abs(sampleErrors[k] - error) < 1e-6)
      );
      const nodeCount = fields.reduce((sum, field) => sum + field.list("target", 0).length, 0);
      const counted = densities![0].errors.counts.reduce((sum, count) => sum + count, 0);
      assert.equal(counted, nodeCount);
      assert.ok(nearest.metrics.relativeL2.mean > 0.5, "fields of noise do not predict each other");
    });
  },
);

Deno.test("evaluate warns of test samples that equal a training sample", () =>
  inTemporaryDirectory(async (directory) => {
    const fields = await predictedFields(3);
    const model = await trainedModel(directory, TARGETS);
    const warningsFor = (training: readonly RecordBatch[]) =>
      warningsIn(directory, evaluate, {}, fields, model, training);
    assert.deepEqual(await warningsFor(TRAINING), []);
    const seen = [0, 1].map((k) => meshBatch(`test${k}`, 50 + k, k, 3));
    const warnings = await warningsFor([TRAINING[0], ...seen]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /"test0" and 1 other test sample equal those of a training sample/);
  }));
