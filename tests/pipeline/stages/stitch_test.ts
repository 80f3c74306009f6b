import assert from "node:assert/strict";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import partition from "../../../pipeline/stages/partition.ts";
import { PREDICTION } from "../../../pipeline/batches/batch_schemas.ts";
import { localFit } from "../../../pipeline/prediction/local_fit.ts";
import stitch from "../../../pipeline/stages/stitch.ts";
import { runStage } from "../../support/run_stage.ts";
import { meshBatch } from "./meshes.ts";

/** A part that predicts `10 · node + round` for its nodes. */
function part(index: number, nodes: readonly number[], round = 0, rounds = 1): RecordBatch {
  return createRecordBatch(PREDICTION, [{
    index,
    round,
    rounds,
    rank: 0,
    nodes: Uint32Array.from(nodes),
    targetNames: ["solution"],
    prediction: Float32Array.from(nodes, (node) => 10 * node + round),
  }]);
}

async function stitched(
  parts: readonly RecordBatch[],
  ...meshes: readonly RecordBatch[]
): Promise<RecordBatch[]> {
  return await runStage(stitch, {}, parts, await runStage(partition, { parts: 1 }, meshes));
}

Deno.test("stitch assembles parts in any order, and retains the columns of the mesh", async () => {
  const mesh = meshBatch("a", 5, 7);
  const [field] = await stitched([part(7, [4, 2]), part(7, []), part(7, [0, 3, 1])], mesh);
  assert.deepEqual(field.list("prediction", 0), Float32Array.of(0, 10, 20, 30, 40));
  assert.deepEqual(field.texts("predictedNames", 0), ["solution"]);
  assert.deepEqual(field.list("target", 0), mesh.list("target", 0));
  assert.equal(field.value("id", 0), "a");
});

Deno.test("stitch yields the mean over the rounds", async () => {
  const [field] = await stitched(
    [part(0, [1], 1, 2), part(0, [0, 1], 0, 2), part(0, [0], 1, 2)],
    meshBatch("a", 2),
  );
  assert.deepEqual(field.list("prediction", 0), Float32Array.of(0.5, 10.5));
});

Deno.test("stitch fits the assembled prediction if asked to", async () => {
  const mesh = meshBatch("a", 30);
  const [values] = await stitched([part(0, [...Array(30).keys()])], mesh);
  const [fitted] = await runStage(
    stitch,
    { fitLength: 1 },
    [part(0, [...Array(15).keys()]), part(0, [...Array(15).keys()].map((node) => node + 15))],
    await runStage(partition, { parts: 1 }, [mesh]),
  );
  const nodes = { position: mesh.list("position", 0, "float32"), dimensions: 2, width: 1 };
  const mean = values.list("prediction", 0, "float32");
  assert.deepEqual(fitted.list("prediction", 0, "float32"), localFit(mean, nodes, 1));
});

Deno.test(
  "stitch yields fields in the order of the meshes, whichever is complete " + "first",
  async () => {
    const meshes = [3, 1, 2].map((index) => meshBatch(`m${index}`, 2, index, 3));
    const parts = [part(2, [0, 1]), part(1, [1]), part(3, [1, 0]), part(1, [0])];
    const fields = await stitched(parts, ...meshes);
    assert.deepEqual(fields.map((field) => field.value("id", 0)), ["m3", "m1", "m2"]);
  },
);

Deno.test("stitch names a node that is predicted twice, never predicted, or unknown", async () => {
  const mesh = meshBatch("a", 3);
  await assert.rejects(stitched([part(0, [0, 1]), part(0, [1, 2])], mesh), {
    name: "RangeError",
    message: /sample "a": every node .* once per round, node 1 of 3 .* again in round 0/,
  });
  await assert.rejects(stitched([part(0, [2, 0])], mesh), {
    name: "RangeError",
    message: /sample "a": every node must be predicted, node 1 was not/,
  });
  await assert.rejects(
    stitched([part(0, [0, 1, 2], 0, 2), part(0, [0, 2], 1, 2)], mesh),
    /node 1 was not/,
  );
  await assert.rejects(stitched([], mesh), /node 0 was not/);
  await assert.rejects(stitched([part(0, [3])], mesh), {
    name: "RangeError",
    message: /node 3 of 3/,
  });
});

Deno.test("stitch names a sample that is unknown or complete", async () => {
  await assert.rejects(stitched([part(9, [0])], meshBatch("a", 3)), /sample 9: .*unknown/);
  await assert.rejects(
    stitched([part(0, [0]), part(0, [0])], meshBatch("a", 1)),
    /sample 0: .*complete/,
  );
});
