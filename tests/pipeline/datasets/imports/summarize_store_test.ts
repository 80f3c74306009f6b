import assert from "node:assert/strict";
import { join } from "node:path";
import { createMeshStore, openMeshStore } from "../../../../io/mesh_store.ts";
import { convertStore } from "../../../../pipeline/datasets/convert_store.ts";
import { summarizeStore } from "../../../../pipeline/datasets/imports/summarize_store.ts";
import { summaryText } from "../../../../scripts/data_sets/summary_text.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { importParts, series, triangleGrid } from "./mesh_sources.ts";

Deno.test("summarizeStore() gives the summary of the import, with the splits of the store", () =>
  inTemporaryDirectory(async (directory) => {
    const { points, cells } = triangleGrid(4);
    const meshes = series(5, (k) => ({
      points: [...points, [7, 7, 0]],
      cells,
      pointData: { p: [...points.map(([x, y]) => x * k + y), 99] },
    }));
    const { store, summary } = await importParts(meshes, { targets: ["p"], title: "Plates" });
    assert.equal(summary.points.orphans, 5);
    assert.deepEqual(await summarizeStore(store), { ...summary, path: store.path });
    const path = join(directory, "a.zarr");
    await convertStore(store, path, { shares: { train: 1, validation: 0, test: 1 } });
    const written = await summarizeStore(await openMeshStore(path));
    assert.deepEqual(written.splits, {
      train: ["run0", "run1", "run2"],
      validation: [],
      test: ["run3", "run4"],
    });
    assert.equal(written.points.orphans, 5);
  }));

Deno.test("summarizeStore() computes true values of a store of another program", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.zarr");
    const writer = await createMeshStore(path, {
      case: "rods",
      dimensions: 1,
      fields: {
        p: { components: 1, unit: "Pa", role: "target", offset: [101325] },
        known: { components: 1, unit: "" },
      },
      origin: [5e7],
      groups: ["a", "a"],
      mask: "known",
      splits: { train: [0, 1] },
    });
    for (const id of ["a0", "a1"]) {
      const fields = { p: Float32Array.of(-0.5, 0, 0.25), known: Float32Array.of(1, 0, 1) };
      await writer.add({ id, position: Float32Array.of(0, 1, 3), fields });
    }
    await writer.close();
    const summary = await summarizeStore(await openMeshStore(path));
    assert.deepEqual(summary.box, { low: [5e7], high: [50000003] });
    assert.deepEqual(summary.spacing, { least: 1, median: 1, most: 2 });
    assert.deepEqual([summary.cases, summary.missingTargets], [1, 2]);
    const [{ name, low, high, unit }] = summary.fields;
    assert.deepEqual({ name, low, high, unit }, {
      name: "p",
      low: [101324.5],
      high: [101325.25],
      unit: "Pa",
    });
    const text = summaryText(summary);
    assert.match(text, /p, 1 component, 101,324\.5 to 101,325\.25, Pa, stored relative to 101325/);
    assert.match(text, /box +50,000,000 to 50,000,003\n/);
    assert.match(text, /missing +targets at 2 nodes/);
    assert.match(text, /origin +\(50,000,000\): /);
  }));
