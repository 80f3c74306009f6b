import assert from "node:assert/strict";
import { join } from "node:path";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { readVtk } from "../../../io/vtk/read_vtk.ts";
import { cellColumns } from "../../../pipeline/batches/cell_columns.ts";
import { FIELD } from "../../../pipeline/batches/batch_schemas.ts";
import vtk from "../../../pipeline/stages/vtk.ts";
import { runStage } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const CELLS = {
  connectivity: Uint32Array.of(0, 1, 2, 3, 1, 4, 2),
  offsets: Uint32Array.of(0, 4, 7),
  types: Uint8Array.of(9, 5),
};

/** Five nodes in a plane of space with a vector and a scalar, predicted 1 and 10 too high. */
function field(id: string, change: Readonly<Record<string, unknown>> = {}): RecordBatch {
  const target = Float32Array.from({ length: 15 }, (_, k) => k);
  return createRecordBatch(FIELD, [{
    index: 3,
    id,
    count: 1,
    dimensions: 2,
    parts: 1,
    overlap: -1,
    owner: new Uint32Array(5),
    position: Float32Array.of(0, 0, 1, 0, 1, 1, 0, 1, 2, 0),
    input: Float32Array.from({ length: 15 }, (_, k) => 100 + k),
    inputNames: ["x", "y", "distance"],
    target,
    targetNames: ["velocity.x", "velocity.y", "pressure"],
    units: ["", "", "m", "m/s", "m/s", "Pa"],
    gridShape: new Uint32Array(0),
    ...cellColumns(CELLS, { axis: 2, value: 0.5 }),
    prediction: target.map((value, k) => value + (k % 3 === 2 ? 10 : 1)),
    predictedNames: ["velocity.x", "velocity.y", "pressure"],
    ...change,
  }]);
}

async function written(batches: readonly RecordBatch[], directory: string): Promise<string[]> {
  await runStage(vtk, { directory }, batches);
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}

Deno.test(
  "vtk writes truth, prediction and error on the cells and in the plane of the mesh",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const target = join(directory, "files");
      assert.deepEqual(await written([field("wing")], target), ["wing.vtu"]);
      const { points, cells, pointData } = await readVtk(join(target, "wing.vtu"));
      assert.deepEqual([...points], [0, 0, 0.5, 1, 0, 0.5, 1, 1, 0.5, 0, 1, 0.5, 2, 0, 0.5]);
      assert.deepEqual(cells, CELLS);
      assert.deepEqual(Object.keys(pointData), [
        "distance",
        "velocity",
        "pressure",
        "velocity_predicted",
        "pressure_predicted",
        "velocity_error",
        "pressure_error",
      ]);
      const values = (name: string) => [...pointData[name].values];
      assert.deepEqual(values("distance"), [102, 105, 108, 111, 114]);
      assert.equal(pointData.velocity.components, 3);
      assert.deepEqual(values("velocity"), [0, 1, 0, 3, 4, 0, 6, 7, 0, 9, 10, 0, 12, 13, 0]);
      assert.deepEqual(
        values("velocity_error"),
        Array.from({ length: 15 }, (_, k) => k % 3 === 2 ? 0 : 1),
      );
      assert.deepEqual(values("pressure_predicted"), [12, 15, 18, 21, 24]);
      assert.deepEqual(values("pressure_error"), [10, 10, 10, 10, 10]);
    });
  },
);

Deno.test("vtk restores a plane across any axis", async () => {
  await inTemporaryDirectory(async (directory) => {
    const target = join(directory, "files");
    await written([field("a", cellColumns(CELLS, { axis: 1, value: -2 }))], target);
    const { points, pointData } = await readVtk(join(target, "a.vtu"));
    assert.deepEqual([...points.slice(0, 6)], [0, -2, 0, 1, -2, 0]);
    assert.deepEqual([...pointData.velocity.values.slice(3, 6)], [3, 0, 4]);
  });
});

Deno.test(
  "vtk writes a grid as quadrilaterals, nodes without cells as vertices, and no unknown truth",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const target = join(directory, "files");
      const none = cellColumns();
      const grid = field("grid", {
        ...none,
        position: Float32Array.of(0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2),
        input: new Float32Array(18),
        target: new Float32Array(0),
        targetNames: [],
        prediction: new Float32Array(18),
        gridShape: Uint32Array.of(2, 3),
      });
      await written([grid, field("cloud", none)], target);
      const { cells, pointData } = await readVtk(join(target, "grid.vtu"));
      assert.deepEqual([...cells.connectivity], [0, 3, 4, 1, 1, 4, 5, 2]);
      assert.deepEqual(Object.keys(pointData), [
        "distance",
        "velocity_predicted",
        "pressure_predicted",
      ]);
      const cloud = await readVtk(join(target, "cloud.vtu"));
      assert.deepEqual([...cloud.cells.connectivity], [0, 1, 2, 3, 4]);
      assert.deepEqual([...cloud.cells.types], [1, 1, 1, 1, 1]);
    });
  },
);

Deno.test(
  "vtk writes distinct files in its directory for any ids, and leaves it unchanged on failure",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const target = join(directory, "files");
      const names = await written(
        [field("../up/wing"), field("a/b"), field("A b"), field("a_b")],
        target,
      );
      assert.equal(names.length, 4);
      assert.ok(names.every((name) => /^[\w.]+\.vtu$/.test(name)), names.join());
      assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 4);
      const long = await written(
        [field("\u7ffc".repeat(300)), field("\u7ffc".repeat(301))],
        join(directory, "long"),
      );
      assert.deepEqual(long, ["\u7ffc".repeat(64) + ".vtu", "\u7ffc".repeat(64) + "_2.vtu"]);
      await Deno.remove(join(directory, "long"), { recursive: true });
      await assert.rejects(
        runStage(vtk, { directory: target }, [field("c")]),
        /files".* it exists/,
      );
      await assert.rejects(
        runStage(vtk, { directory: target, overwrite: true }, [
          field("c"),
          field("d", { position: new Float32Array(9) }),
        ]),
      );
      assert.equal((await Array.fromAsync(Deno.readDir(target))).length, 4);
      assert.deepEqual((await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name), [
        "files",
      ]);
      await runStage(vtk, { directory: target, overwrite: true }, [field("c")]);
      assert.deepEqual((await Array.fromAsync(Deno.readDir(target))).map(({ name }) => name), [
        "c.vtu",
      ]);
    });
  },
);
