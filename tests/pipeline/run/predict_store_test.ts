import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { generateDarcyStore } from "../../../pipeline/datasets/darcy/darcy_store.ts";
import { predictStore } from "../../../pipeline/run/predict_store.ts";
import { loadModel } from "../../../pipeline/prediction/model.ts";
import { localFit } from "../../../pipeline/prediction/local_fit.ts";
import { GIVEN_GRAPH } from "../../../pipeline/batches/graph_rows.ts";
import { readModelFile, writeModelFile } from "../../../pipeline/training/model_file.ts";
import { difference, largest, PREDICTION_LIMIT, within } from "../../support/exactness.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

Deno.test(
  "predictStore() and loadModel() follow a rule of nearest neighbours, and what is chosen " +
    "instead",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const store = join(directory, "darcy.zarr");
      const file = join(directory, "model.safetensors");
      const shares = { train: 0, validation: 0, test: 1 };
      await generateDarcyStore(store, { count: 1, resolution: 17, seed: 8, shares });
      const { model } = await readModelFile("tests/fixtures/models/darcy.safetensors");
      const graphRule = { edges: "nearest", radius: 0, maxEdges: 6, sampledNodes: 100 } as const;
      await writeModelFile(file, { ...model, graphRule }, {});

      const stratified = join(directory, "stratified.safetensors");
      await writeModelFile(stratified, {
        ...model,
        graphRule: { ...graphRule, edges: "radius", radius: 0.3, draw: "stratified" },
        covers: {
          rounds: 1,
          nodes: 150,
          seed: 3,
          draw: "stratified",
          maxEdges: 9,
          fitLength: 1,
        },
      }, {});

      const predicted = async (
        name: string,
        options: Parameters<typeof predictStore>[3],
        model = file,
      ) => {
        const out = join(directory, `${name}.zarr`);
        await predictStore(model, store, out, { device: "cpu", ...options });
        return (await (await openMeshStore(out)).read(0)).fields.solution_predicted;
      };
      const one = await predicted("one", {});
      const two = await predicted("two", { ranks: 2 });
      within(difference(two, one) / largest(one), PREDICTION_LIMIT, "prediction on 2 ranks");

      const { id, position, fields } = await (await openMeshStore(store)).read(0);
      using loaded = await loadModel(file, { device: "cpu" });
      const inputs = { coefficient: fields.coefficient };
      const { solution } = await loaded.predict({ id, position, inputs });
      within(
        difference(solution, one) / largest(one),
        PREDICTION_LIMIT,
        "prediction in this thread",
      );

      // Groups and edges that are drawn evenly.
      const even = await predicted("even", { ranks: 2 }, stratified);
      using evenly = await loadModel(stratified, { device: "cpu" });
      const same = await evenly.predict({ id, position, inputs });
      within(difference(same.solution, even) / largest(even), PREDICTION_LIMIT, "even draws");

      // What the model records is what can be chosen; a cover has its groups, not those of the
      // training, and the fit is the last step.
      const chosen = { mode: "cover", nodes: 150, rounds: 1, seed: 3, maxEdges: 9 } as const;
      const again = await evenly.predict({ id, position, inputs }, { mode: "cover" });
      assert.deepEqual(again.solution, same.solution);
      const rough = await evenly.predict({ id, position, inputs }, { ...chosen, fitLength: 0 });
      const nodes = { position: Float32Array.from(position), dimensions: 2, width: 1 };
      assert.deepEqual(localFit(rough.solution as Float32Array, nodes, 1), same.solution);
      const other = { nodes: 100, maxEdges: 7, fitLength: 0 };
      const small = await evenly.predict({ id, position, inputs }, other);
      const stored = await predicted("small", other, stratified);
      within(difference(small.solution, stored) / largest(stored), PREDICTION_LIMIT, "choice");
      assert.ok(difference(small.solution, rough.solution) / largest(stored) > PREDICTION_LIMIT);
      await assert.rejects(
        evenly.predict({ id, position, inputs }, { mode: "full", nodes: 9 }),
        /mode "full" puts all nodes into one group, received 9 nodes/,
      );
      await assert.rejects(
        evenly.predict({ id, position, inputs }, { fitLength: 5 }),
        /fitLength must be from 0 to 4, received 5/,
      );

      // A bound that no edge meets leaves nodes alone; more neighbours than six change the mean
      // over them.
      const bounded = await predicted("bounded", { radius: 0.01 });
      const more = await predicted("more", { maxEdges: 12 });
      for (const other of [bounded, more]) {
        assert.ok(difference(other, one) / largest(one) > PREDICTION_LIMIT);
      }
    });
  },
);

Deno.test("predictStore() overwrites neither its inputs nor its own results", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = (name: string) => join(directory, name);
    const store = path("data/darcy.zarr");
    const model = path("run/model.safetensors");
    const shares = { train: 0, validation: 0, test: 1 };
    await generateDarcyStore(store, { count: 1, resolution: 5, seed: 8, shares });
    await Deno.mkdir(path("run"));
    await Deno.copyFile("tests/fixtures/models/darcy.safetensors", model);
    const targets: readonly [out: string, vtk: string | undefined, reason: RegExp][] = [
      ["data/./darcy.zarr", undefined, /: it is the store to predict; choose/],
      [
        "data/darcy.zarr/out.zarr",
        undefined,
        /separate from the store to predict, ".*darcy.zarr"; /,
      ],
      ["out.zarr", "data", /separate from the store to predict/],
      ["out.zarr", "run", /separate from the model/],
      ["out.zarr", "out.zarr", /: it is the store of the predictions/],
      ["both/out.zarr", "both", /separate from the store of the predictions/],
    ];
    for (const [out, vtk, reason] of targets) {
      const options = {
        device: "cpu",
        overwrite: true,
        vtk: vtk === undefined ? undefined : path(vtk),
      } as const;
      await assert.rejects(predictStore(model, store, path(out), options), {
        name: "UserError",
        message: reason,
      });
    }
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [
      "data",
      "run",
    ]);
    await predictStore(model, store, path("..out.zarr"), {
      device: "cpu",
      vtk: path("darcy.zarr"),
    });
    assert.equal((await openMeshStore(path("..out.zarr"))).sampleCount, 1);
  });
});

Deno.test("predictStore() needs radius and maxEdges for a model of given graphs", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = (name: string) => join(directory, name);
    const shares = { train: 0, validation: 0, test: 1 };
    await generateDarcyStore(path("darcy.zarr"), { count: 1, resolution: 5, seed: 8, shares });
    const { model } = await readModelFile("tests/fixtures/models/darcy.safetensors");
    await writeModelFile(path("given"), { ...model, graphRule: GIVEN_GRAPH }, {});
    const predict = (options: Parameters<typeof predictStore>[3]) =>
      predictStore(path("given"), path("darcy.zarr"), path("out.zarr"), {
        device: "cpu",
        ...options,
      });
    await assert.rejects(predict({}), /needs a store with edges, found none; choose a radius/);
    await assert.rejects(predict({ radius: 1 }), /together, or neither, received radius 1 only$/);
    await assert.rejects(predict({ maxEdges: 4 }), /neither, received maxEdges 4 only$/);
    assert.equal((await predict({ radius: 1, maxEdges: 4 })).sampleCount, 1);
  });
});
