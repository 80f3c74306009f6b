/**
 * Prediction in workers, from a model file to a store of fields, on a Darcy data set of 17 × 17
 * nodes. @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { createRecordBatch } from "../../../io/record_batch.ts";
import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import { generateDarcyStore } from "../../../pipeline/datasets/darcy/darcy_store.ts";
import { runStages } from "../../../pipeline/engine/workers/run_stages.ts";
import { definePipeline } from "../../../pipeline/stages/built_in_pipeline.ts";
import { parseNetworkConfig } from "../../../pipeline/model/config.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { loadModel } from "../../../pipeline/prediction/model.ts";
import { readGraph } from "../../../pipeline/batches/graph_rows.ts";
import type { TrainedModel } from "../../../pipeline/training/model_batch.ts";
import { writeModelFile } from "../../../pipeline/training/model_file.ts";
import partition from "../../../pipeline/stages/partition.ts";
import predict from "../../../pipeline/stages/predict.ts";
import readModel from "../../../pipeline/stages/read_model.ts";
import { STAGES } from "../../../pipeline/stages/registry.ts";
import sample from "../../../pipeline/stages/sample.ts";
import { difference, largest, PREDICTION_LIMIT, within } from "../../support/exactness.ts";
import { runStage } from "../../support/run_stage.ts";
import { computeAlone } from "../../support/sample.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "./meshes.ts";

const config = parseNetworkConfig({
  network: "dsmpnn",
  inputs: 3,
  outputs: 1,
  width: 6,
  hops: 3,
  encoderHidden: [8],
  decoderHidden: [8],
  kernelHidden: [10],
  hopActivation: "identity",
  residual: true,
  rootWeight: false,
  hopNorm: "none",
  edgeUpdate: "decoded",
}, "the test");

const MODEL: TrainedModel = {
  config,
  parameters: new ParameterLayout(config).initialValues(6),
  normalisation: {
    inputMean: Float64Array.of(0.5, 0.5, 7),
    inputScale: Float64Array.of(0.3, 0.3, 4),
    targetMean: Float64Array.of(-3),
    targetScale: Float64Array.of(20),
    targetPowers: new Float64Array(0),
    targetDeviation: Float64Array.of(20),
    valueOffset: new Float64Array(0),
  },
  dimensions: 2,
  inputNames: ["x", "y", "coefficient"],
  targetNames: ["solution"],
  units: ["", "", "", ""],
  graphRule: { edges: "radius", radius: 0.2, maxEdges: 12, sampledNodes: 0 },
};

Deno.test("predict gives the network's values in physical units", async () => {
  await inTemporaryDirectory(async (directory) => {
    const file = join(directory, "model.safetensors");
    await writeModelFile(file, MODEL, {});
    const models = await runStage(readModel, { file });
    const subdomains = await runStage(partition, {}, [meshBatch("a", 40)]);
    const graphs = await runStage(sample, { radius: 0.3, maxEdges: 6 }, subdomains);
    const [predicted] = await runStage(predict, { device: "cpu" }, models, graphs);

    const { input, offsets, senders, nodes } = readGraph(graphs[0]);
    const { inputMean, inputScale } = MODEL.normalisation;
    const { prediction } = await computeAlone(createCpuDevice(), {
      config,
      graph: { nodeCount: 40, offsets, senders },
      input: input.map((value, k) => (value - inputMean[k % 3]) / inputScale[k % 3]),
      target: new Float32Array(40),
      counted: new Float32Array(40).fill(1),
      parameters: MODEL.parameters,
      steps: 1,
      learningRate: 1,
    });
    assert.deepEqual(predicted.list("nodes", 0), nodes);
    const expected = Array.from(prediction, (value) => 20 * value - 3);
    within(
      difference(predicted.list("prediction", 0), expected) / 20,
      PREDICTION_LIMIT,
      "prediction",
    );

    const { inputNames: _names, ...row } = graphs[0].row(0);
    const renamed = createRecordBatch(graphs[0].schema, [{
      ...row,
      inputNames: ["x", "y", "permeability"],
    }]);
    await assert.rejects(runStage(predict, { device: "cpu" }, models, [renamed]), {
      name: "DataError",
      message: /sample "a": the model reads x, y, coefficient, the data have x, y, permeability/,
    });
    await assert.rejects(
      runStage(predict, { device: "cpu" }, [], graphs),
      /the trained model: the input must have a row/,
    );

    const referred = join(directory, "referred.safetensors");
    const targetPowers = Float64Array.of(0, 0, 2);
    await writeModelFile(
      referred,
      { ...MODEL, normalisation: { ...MODEL.normalisation, targetPowers } },
      {},
    );
    const [scaled] = await runStage(
      predict,
      { device: "cpu" },
      await runStage(readModel, { file: referred }),
      graphs,
    );
    const coefficients = predicted.list("prediction", 0).map((_, k) => input[3 * k + 2]);
    assert.deepEqual(
      scaled.list("prediction", 0),
      predicted.list("prediction", 0, "float32").map((value, k) => value * coefficients[k] ** 2),
      "multiplied by the divisors of the nodes",
    );

    const mesh = meshBatch("a", 40);
    const position = mesh.list("position", 0, "float32");
    const coefficient = mesh.list("input", 0, "float32").filter((_, k) => k % 3 === 2);
    const solutionOf = async (file: string) => {
      using model = await loadModel(file, { device: "cpu" });
      return (await model.predict({ position, inputs: { coefficient } })).solution;
    };
    assert.deepEqual(
      await solutionOf(referred),
      (await solutionOf(file)).map((value, node) => value * coefficient[node] ** 2),
      "with a loaded model too",
    );

    const lengths = join(directory, "lengths.safetensors");
    await writeModelFile(lengths, { ...MODEL, units: ["m", "m", "m²", "Pa"] }, {});
    const predictIn = async (...units: readonly string[]) => {
      const graph = createRecordBatch(graphs[0].schema, [{ ...graphs[0].row(0), units }]);
      return await runStage(
        predict,
        { device: "cpu" },
        await runStage(readModel, { file: lengths }),
        [
          graph,
        ],
      );
    };
    const [same] = await predictIn("m", "m", "", "Pa");
    assert.deepEqual(same.list("prediction", 0), predicted.list("prediction", 0));
    await assert.rejects(predictIn("mm", "mm", "m²", "Pa"), {
      name: "DataError",
      message: /sample "a": x must be in m, .* the data have it in mm; convert them/,
    });
    await assert.rejects(
      predictIn("m", "m", "m²", "bar"),
      /solution must be in Pa, .* in bar/,
    );
  });
});

Deno.test(
  "prediction in workers gives the same fields on 1 and 3 ranks, with channels " +
    "smaller than a mesh",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const store = join(directory, "darcy.zarr");
      const file = join(directory, "model.safetensors");
      await generateDarcyStore(store, {
        count: 4,
        resolution: 17,
        seed: 8,
        shares: { train: 0, validation: 0, test: 4 },
      });
      await writeModelFile(file, MODEL, {});
      const fields = async (ranks: number) => {
        const output = join(directory, `ranks${ranks}`);
        const pipeline = definePipeline({
          name: "predict",
          stages: {
            meshes: { run: "load", with: { store, split: "test" } },
            subdomains: { run: "partition", from: "meshes", with: { parts: ranks } },
            graphs: {
              run: "sample",
              from: "subdomains",
              with: { mode: "cover", nodes: 100, rounds: 2, radius: 0.2, maxEdges: 12 },
            },
            model: { run: "read_model", with: { file } },
            predictions: {
              run: "predict",
              from: ["model", "graphs"],
              ranks,
              with: { device: "cpu" },
            },
            fields: { run: "stitch", from: ["predictions", "subdomains"] },
            store: { run: "write", from: "fields" },
          },
        });
        const warnings: string[] = [];
        await runStages(pipeline, {
          registry: STAGES,
          directory: output,
          // A mesh has about 20 kB: no channel holds more than one.
          channelBytes: 4096,
          onEvent: (event) => event.type === "warning" && warnings.push(event.message),
        });
        assert.deepEqual(warnings, [], "no stage had to wait for a stage that waited for it");
        return await openMeshStore(join(output, "predictions.zarr"));
      };
      const [truth, one, three] = [await openMeshStore(store), await fields(1), await fields(3)];
      assert.deepEqual(one.attributes, three.attributes);
      assert.deepEqual(one.attributes.ids, truth.attributes.ids);
      for (let index = 0; index < truth.sampleCount; index++) {
        const [given, first, third] = await Promise.all(
          [truth, one, three].map((store) => store.read(index)),
        );
        assert.deepEqual([first.position, first.fields.solution], [
          given.position,
          given.fields.solution,
        ]);
        const predicted = first.fields.solution_predicted;
        const error = difference(third.fields.solution_predicted, predicted) / largest(predicted);
        within(error, PREDICTION_LIMIT, `prediction of sample ${index}`);
        assert.ok(new Set(predicted).size > 200, "the field is not constant");
      }
    });
  },
);
