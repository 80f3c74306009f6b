import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { createMeshStore, type MeshSample, openMeshStore } from "../../../io/mesh_store.ts";
import { createRecordBatch } from "../../../io/record_batch.ts";
import { cellsOf } from "../../../pipeline/batches/cell_columns.ts";
import { convertStore } from "../../../pipeline/datasets/convert_store.ts";
import load from "../../../pipeline/stages/load.ts";
import partition from "../../../pipeline/stages/partition.ts";
import { PREDICTION } from "../../../pipeline/batches/batch_schemas.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import stitch from "../../../pipeline/stages/stitch.ts";
import write from "../../../pipeline/stages/write.ts";
import { runStage } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const FIELDS = {
  permeability: { components: 1, unit: "m2", role: "input" },
  velocity: { components: 2, unit: "m/s", role: "target" },
  pressure: { components: 1, unit: "Pa", role: "target" },
  age: { components: 1, unit: "s" },
} as const;

/** Two nodes whose numbers encode sample, field and place. */
function sampleOf(sample: number): MeshSample {
  const numbers = (field: number, length: number) =>
    Float32Array.from({ length }, (_, k) => 1000 * sample + 10 * field + k);
  return {
    id: `s${sample}`,
    dimensions: 2,
    nodeCount: 2,
    position: numbers(0, 4),
    fields: {
      permeability: numbers(1, 2),
      velocity: numbers(2, 4),
      pressure: numbers(3, 2),
      age: numbers(4, 2),
    },
  };
}

async function withStore(test: (path: string) => Promise<void>): Promise<void> {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "flow.zarr");
    const writer = await createMeshStore(path, {
      case: "flow",
      dimensions: 2,
      fields: FIELDS,
      splits: { train: [0, 2], test: [1], none: [] },
    });
    for (const sample of [0, 1, 2]) await writer.add(sampleOf(sample));
    await writer.close();
    await test(path);
  });
}

Deno.test(
  "load gives the samples of further stores after those of the first, with other " + "numbers",
  async () => {
    await withStore(async (path) => {
      const options = {
        store: path,
        split: "test",
        more: [{ store: path }, { store: path, split: "test" }],
      };
      const batches = await runStage(load, options);
      assert.deepEqual(batches.map((batch) => batch.value("id", 0, "utf8")), [
        "s1",
        "s0",
        "s2",
        "s1",
      ]);
      assert.deepEqual(batches.map((batch) => batch.value("index", 0, "int32")), [1, 3, 5, 7]);
      assert.ok(batches.every((batch) => batch.value("count", 0, "int32") === 4));
      assert.equal((await runStage(load, { ...options, limit: 2 })).length, 2);
    });
  },
);

Deno.test("load refuses a further store whose fields differ", async () => {
  await withStore(async (path) => {
    const other = path.replace(/flow\.zarr$/, "other.zarr");
    const fields = { ...FIELDS, velocity: { ...FIELDS.velocity, components: 1 } };
    const writer = await createMeshStore(other, {
      case: "flow",
      dimensions: 2,
      fields,
      splits: { train: [0] },
    });
    const { position, fields: values } = sampleOf(0);
    await writer.add({ id: "o", position, fields: { ...values, velocity: new Float32Array(2) } });
    await writer.close();
    await assert.rejects(
      runStage(load, { store: path, more: [{ store: other }] }),
      /other\.zarr" with .*: both must have .*velocity of 2, .* it has .*velocity of 1, /,
    );
  });
});

Deno.test("load gives the samples of a split with positions, inputs and targets", async () => {
  await withStore(async (store) => {
    const batches = await runStage(load, { store });
    assert.deepEqual(batches.map((batch) => [batch.value("index", 0), batch.value("id", 0)]), [[
      0,
      "s0",
    ], [
      2,
      "s2",
    ]]);
    const [, batch] = batches;
    assert.equal(batch.value("count", 0), 2);
    assert.deepEqual(batch.texts("inputNames", 0), ["x", "y", "permeability"]);
    assert.deepEqual(batch.texts("targetNames", 0), ["velocity.x", "velocity.y", "pressure"]);
    assert.deepEqual(batch.texts("units", 0), ["", "", "m2", "m/s", "m/s", "Pa"]);
    assert.deepEqual([...batch.list("input", 0)], [2000, 2001, 2010, 2002, 2003, 2011]);
    assert.deepEqual([...batch.list("target", 0)], [2020, 2021, 2030, 2022, 2023, 2031]);
  });
});

Deno.test("load gives the same batches from Zarr and from Arrow", async () => {
  await withStore(async (store) => {
    const arrow = join(dirname(store), "meshes.arrow");
    await convertStore(await openMeshStore(store), arrow);
    const rows = async (path: string) =>
      (await runStage(load, { store: path })).map((batch) => batch.row(0));
    assert.deepEqual(await rows(arrow), await rows(store));
  });
});

Deno.test(
  "load reads cells on request, and write writes them and the plane to its " + "store",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const path = join(directory, "edge.zarr");
      const cells = {
        connectivity: Uint32Array.of(0, 1),
        offsets: Uint32Array.of(0, 2),
        types: Uint8Array.of(3),
      };
      const plane = { axis: 2, value: 0.25 };
      const writer = await createMeshStore(path, {
        case: "edge",
        dimensions: 2,
        fields: FIELDS,
        cells: true,
        plane,
        splits: { train: [0] },
      });
      await writer.add({ ...sampleOf(0), cells });
      await writer.close();

      const fieldsOf = async (options: { readonly cells?: boolean | undefined }) => {
        const subdomains = await runStage(
          partition,
          { parts: 1 },
          await runStage(load, { store: path, ...options }),
        );
        const prediction = createRecordBatch(PREDICTION, [{
          index: 0,
          round: 0,
          rounds: 1,
          rank: 0,
          nodes: Uint32Array.of(0, 1),
          targetNames: ["pressure"],
          prediction: Float32Array.of(7, 8),
        }]);
        return await runStage(stitch, {}, [prediction], subdomains);
      };
      for (const [options, expected] of [[{ cells: true }, cells], [{}, undefined]] as const) {
        const fields = await fieldsOf(options);
        assert.deepEqual(cellsOf(fields[0]), expected);
        const store = join(directory, `${expected !== undefined}.zarr`);
        await runStage(write, { store }, fields);
        const written = await openMeshStore(store);
        assert.deepEqual(written.attributes.plane, plane);
        assert.deepEqual(
          (await written.read(0, { cells: expected !== undefined })).cells,
          expected,
        );
        assert.equal(written.attributes.cells, expected && true);
      }
      await assert.rejects(
        withStore(async (store) => void await runStage(load, { store, cells: true })),
        {
          name: "DataError",
          message: /^Cannot read cells of ".*flow\.zarr": the store has only nodes/,
        },
      );
    });
  },
);

Deno.test("load reads the chosen fields, or no targets", async () => {
  await withStore(async (store) => {
    const [batch] = await runStage(load, {
      store,
      split: "test",
      inputs: ["age", "pressure"],
      targets: [],
    });
    assert.deepEqual(batch.texts("inputNames", 0), ["x", "y", "age", "pressure"]);
    assert.deepEqual([...batch.list("input", 0)], [1000, 1001, 1040, 1030, 1002, 1003, 1041, 1031]);
    assert.deepEqual([...batch.texts("targetNames", 0), ...batch.list("target", 0)], []);
    assert.equal((await runStage(load, { store, limit: 1 })).length, 1);
  });
});

Deno.test("load selects samples by name in all stores, but not none", async () => {
  await withStore(async (store) => {
    const idsOf = async (options: object) => {
      const batches = await runStage(load, { store, more: [{ store }], ...options });
      return batches.map((batch) => `${batch.value("id", 0)} of ${batch.value("count", 0)}`);
    };
    assert.deepEqual(await idsOf({ only: ["s2"] }), ["s2 of 2", "s2 of 2"]);
    assert.deepEqual(await idsOf({ only: ["s*"], except: ["?0"] }), ["s2 of 2", "s2 of 2"]);
    // The split of each store counts: sample 1 is for tests.
    const other = { more: [{ store, split: "test" }], except: ["s0", "s2"] };
    assert.deepEqual(await idsOf(other), ["s1 of 1"]);
    await assert.rejects(idsOf({ except: ["s1"] }), {
      name: "DataError",
      message: /^Cannot load samples "s1" of ".*": no sample of that name in the split, did you/,
    });
    await assert.rejects(idsOf({ except: ["*"] }), {
      name: "DataError",
      message: /at least one sample must remain, options only and except leave none of 4 samples$/,
    });
  });
});

Deno.test(
  "load names an unknown field or split with a suggestion, and an empty " + "split",
  async () => {
    await withStore(async (store) => {
      await assert.rejects(runStage(load, { store, inputs: ["permeabilty"] }), {
        name: "DataError",
        message: `Cannot load field "permeabilty" of "${store}": no field of that name, did you ` +
          `mean "permeability"?`,
      });
      await assert.rejects(
        runStage(load, { store, targets: ["presure"] }),
        /did you mean "pressure"\?/,
      );
      await assert.rejects(runStage(load, { store, split: "tset" }), {
        name: "DataError",
        message: /"tset".*did you mean "test"\?/,
      });
      await assert.rejects(runStage(load, { store, split: "none" }), {
        name: "DataError",
        message:
          `Cannot load "${store}": split "none" has no samples; choose a split with samples: ` +
          `"train" (2), "test" (1)`,
      });
      await assert.rejects(runStage(load, { store: `${store}.not` }), { name: "DataError" });
    });
  },
);

Deno.test("statistics gives mean and deviation over all nodes of all meshes", async () => {
  await withStore(async (store) => {
    const [batch] = await runStage(statistics, {}, await runStage(load, { store }));
    // Nodes have x 0, 2, 2000, 2002: mean 1001, deviations 1001, 999, 999, 1001.
    const spread = Math.sqrt((1001 ** 2 + 999 ** 2) / 2);
    assert.equal(batch.list("inputMean", 0)[0], 1001);
    assert.ok(Math.abs(batch.list("inputScale", 0)[0] - spread) < 1e-9);
    assert.deepEqual([...batch.list("targetMean", 0)], [1021, 1022, 1030.5]);
    await assert.rejects(runStage(statistics, {}, []), { name: "DataError" });
  });
});
