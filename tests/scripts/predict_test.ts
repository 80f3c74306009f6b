import assert from "node:assert/strict";
import { join } from "node:path";
import { createMeshStore, type MeshStore, openMeshStore } from "../../io/mesh_store.ts";
import { readVtk } from "../../io/vtk/read_vtk.ts";
import { loadModel, type PredictOptions, predictStore } from "../../mod.ts";
import { type Outcome, runTask } from "./run_script.ts";
import { inDirectory, namesIn, NODE_COUNT, SPLIT_SIZES, trainSmallModel } from "./small_darcy.ts";

/** Of the largest value: P ranks sum in another order than one. */
const RANKS_TOLERANCE = 1e-5;

function predict(...args: readonly string[]): Promise<Outcome> {
  return runTask("predict", ...args, "--device", "cpu");
}

Deno.test("predict writes fields in physical units", async (t) => {
  await inDirectory(async (directory) => {
    const { store, model } = await trainSmallModel(directory);
    const path = (name: string) => join(directory, name);
    /** Predicted fields of all samples, from a store that the test writes. */
    const predicted = async (name: string, from: string, options: PredictOptions = {}) => {
      await predictStore(model, from, path(name), { device: "cpu", ...options });
      return await predictedFields(await openMeshStore(path(name)));
    };
    const reference = await predicted("reference.zarr", store);

    await t.step(
      "the script prints errors and counts, and writes what predictStore() writes",
      async () => {
        const { code, out, error } = await predict(model, store, "--out", path("script.zarr"));
        assert.equal(code, 0, error);
        assert.match(out, /^ Network +\d/m);
        assert.match(
          out,
          new RegExp(`\\nPredicted 2 samples of "test" into ${path("script.zarr")}\\n$`),
        );
        assert.match(error, /^fields: 2 of 2, /m);
        const written = await openMeshStore(path("script.zarr"));
        assert.deepEqual(await predictedFields(written), reference);
        assert.deepEqual(Object.keys(written.attributes.fields), [
          "coefficient",
          "solution",
          "solution_predicted",
        ]);
      },
    );

    await t.step("the errors are those of the fields that are written", async () => {
      const { sampleCount, metrics } = await predictStore(model, store, path("errors.zarr"), {
        device: "cpu",
      });
      assert.equal(sampleCount, SPLIT_SIZES.test);
      const written = await openMeshStore(path("errors.zarr"));
      let relative = 0;
      for (const index of written.split("test")) {
        const { fields: { solution, solution_predicted } } = await written.read(index);
        const error = solution.reduce((sum, u, k) => sum + (u - solution_predicted[k]) ** 2, 0);
        relative += Math.sqrt(error / solution.reduce((sum, u) => sum + u * u, 0)) /
          SPLIT_SIZES.test;
      }
      assert.ok(Math.abs(metrics!.relativeL2.mean - relative) < 1e-6 * relative);
      // Solutions are about 0.01: a network that gave normalised values would be off a hundredfold.
      assert.ok(relative < 2, `relative L2 ${relative}`);
    });

    await t.step("ranks 1, 2 and 3 give the same fields, in both modes", async () => {
      const full = await predicted("full-1.zarr", store, { mode: "full" });
      const cover2 = await predicted("cover-2.zarr", store, { mode: "cover", ranks: 2 });
      assertNear(cover2, reference);
      const full3 = await predicted("full-3.zarr", store, { mode: "full", ranks: 3 });
      assertNear(full3, full);
    });

    await t.step("rounds average covers, and the seed draws others", async () => {
      const [two, other] = [
        await predicted("rounds.zarr", store, { rounds: 2 }),
        await predicted("seed.zarr", store, { seed: 1 }),
      ];
      using loaded = await loadModel(model, { device: "cpu" });
      const source = await openMeshStore(store);
      const { id, position, fields } = await source.read(source.split("test")[0]);
      const { solution } = await loaded.predict({ id, position, inputs: fields }, { rounds: 2 });
      assert.deepEqual(two[0], solution);
      assert.notDeepEqual(two, reference);
      assert.notDeepEqual(other, reference);
    });

    await t.step("a store without targets is predicted the same, without errors", async () => {
      await copyStore(store, path("inputs.zarr"), ["coefficient"]);
      const { code, out, error } = await predict(
        model,
        path("inputs.zarr"),
        "--out",
        path("no_truth.zarr"),
      );
      assert.equal(code, 0, error);
      assert.equal(out, `Predicted 2 samples of "test" into ${path("no_truth.zarr")}\n`);
      const written = await openMeshStore(path("no_truth.zarr"));
      assert.deepEqual(Object.keys(written.attributes.fields), [
        "coefficient",
        "solution_predicted",
      ]);
      assert.deepEqual(await predictedFields(written), reference);
    });

    await t.step(
      "the order of the fields in a store, further fields and their roles do not matter",
      async () => {
        await copyStore(store, path("order.zarr"), ["solution", "noise", "coefficient"]);
        assert.deepEqual(await predicted("order_predicted.zarr", path("order.zarr")), reference);
      },
    );

    await t.step("an Arrow file gives the fields of the Zarr store it came from", async () => {
      const converted = await runTask("convert", "darcy", store, "--out", path("data.arrow"));
      assert.equal(converted.code, 0, converted.error);
      assert.deepEqual(await predicted("arrow.zarr", path("data.arrow")), reference);
    });

    await t.step(
      "meshes finer than those of the training are predicted at every node",
      async () => {
        const args = [
          "darcy",
          "--count",
          "2",
          "--resolution",
          "17",
          "--splits",
          "0/0/2",
          "--out",
          path("fine.zarr"),
        ];
        assert.equal((await runTask("generate", ...args)).code, 0);
        for (const fields of await predicted("fine_predicted.zarr", path("fine.zarr"))) {
          assert.equal(fields.length, 17 ** 2);
          assert.ok(fields.every(Number.isFinite));
        }
      },
    );

    await t.step("an existing store is replaced only with --overwrite", async () => {
      const again = [model, store, "--split", "validation", "--out", path("script.zarr")];
      const { code, error } = await predict(...again);
      assert.equal(code, 1);
      assert.equal(
        error,
        `error: Cannot write "${path("script.zarr")}": it exists; choose another path or ` +
          `set overwrite (--overwrite)\n`,
      );
      assert.deepEqual(await predictedFields(await openMeshStore(path("script.zarr"))), reference);
      assert.equal((await predict(...again, "--overwrite")).code, 0);
      assert.equal((await openMeshStore(path("script.zarr"))).split("validation").length, 1);
    });

    await t.step(
      "--vtk writes the samples for ParaView, once, with the numbers of the store",
      async () => {
        const [first] = (await openMeshStore(path("reference.zarr"))).attributes.ids;
        const { code, error } = await predict(
          model,
          store,
          "--out",
          path("again.zarr"),
          "--vtk",
          path("out/vtk"),
        );
        assert.equal(code, 0, error);
        assert.equal((await namesIn(path("out/vtk"))).length, SPLIT_SIZES.test);
        const { pointData, cells } = await readVtk(path(`out/vtk/${first}.vtu`));
        assert.deepEqual(pointData.solution_predicted.values, reference[0]);
        assert.equal(cells.types.length, (Math.sqrt(NODE_COUNT) - 1) ** 2);
        const twice = await predict(
          model,
          store,
          "--out",
          path("third.zarr"),
          "--vtk",
          path("out/vtk"),
        );
        assert.match(twice.error, /^error: Cannot write ".*vtk": it exists/);
      },
    );

    await t.step("a store is not replaced by its own predictions", async () => {
      const { code, error } = await predict(
        model,
        store,
        "--out",
        `${directory}/./darcy.zarr`,
        "--overwrite",
      );
      assert.equal(code, 1);
      assert.match(
        error,
        /^error: Cannot write predictions to ".*": it is the store to predict; .*\n$/,
      );
      assert.equal((await openMeshStore(store)).sampleCount, 8);
    });

    await t.step("nothing but the stores is left", async () => {
      const names = (await namesIn(directory)).filter((name) => !/\.(zarr|arrow)$/.test(name));
      assert.deepEqual(names, ["out"]);
    });
  });
});

/** `solution_predicted` of every sample. */
async function predictedFields(store: MeshStore): Promise<readonly Float32Array[]> {
  const fields = [];
  for (let k = 0; k < store.sampleCount; k++) {
    fields.push((await store.read(k)).fields.solution_predicted);
  }
  assert.ok(fields.length > 0);
  return fields;
}

/** Copies a store with some of its fields, in this order; `noise` is one that it does not have. */
async function copyStore(from: string, to: string, names: readonly string[]): Promise<void> {
  const source = await openMeshStore(from);
  const { format: _, ids: __, nodeCount: ___, fields, ...header } = source.attributes;
  const noise = { components: 2, unit: "Pa" };
  const kept = Object.fromEntries(names.map((name) => [name, fields[name] ?? noise]));
  const writer = await createMeshStore(to, { ...header, fields: kept });
  for (let k = 0; k < source.sampleCount; k++) {
    const sample = await source.read(k);
    const values = { ...sample.fields, noise: new Float32Array(2 * NODE_COUNT).fill(7) };
    const chosen = Object.fromEntries(
      Object.entries(values).filter(([name]) => names.includes(name)),
    );
    await writer.add({ id: sample.id, position: sample.position, fields: chosen });
  }
  await writer.close();
}

function assertNear(actual: readonly Float32Array[], expected: readonly Float32Array[]): void {
  assert.equal(actual.length, expected.length);
  for (const [k, values] of expected.entries()) {
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = values.reduce(
      (most, value, node) => Math.max(most, Math.abs(value - actual[k][node])),
      0,
    );
    assert.ok(error <= RANKS_TOLERANCE * scale, `sample ${k} is off by ${error / scale}`);
  }
}
