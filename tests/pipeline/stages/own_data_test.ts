/**
 * Values of a store's header on the way from store to prediction: origin, offsets, mask,
 * preparation, and inputs with the names of coordinates.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { createMeshStore, type MeshStoreHeader, openMeshStore } from "../../../io/mesh_store.ts";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { inMemoryPeers } from "../../../pipeline/engine/channels/peers.ts";
import { executeStage } from "../../../pipeline/engine/workers/execute_stage.ts";
import { readVtk } from "../../../io/vtk/read_vtk.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";
import { loadModel } from "../../../pipeline/prediction/model.ts";
import evaluate from "../../../pipeline/stages/evaluate.ts";
import load from "../../../pipeline/stages/load.ts";
import partition from "../../../pipeline/stages/partition.ts";
import predict from "../../../pipeline/stages/predict.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import stitch from "../../../pipeline/stages/stitch.ts";
import train from "../../../pipeline/stages/train.ts";
import vtk from "../../../pipeline/stages/vtk.ts";
import write from "../../../pipeline/stages/write.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import { readMeasurements } from "../../../pipeline/reporting/measurements_file.ts";
import { runStage, runStageIn } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const NODES = 24;
const SAMPLES = 3;
const ORIGIN = [4_650_000.125, 5_200_000.5];
const LEVEL = 101_325;
const PREPARATION = { inputs: ["x", "u"], targets: ["p"], cells: "average" };
const NETWORK = {
  width: 4,
  hops: 1,
  encoderHidden: [4],
  decoderHidden: [4],
  kernelHidden: [4],
  seed: 1,
  device: "cpu",
};

type Extras = Pick<MeshStoreHeader, "origin" | "mask" | "preparation" | "title">;

/** Writes meshes with an input called `x`, a vector and a target `p`, the same in any frame. */
async function writeStore(
  path: string,
  extras: Extras,
  { level = 0, fill = 0 }: { readonly level?: number; readonly fill?: number } = {},
): Promise<void> {
  const offset = level === 0 ? undefined : [level];
  const maskField = extras.mask === undefined ? {} : { [extras.mask]: { components: 1, unit: "" } };
  const writer = await createMeshStore(path, {
    case: "own",
    dimensions: 2,
    fields: {
      x: { components: 1, unit: "", role: "input" },
      u: { components: 2, unit: "m/s", role: "input" },
      p: { components: 1, unit: "Pa", role: "target", offset },
      ...maskField,
    },
    splits: { train: [0, 1], test: [2] },
    ...extras,
  });
  for (let index = 0; index < SAMPLES; index++) {
    const values = (name: string, length: number) =>
      fillUniform(hash(index, name), new Float32Array(length));
    const known = new Float32Array(NODES).map((_, node) => node % 3 === index ? 0 : 1);
    const p = values("p", NODES).map((value, node) =>
      extras.mask !== undefined && known[node] === 0 ? fill : value / 64
    );
    const fields = { x: values("x", NODES), u: values("u", 2 * NODES), p };
    await writer.add({
      id: `sample ${index}`,
      position: values("position", 2 * NODES),
      fields: extras.mask === undefined ? fields : { ...fields, [extras.mask]: known },
    });
  }
  await writer.close();
}

interface Trained {
  readonly file: string;
  readonly meshes: readonly RecordBatch[];
  readonly model: readonly RecordBatch[];
}

async function trainOn(directory: string, store: string, name: string): Promise<Trained> {
  const meshes = await runStage(load, { store });
  const scales = await runStage(statistics, {}, meshes);
  const subdomains = await runStage(partition, {}, meshes);
  const graphs = await runStage(sample, { radius: 0.4, maxEdges: 6, epochs: 2 }, subdomains);
  const modelFile = `${name}.safetensors`;
  const model = await runStageIn(directory, train, { ...NETWORK, modelFile }, graphs, scales);
  return { file: join(directory, modelFile), meshes, model };
}

async function fieldsOf(store: string, model: readonly RecordBatch[]): Promise<RecordBatch[]> {
  const meshes = await runStage(load, { store, split: "test" });
  const subdomains = await runStage(partition, {}, meshes);
  const cover = { mode: "cover", radius: 0.4, maxEdges: 6 };
  const graphs = await runStage(sample, cover, subdomains);
  const predictions = await runStage(predict, { device: "cpu" }, model, graphs);
  return await runStage(stitch, {}, predictions, subdomains);
}

Deno.test("Origin, offsets and preparation reach model, predictions and files", async () => {
  await inTemporaryDirectory(async (directory) => {
    const near = join(directory, "near.zarr");
    const far = join(directory, "far.zarr");
    await writeStore(near, {});
    await writeStore(far, { origin: ORIGIN, preparation: PREPARATION, title: "Far" }, {
      level: LEVEL,
    });
    const plain = await trainOn(directory, near, "plain");
    const moved = await trainOn(directory, far, "moved");

    const [a, b] = [
      (await readModelFile(plain.file)).model,
      (await readModelFile(moved.file)).model,
    ];
    assert.deepEqual(b.parameters, a.parameters, "learns from the rest");
    assert.deepEqual(b.inputNames, ["x", "y", "x", "u.x", "u.y"]);
    assert.equal(b.dimensions, 2);
    assert.deepEqual(b.preparation, PREPARATION);
    assert.equal(b.title, "Far");
    assert.deepEqual([...b.normalisation.valueOffset], [...ORIGIN, 0, 0, 0, LEVEL]);
    assert.equal(a.normalisation.valueOffset.length, 0);

    const fields = await fieldsOf(far, moved.model);
    const [expected] = await fieldsOf(near, plain.model);
    assert.deepEqual(fields[0].list("prediction", 0), expected.list("prediction", 0));

    await runStageIn(directory, write, { store: "predicted.zarr" }, fields);
    const predicted = await openMeshStore(join(directory, "predicted.zarr"));
    const { origin, title, fields: { p, p_predicted } } = predicted.attributes;
    assert.deepEqual([origin, title], [ORIGIN, "Far"]);
    assert.deepEqual([p.offset, p_predicted.offset], [[LEVEL], [LEVEL]]);
    const test = await (await openMeshStore(far)).read(2);
    assert.deepEqual((await predicted.read(0)).fields.x, test.fields.x);

    await runStageIn(directory, vtk, {}, fields);
    const drawn = await readVtk(join(directory, "vtk", "sample_2.vtu"));
    const rest = expected.list("prediction", 0, "float32");
    assert.ok(drawn.points instanceof Float64Array);
    assert.equal(drawn.points[0], test.position[0] + ORIGIN[0]);
    assert.equal(drawn.pointData.p_predicted.values[5], rest[5] + LEVEL);
    const error = drawn.pointData.p_error.values[5];
    assert.ok(Math.abs(Number(error) - (rest[5] - test.fields.p[5])) < 1e-9);

    using model = await loadModel(moved.file, { device: "cpu" });
    const position = Float64Array.from(test.position, (value, k) => value + ORIGIN[k % 2]);
    const inputs = { x: test.fields.x, u: test.fields.u };
    const mesh = { id: "sample 2", position, inputs };
    const values = (await model.predict(mesh, { onWarning() {} })).p;
    assert.ok(values instanceof Float64Array);
    assert.deepEqual(values, Float64Array.from(rest, (value) => value + LEVEL));
    const component = (c: number) => test.fields.u.filter((_, k) => k % 2 === c);
    const separate = { x: inputs.x, "u.x": component(0), "u.y": component(1) };
    const again = await model.predict({ ...mesh, inputs: separate }, { onWarning() {} });
    assert.deepEqual(again.p, values);
    assert.deepEqual(model.inputNames, ["x", "u.x", "u.y"]);
    await assert.rejects(
      model.predict({ ...mesh, inputs: { ...separate, u: inputs.u } }),
      /input "u" must be given once, received it and "u\.x", "u\.y"/,
    );
    await assert.rejects(model.predict({ ...mesh, inputs: { u: inputs.u } }), /"x" is missing/);
    await assert.rejects(
      model.predict({ ...mesh, position: position.map((value) => value + 4e6) }),
      /near the origin of the model.*float32 has steps of/,
    );
    const warnings: string[] = [];
    const rounded = { ...mesh, position: Float32Array.from(position) };
    await model.predict(rounded, { onWarning: (warning) => warnings.push(warning) });
    assert.match(warnings[0], /^Positions are rounded.*pass them in float64$/);
  });
});

Deno.test("Stores of different origins and offsets meet in one model", async () => {
  await inTemporaryDirectory(async (directory) => {
    const near = join(directory, "near.zarr");
    const far = join(directory, "far.zarr");
    await writeStore(near, {});
    await writeStore(far, { origin: [0.25, -0.5] }, { level: 2 });
    const { model, meshes } = await trainOn(directory, near, "plain");
    const fields = await fieldsOf(far, model);
    await runStageIn(directory, evaluate, {}, fields, model, meshes);
    const { metrics: [network] } = (await readMeasurements(directory))!;
    const predicted = fields[0].list("prediction", 0);
    const truth = Array.from(fields[0].list("target", 0), (value) => Number(value) + 2);
    const squares = truth.reduce((sum, value, k) => sum + (Number(predicted[k]) - value) ** 2, 0);
    const rmse = Math.sqrt(squares / NODES);
    assert.ok(Math.abs(network.metrics.rmse - rmse) < 1e-12 * rmse);
    // The same true positions predict the same, whatever the origin of their store.
    const { position, fields: { x, u } } = await (await openMeshStore(far)).read(2);
    const truePosition = position.map((value, k) => value + (k % 2 === 0 ? 0.25 : -0.5));
    using loaded = await loadModel(join(directory, "plain.safetensors"), { device: "cpu" });
    const mesh = { id: "sample 2", position: truePosition, inputs: { x, u } };
    const { p } = await loaded.predict(mesh, { onWarning() {} });
    p.forEach((value, node) => assert.ok(Math.abs(value - Number(predicted[node])) < 1e-6));
    await runStageIn(directory, write, {}, fields);
    const { origin, fields: info } =
      (await openMeshStore(join(directory, "predictions.zarr"))).attributes;
    assert.deepEqual([origin, info.p.offset], [[0.25, -0.5], [2]]);
    assert.equal(info.p_predicted.offset, undefined);
  });
});

/** Parameters, losses and certificate of a training on all ranks in this thread. */
async function trainOnRanks(directory: string, store: string, ranks: number) {
  const meshes = await runStage(load, { store });
  const scales = await runStage(statistics, {}, meshes);
  const subdomains = await runStage(partition, { parts: ranks }, meshes);
  const graphs = await runStage(sample, { radius: 0.5, maxEdges: 6 }, subdomains);
  const { signal } = new AbortController();
  const models = inMemoryPeers(ranks, signal).map(async (peers, rank) => {
    const own = graphs.filter((graph) => graph.value("rank", 0, "int32") === rank);
    const [model] = await Array.fromAsync(executeStage(train, {
      name: "model",
      options: { ...NETWORK, modelFile: `${ranks}.safetensors` },
      rank,
      ranks,
      inputs: [own, scales].map(async function* (batches) {
        yield* batches;
      }),
      peers,
      directory,
      signal,
      beat() {},
      progress() {},
      record() {},
      warn() {},
    }));
    return model;
  });
  const [model] = await Promise.all(models);
  return {
    parameters: model.list("parameters", 0, "float32"),
    losses: model.list("losses", 0, "float64"),
    certificate: model.value("certificate", 0, "utf8"),
  };
}

Deno.test("Unknown targets change nothing, on one rank or several, but are predicted", async () => {
  await inTemporaryDirectory(async (directory) => {
    const [zero, huge] = [join(directory, "zero.zarr"), join(directory, "huge.zarr")];
    await writeStore(zero, { mask: "valid" });
    await writeStore(huge, { mask: "valid" }, { fill: 1e6 });
    const trained = await trainOn(directory, zero, "zero");
    const other = await trainOn(directory, huge, "huge");
    const { model } = await readModelFile(trained.file);
    assert.deepEqual((await readModelFile(other.file)).model, model);
    assert.deepEqual(model.inputNames, ["x", "y", "x", "u.x", "u.y"], "the mask is no input");
    await assert.rejects(
      runStage(load, { store: zero, inputs: ["x", "valid"] }),
      /Cannot load field "valid".*mask of known targets/,
    );

    const alone = await trainOnRanks(directory, huge, 1);
    const divided = await trainOnRanks(directory, huge, 3);
    assert.ok(JSON.parse(divided.certificate).gradientError < 3e-5);
    alone.losses.forEach((loss, k) =>
      assert.ok(Math.abs(divided.losses[k] / loss - 1) < 1e-4, `step ${k + 1}`)
    );

    const fields = await fieldsOf(huge, trained.model);
    const known = fields[0].list("known", 0);
    await runStageIn(directory, evaluate, {}, fields, trained.model, other.meshes);
    const { metrics } = (await readMeasurements(directory))!;
    for (const { method, metrics: { nodeCount, rmse } } of metrics) {
      assert.equal(nodeCount, NODES - NODES / 3, method);
      assert.ok(rmse < 1, `${method}: ${rmse}`);
    }
    await runStageIn(directory, write, {}, fields);
    const store = await openMeshStore(join(directory, "predictions.zarr"));
    assert.equal(store.attributes.mask, "known");
    assert.deepEqual((await store.read(0)).fields.known, known);
    await runStageIn(directory, vtk, {}, fields);
    const { pointData } = await readVtk(join(directory, "vtk", "sample_2.vtu"));
    known.forEach((flag, node) => {
      assert.equal(Number.isNaN(pointData.p.values[node]), flag === 0);
      assert.ok(Number.isFinite(pointData.p_predicted.values[node]), "predicted everywhere");
    });
  });
});

Deno.test("A graph without known targets has gradient 0, data without are refused", async () => {
  await inTemporaryDirectory(async (directory) => {
    const store = join(directory, "own.zarr");
    await writeStore(store, { mask: "valid" });
    const meshes = await runStage(load, { store });
    const scales = await runStage(statistics, {}, meshes);
    const unknown = meshes.map((mesh, k) =>
      createRecordBatch(mesh.schema, [{
        ...mesh.row(0),
        known: k === 0 ? new Float32Array(NODES) : mesh.list("known", 0, "float32"),
      }])
    );
    const subdomains = await runStage(partition, {}, unknown);
    const graphs = await runStage(sample, { radius: 0.5, maxEdges: 6, epochs: 2 }, subdomains);
    const [model] = await runStageIn(directory, train, NETWORK, graphs, scales);
    const losses = model.list("losses", 0, "float64");
    graphs.forEach((graph, step) => {
      if (graph.list("counted", 0, "float32").includes(1)) assert.ok(losses[step] > 0);
      else assert.equal(losses[step], losses[step - 1] ?? 0, "repeats the loss before");
    });
    assert.ok(model.list("parameters", 0, "float32").every(Number.isFinite));
    const none = meshes.map((mesh) =>
      createRecordBatch(mesh.schema, [{ ...mesh.row(0), known: new Float32Array(NODES) }])
    );
    await assert.rejects(runStage(statistics, {}, none), /targets must be known at one node/);
  });
});
