/**
 * Derived inputs on the way from a store over training to predictions.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { uniformCells } from "../../../io/mesh_cells.ts";
import { createMeshStore, openMeshStore } from "../../../io/mesh_store.ts";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { trueRows } from "../../../pipeline/batches/value_offsets.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";
import { loadModel } from "../../../pipeline/prediction/model.ts";
import { predictionPipeline } from "../../../pipeline/run/prediction_pipeline.ts";
import derive from "../../../pipeline/stages/derive.ts";
import load from "../../../pipeline/stages/load.ts";
import partition from "../../../pipeline/stages/partition.ts";
import predict from "../../../pipeline/stages/predict.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import stitch from "../../../pipeline/stages/stitch.ts";
import train from "../../../pipeline/stages/train.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import { runStage, runStageIn } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const NODES_ALONG = 7;
const SAMPLES = 3;
const LEVEL = 1000;
const FIELDS = [
  { kind: "smoothed", field: "k", length: 0.2 },
  { kind: "inverseMean", field: "k", length: 0.2 },
  { kind: "gradient", field: "k", length: 0.1 },
  { kind: "logDistance", to: "boundary", length: 0.01 },
  { kind: "decay", to: "wall", length: 0.1, name: "near_body" },
  { kind: "panel", velocity: "wind" },
] as const;
const DERIVED_NAMES = [
  "k_smoothed",
  "k_inverse_mean",
  "k_gradient.x",
  "k_gradient.y",
  "boundary_log",
  "near_body",
  "panel_velocity.x",
  "panel_velocity.y",
  "panel_pressure",
];
const WIND = [30, 5];
const NETWORK = {
  width: 4,
  hops: 1,
  encoderHidden: [4],
  decoderHidden: [4],
  kernelHidden: [4],
  seed: 1,
  device: "cpu",
};

/** Grids on the unit square with a hole, an input `k` around 1000, a wind and a target. */
async function writeStore(path: string): Promise<void> {
  const writer = await createMeshStore(path, {
    case: "own",
    dimensions: 2,
    cells: true,
    origin: [1e6, 2e6],
    fields: {
      k: { components: 1, unit: "m", role: "input", offset: [LEVEL] },
      wind: { components: 2, unit: "m/s", role: "input" },
      u: { components: 1, unit: "", role: "target" },
    },
    splits: { train: [0, 1], test: [2] },
  });
  const n = NODES_ALONG;
  const corners = Array.from({ length: (n - 1) ** 2 }, (_, k) => k)
    .filter((k) => k !== 14)
    .map((k) => k % (n - 1) + n * Math.trunc(k / (n - 1)))
    .flatMap((node) => [node, node + 1, node + n + 1, node + n]);
  for (let index = 0; index < SAMPLES; index++) {
    const values = (name: string) => fillUniform(hash(index, name), new Float32Array(n * n));
    await writer.add({
      id: `sample ${index}`,
      position: Float32Array.from(
        { length: 2 * n * n },
        (_, k) => (k % 2 === 0 ? (k / 2) % n : Math.trunc(k / 2 / n)) / (n - 1),
      ),
      cells: uniformCells(Uint32Array.from(corners), "quadrilateral"),
      fields: { k: values("k"), wind: windAtNodes(), u: values("u") },
    });
  }
  await writer.close();
}

function windAtNodes(): Float32Array {
  return Float32Array.from({ length: 2 * NODES_ALONG ** 2 }, (_, k) => WIND[k % 2]);
}

async function loadDerived(store: string, split: string): Promise<RecordBatch[]> {
  return await runStage(
    derive,
    { fields: FIELDS },
    await runStage(load, { store, split, cells: true }),
  );
}

Deno.test("derive, predictionPipeline() and loadModel() give a model the same inputs", async () => {
  await inTemporaryDirectory(async (directory) => {
    const store = join(directory, "own.zarr");
    await writeStore(store);
    const meshes = await loadDerived(store, "train");
    const scales = await runStage(statistics, {}, meshes);
    const rule = { radius: 0.4, maxEdges: 6 };
    const subdomains = await runStage(partition, {}, meshes);
    const graphs = await runStage(sample, { ...rule, epochs: 1 }, subdomains);
    const model = await runStageIn(directory, train, NETWORK, graphs, scales);

    const file = join(directory, "model.safetensors");
    const { model: saved } = await readModelFile(file);
    assert.deepEqual(saved.derived, FIELDS);
    assert.deepEqual(saved.inputNames, ["x", "y", "k", "wind.x", "wind.y", ...DERIVED_NAMES]);
    assert.deepEqual(saved.units.slice(5, 9), ["m", "1/m", "", ""]);
    const { inputMean, inputScale } = saved.normalisation;
    for (const first of [7, 11]) {
      assert.deepEqual([...inputMean.subarray(first, first + 2)], [0, 0], "a vector has mean 0");
      assert.equal(inputScale[first], inputScale[first + 1], "and one scale");
    }

    const tests = await loadDerived(store, "test");
    const parts = await runStage(partition, {}, tests);
    const cover = await runStage(sample, { ...rule, mode: "cover" }, parts);
    const predictions = await runStage(predict, { device: "cpu" }, model, cover);
    const [fields] = await runStage(stitch, {}, predictions, parts);
    const expected = fields.list("prediction", 0, "float32");

    const { stages } = predictionPipeline(saved, {
      model: file,
      store,
      out: join(directory, "predicted.zarr"),
      storeFields: ["k", "wind", "u"],
      storeCells: true,
    });
    assert.deepEqual(stages.inputs, { run: "derive", from: "meshes", with: { fields: FIELDS } });
    assert.equal(stages.subdomains.from, "inputs");
    assert.deepEqual(stages.meshes.with?.inputs, ["k", "wind"]);
    assert.equal(stages.meshes.with?.cells, true);

    using loaded = await loadModel(file, { device: "cpu" });
    assert.deepEqual(loaded.inputNames, ["k", "wind.x", "wind.y"]);
    const { id, position, fields: { k }, cells } = await (await openMeshStore(store))
      .read(2, { cells: true });
    const mesh = {
      id,
      cells,
      position: Float64Array.from(position, (x, i) => x + (i % 2 === 0 ? 1e6 : 2e6)),
      inputs: { k: Float64Array.from(k, (value) => value + LEVEL), wind: windAtNodes() },
    };
    assert.deepEqual((await loaded.predict(mesh)).u, expected);

    // Derived inputs beyond those of the training are reported as others are.
    const steepK = mesh.inputs.k.map((value, i) => value + 9 * (i % 2));
    const steep = { ...mesh, inputs: { ...mesh.inputs, k: steepK } };
    const outside = loaded.outsideRange(steep).map(({ name }) => name);
    assert.ok(outside.includes("k_gradient.x"), outside.join());
    await assert.rejects(loaded.predict({ ...mesh, cells: undefined }), {
      name: "DataError",
      message: /"sample 2" to its boundary: .*cells, the mesh has none; /,
    });
    const beyond = { ...cells!, connectivity: cells!.connectivity.map((node) => node + 40) };
    await assert.rejects(loaded.predict({ ...mesh, cells: beyond }), {
      name: "DataError",
      message: /nodes must be below 49, cell /,
    });
  });
});

Deno.test("stage derive measures distances, and refuses what it cannot derive", async () => {
  await inTemporaryDirectory(async (directory) => {
    const store = join(directory, "own.zarr");
    await writeStore(store);
    const [batch] = await loadDerived(store, "test");
    assert.deepEqual(batch.texts("inputNames", 0), [
      "x",
      "y",
      "k",
      "wind.x",
      "wind.y",
      ...DERIVED_NAMES,
    ]);
    const rows = trueRows(batch, "input");
    const width = 5 + DERIVED_NAMES.length;
    const n = NODES_ALONG;
    for (let node = 0; node < n * n; node++) {
      const [i, j] = [node % n, Math.trunc(node / n)];
      const boundary = Math.min(i, j, n - 1 - i, n - 1 - j, holeDistance(i, j)) / (n - 1);
      const [log, decay] = rows.slice(node * width + 9, node * width + 11);
      assert.ok(Math.abs(log - Math.log(boundary + 0.01)) < 1e-5);
      assert.ok(Math.abs(decay - Math.exp(-holeDistance(i, j) / (n - 1) / 0.1)) < 1e-5);
    }
    const refuses = async (fields: readonly unknown[], message: RegExp) =>
      await assert.rejects(
        async () => runStage(derive, { fields }, await runStage(load, { store })),
        (error) => {
          assert.ok(error instanceof DataError);
          assert.match(error.message, message);
          return true;
        },
      );
    await refuses([{ kind: "smoothed", field: "K", length: 1 }], /no input field "K".*"k"/);
    await refuses([{ kind: "distance", to: "wall" }], /cells, the mesh has none; read them/);
    await refuses([{ kind: "distance", to: "box", name: "k" }], /"k" is another input/);
    await refuses([{ kind: "panel", velocity: "wind" }], /cells, the mesh has none; read them/);
    await refuses([{ kind: "decay", field: "flag", length: 1 }], /no input field "flag"/);
  });
});

/** Distance of a node to the cell with corners (2, 2) and (3, 3), which is left out. */
function holeDistance(i: number, j: number): number {
  return Math.hypot(Math.max(2 - i, i - 3, 0), Math.max(2 - j, j - 3, 0));
}
