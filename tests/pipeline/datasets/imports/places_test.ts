import assert from "node:assert/strict";
import { joinMeshes } from "../../../../io/mesh_file/join_meshes.ts";
import type { MeshSource } from "../../../../io/mesh_file/mesh_file.ts";
import {
  importMeshes,
  prepareForModel,
} from "../../../../pipeline/datasets/imports/import_meshes.ts";
import {
  openingOptions,
  parsePreparation,
} from "../../../../pipeline/datasets/imports/preparation.ts";
import type { ImportOptions } from "../../../../pipeline/datasets/imports/import_options.ts";
import {
  fileMesh,
  importParts,
  type MeshParts,
  series,
  sourceOf,
  triangleGrid,
  vectors,
} from "./mesh_sources.ts";

/** Two quadrilaterals side by side, with one value each. */
const QUADS: MeshParts = {
  points: [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]],
  cells: [[0, 1, 4, 3], [1, 2, 5, 4]],
  cellType: 9,
  pointData: { T: [0, 1, 2, 3, 4, 5] },
  cellData: { p: [10, 20] },
};

Deno.test("importMeshes() averages data of the cells at the points, and reports it", async () => {
  const { store, summary } = await importParts({ a: QUADS }, { inputs: ["T"], targets: ["p"] });
  const { fields } = await store.read(0);
  assert.deepEqual([...fields.p], [10, 15, 20, 10, 15, 20]);
  assert.match(summary.notes[0], /Data of the cells became data of the points, the mean .*: "p"/);
  const only = await importParts({ a: { ...QUADS, pointData: {} } });
  assert.deepEqual(Object.keys(only.store.attributes.fields), ["p"]);
  await assert.rejects(importParts({ a: { ...QUADS, pointData: {}, cellData: {} } }), {
    message: /must have an array of numbers at its points or cells, found none/,
  });
});

Deno.test("importMeshes() averages the shares of categories, and not their numbers", async () => {
  const { store } = await importParts({ a: { ...QUADS, cellData: { kind: [4, 9] } } }, {
    inputs: ["kind"],
    targets: ["T"],
    categorical: ["kind"],
  });
  const { kind } = (await store.read(0)).fields;
  assert.deepEqual([...kind.subarray(0, 6)], [1, 0, 0.5, 0.5, 0, 1]);
});

Deno.test("importMeshes() makes the centres of cells the nodes on request", async () => {
  const { store, summary } = await importParts({ a: QUADS }, {
    inputs: ["T"],
    targets: ["p"],
    cells: "centres",
  });
  const { position, fields } = await store.read(0);
  assert.deepEqual([...position], [0.5, 0.5, 1.5, 0.5]);
  assert.deepEqual([[...fields.T], [...fields.p]], [[2, 3], [10, 20]]);
  const both = await importParts({ a: { ...QUADS, cellData: { T: [7, 8] } } }, {
    cells: "centres",
  });
  assert.deepEqual([...(await both.store.read(0)).fields.T], [7, 8]);
  assert.equal(store.attributes.cells, undefined);
  assert.equal(summary.nodePlace, "centres of cells");
  await assert.rejects(
    importParts({ a: { points: [[0, 0], [1, 1]], pointData: { T: [1, 2] } } }, {
      cells: "centres",
    }),
    { message: /a mesh must have cells, found none/ },
  );
});

Deno.test("importMeshes() finds values for no value in the cells, before any mean", async () => {
  const cellData = { p: [10, -9999] };
  const options: ImportOptions = { inputs: ["T"], targets: ["p"] };
  await assert.rejects(importParts({ a: { ...QUADS, cellData } }, options), {
    message: /found -9999 at cell 1 of sample "a"/,
  });
  const { store } = await importParts({ a: { ...QUADS, cellData } }, {
    ...options,
    missing: [-9999],
  });
  // Hidden cells often have no value.
  const hidden = { ...QUADS, cellData, ghostCells: [0, 1] };
  assert.equal((await importParts({ a: hidden }, options)).summary.nodes.most, 4);
  const { fields } = await store.read(0);
  assert.deepEqual([...fields.known], [1, 0, 0, 1, 0, 0]);
  assert.deepEqual([...fields.p], [10, 0, 0, 10, 0, 0]);
});

Deno.test("importMeshes() makes one value per file an input at every node", async () => {
  const meshes = series(3, (k) => ({ ...QUADS, fieldData: { Re: [100 * (k + 1)], v: [1, 2] } }));
  const { store } = await importParts(meshes, { inputs: ["Re"], targets: ["T"] });
  assert.deepEqual([...(await store.read(2)).fields.Re], new Array(6).fill(300));
  await assert.rejects(importParts(meshes, { inputs: ["v"], targets: ["T"] }), {
    message: /"v" .* only one value per file becomes a field, found 2/,
  });
});

Deno.test("importMeshes() makes time an input and keeps the steps of a case together", async () => {
  const meshes = Object.fromEntries(
    ["a_10", "a_2", "b_1", "c_1", "c_2", "d_1"].map((id, k) => [id, {
      ...QUADS,
      pointData: { T: [k, 1, 2, 3, 4, 5] },
    }]),
  );
  const times = Object.fromEntries(
    Object.keys(meshes).map((id) => [id, { group: id[0], time: Number(id.slice(2)) }]),
  );
  const { store, summary } = await importParts(meshes, { targets: ["T"], time: true }, times);
  const { ids, groups, times: stored, fields, splits } = store.attributes;
  assert.deepEqual(ids, ["a_2", "a_10", "b_1", "c_1", "c_2", "d_1"]);
  assert.deepEqual([groups, stored], [["a", "a", "b", "c", "c", "d"], [2, 10, 1, 1, 2, 1]]);
  assert.equal(fields.time.role, "input");
  assert.deepEqual([...(await store.read(1)).fields.time], new Array(6).fill(10));
  assert.equal(summary.cases, 4);
  for (const samples of Object.values(splits)) {
    for (const sample of samples) {
      const mates = groups!.flatMap((group, k) => group === groups![sample] ? [k] : []);
      assert.ok(mates.every((mate) => samples.includes(mate)));
    }
  }
});

Deno.test("importMeshes() counts and leaves out copies and points in no cell", async () => {
  const points = [...QUADS.points, [5, 5], [1, 0], [1, 1], [0.5, 0.5]];
  const mesh: MeshParts = {
    ...QUADS,
    points,
    // The second cell has its own copies of the points between the two.
    cells: [[0, 1, 4, 3], [7, 2, 5, 8], [0, 1, 4, 3]],
    pointData: { T: [0, 1, 2, 3, 4, 5, 9, 1, 4, 9] },
    cellData: { p: [10, 20, 30] },
    ghostCells: [0, 0, 1],
    ghostPoints: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  };
  const { store, summary } = await importParts({ a: mesh }, { inputs: ["T"], targets: ["p"] });
  assert.deepEqual(summary.points, {
    ghostCells: 1,
    ghostPoints: 1,
    merged: 2,
    coincident: 0,
    orphans: 1,
  });
  const { position, cells, fields } = await store.read(0, { cells: true });
  assert.deepEqual([...position], QUADS.points.flat());
  assert.deepEqual([...cells!.connectivity], QUADS.cells!.flat());
  assert.deepEqual([...fields.p], [10, 15, 20, 10, 15, 20]);

  const cut = { ...mesh, pointData: { T: [0, 1, 2, 3, 4, 5, 9, 1, 7, 9] } };
  const kept = await importParts({ a: cut }, { inputs: ["T"], targets: ["p"] });
  assert.deepEqual([kept.summary.points.merged, kept.summary.points.coincident], [1, 1]);
  assert.equal((await kept.store.read(0)).nodeCount, 7);
});

Deno.test("importMeshes() reports values that differ where parts of a mesh meet", async () => {
  const part = (x: number, p: readonly number[]) =>
    fileMesh({ points: [[x, 0], [x + 1, 0]], cells: [[0, 1]], cellType: 3, pointData: { p } });
  const source = {
    ...sourceOf({ a: QUADS }),
    read: () => Promise.resolve(joinMeshes("a.vtm", [part(0, [1, 2]), part(1, [5, 3])], "blocks")),
  };
  const { summary } = await importMeshes(source, { targets: ["p"] });
  const note = '"p" differs at 1 points where blocks meet: the value of the first was used';
  assert.ok(summary.notes.includes(note), summary.notes.join("\n"));
});

Deno.test("importMeshes() keeps the coincident points of a cloud that differ", async () => {
  const cloud = { points: [[0, 0], [0, 0], [1, 1], [1, 1]], pointData: { T: [1, 2, 3, 3] } };
  const { summary } = await importParts({ a: cloud });
  assert.deepEqual([summary.points.merged, summary.points.coincident], [1, 1]);
});

const { points, cells } = triangleGrid(5, (x, y) => [4e6 + x / 3, y, 1e-9 * x]);
// A point without a cell, and one that is stored twice, each time for some of its cells.
const stored = [...points.keys(), 0, 6];
const messy = series(3, (k): MeshParts => {
  const values = stored.map((point) => points[point]);
  return {
    points: values.map((point, i) => i === 25 ? [9, 9, 9] : point),
    cells: cells.map((corners, cell) => corners.map((i) => i === 6 && cell % 2 ? 26 : i)),
    pointData: {
      k: values.map(([x]) => x + k),
      U: vectors(values.map(([x, y]) => [101325 + 1e-3 * y * (k + 1), 1e-16 * x, x - y])),
      kind: stored.map((point, i) => i === 25 ? 7 : point % 2),
    },
    cellData: { c: cells.map((_, i) => i + k) },
    fieldData: { Re: [10 + k] },
  };
});

/** Meshes without some arrays. */
function without(source: MeshSource, ...names: readonly string[]): MeshSource {
  return {
    ...source,
    async read(index) {
      const mesh = await source.read(index);
      const { pointData } = mesh;
      const left = pointData.names.filter((name) => !names.includes(name));
      return { ...mesh, pointData: { ...pointData, names: left } };
    },
  };
}

Deno.test("prepareForModel() gives the samples of the store bit for bit", async () => {
  const source = sourceOf(messy);
  for (const cells of ["average", "centres"] as const) {
    const { store } = await importMeshes(source, {
      inputs: ["k", "kind", "c", "Re"],
      targets: ["U"],
      categorical: cells === "average" ? ["kind"] : [],
      cells,
    });
    const { preparation, fields } = store.attributes;
    assert.ok(store.attributes.origin && fields.U.offset && store.attributes.plane);
    assert.equal(fields.U.components, 2);
    const saved = JSON.parse(JSON.stringify(preparation));
    const { inputs: arrays } = openingOptions(parsePreparation(saved, "a.zarr"));
    assert.deepEqual(arrays, ["k", "kind", "c", "Re"].filter((name) => name in fields));
    for (let k = 0; k < 3; k++) {
      const { position, fields, cells } = await store.read(k, { cells: true });
      const again = await prepareForModel(source, k, saved);
      assert.deepEqual([again.position, again.fields, again.cells], [position, fields, cells]);
      const inputs = await prepareForModel(without(source, "U"), k, saved);
      const { U: _, ...rest } = fields;
      assert.deepEqual([inputs.position, inputs.fields], [position, rest]);
    }
    await assert.rejects(prepareForModel(without(source, "k"), 0, saved), {
      message: /array "k" of ".*": no such array/,
    });
  }
});

Deno.test("prepareForModel() refuses files that do not match the preparation", async () => {
  const { store } = await importParts(messy, {
    inputs: ["k", "kind"],
    targets: ["U"],
    categorical: ["kind"],
  });
  const { preparation } = store.attributes;
  const { run0 } = messy;
  const wrong: readonly (readonly [Partial<MeshParts>, RegExp])[] = [
    [{ points: run0.points.map(([x, y]) => [x, y, 1 + y]) }, /must lie in the plane z = /],
    [{ points: run0.points.map(([x, y]) => [x, y]) }, /must have 3 coordinates, they have 2/],
    [{ pointData: { ...run0.pointData, k: vectors(run0.points) } }, /must have 1 components/],
    [
      { pointData: { ...run0.pointData, kind: run0.points.map(() => 3) } },
      /must be 0, 1, .* has 3/,
    ],
    [{ cells: [], points: run0.points.map(([x, y]) => [x, y, 0]) }, /must have cells/],
  ];
  for (const [changes, message] of wrong) {
    await assert.rejects(
      prepareForModel(sourceOf({ a: { ...run0, ...changes } }), 0, preparation),
      {
        name: "DataError",
        message,
      },
    );
  }
  await assert.rejects(prepareForModel(sourceOf(messy), 0, { version: 2 }), {
    message: /Cannot use preparation of ".*": version: /,
  });
});
