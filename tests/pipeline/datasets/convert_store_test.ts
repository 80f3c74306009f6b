import assert from "node:assert/strict";
import { join } from "node:path";
import { type MeshStore, openMeshStore } from "../../../io/mesh_store.ts";
import { convertStore } from "../../../pipeline/datasets/convert_store.ts";
import { generateDarcySample } from "../../../pipeline/datasets/darcy/darcy_data.ts";
import { generateDarcyStore } from "../../../pipeline/datasets/darcy/darcy_store.ts";
import { gridPositions, subsampleGrid } from "../../../pipeline/datasets/darcy/unit_grid.ts";

const options = { count: 5, resolution: 13, seed: 2 } as const;

/** Runs a test with a directory that holds a generated `source.zarr`. */
async function withSource(
  test: (source: MeshStore, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = join(directory, "source.zarr");
    await generateDarcyStore(path, options);
    await test(await openMeshStore(path), directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function readAll(store: MeshStore) {
  return await Promise.all(Array.from({ length: store.sampleCount }, (_, i) => store.read(i)));
}

Deno.test("convertStore() from Zarr to Arrow and back changes nothing", async () => {
  await withSource(async (source, directory) => {
    const [arrow, zarr] = ["there.arrow", "back.zarr"].map((name) => join(directory, name));
    await convertStore(source, arrow);
    await convertStore(await openMeshStore(arrow), zarr);
    for (const path of [arrow, zarr]) {
      const store = await openMeshStore(path);
      assert.deepEqual({ ...store.attributes, format: "haloflow-meshes/2" }, source.attributes);
      assert.deepEqual(await readAll(store), await readAll(source));
    }
  });
});

Deno.test("convertStore() rounds all fields except inputs, and records it", async () => {
  await withSource(async (source, directory) => {
    const path = join(directory, "rounded.zarr");
    await convertStore(source, path, { mantissaBits: 13 });
    const store = await openMeshStore(path);
    assert.deepEqual(store.attributes.generator, {
      ...source.attributes.generator,
      mantissaBits: 13,
    });
    for (const [i, { fields, ...sample }] of (await readAll(store)).entries()) {
      const { fields: { coefficient, solution }, ...expected } = await source.read(i);
      assert.deepEqual(sample, expected);
      assert.deepEqual(fields.coefficient, coefficient);
      const ratios = solution.map((u, k) => u === 0 ? 1 : fields.solution[k] / u);
      assert.ok(ratios.every((ratio) => Math.abs(ratio - 1) <= 2 ** -13.9));
      assert.ok(ratios.some((ratio) => ratio !== 1));
    }
  });
});

Deno.test("convertStore() writes the samples at the vertices of a coarser grid", async () => {
  await withSource(async (source, directory) => {
    const path = join(directory, "coarse.zarr");
    await convertStore(source, path, { resolution: 5 });
    const coarse = await openMeshStore(path);
    assert.deepEqual(coarse.attributes, {
      ...source.attributes,
      gridShape: [5, 5],
      nodeCount: 25 * source.sampleCount,
      generator: {
        ...source.attributes.generator,
        subsampled: { from: "source.zarr", resolution: 13 },
      },
    });
    for (const [i, sample] of (await readAll(coarse)).entries()) {
      const { id, fields } = await source.read(i);
      assert.deepEqual(sample, {
        id,
        dimensions: 2,
        nodeCount: 25,
        position: gridPositions(5),
        fields: {
          coefficient: generateDarcySample(i, { ...options, resolution: 5 }).fields.coefficient,
          solution: subsampleGrid(fields.solution, 13, 5),
        },
      });
    }
  });
});

Deno.test("convertStore() splits the samples by given shares", async () => {
  await withSource(async (source, directory) => {
    const path = join(directory, "test.arrow");
    await convertStore(source, path, { shares: { train: 0, validation: 1, test: 4 } });
    const { splits } = (await openMeshStore(path)).attributes;
    assert.deepEqual(splits, { train: [], validation: [0], test: [1, 2, 3, 4] });
  });
});

Deno.test("convertStore() refuses a resolution that the source does not contain", async () => {
  await withSource(async (source, directory) => {
    const path = join(directory, "coarse.zarr");
    await assert.rejects(convertStore(source, path, { resolution: 6 }), {
      name: "RangeError",
      message: /subsample 13 × 13 vertices.* divide 12, received 6; use one of 3, 4, 5, 7, 13$/,
    });
    const { gridShape: _, ...attributes } = source.attributes;
    await assert.rejects(convertStore({ ...source, attributes }, path, { resolution: 5 }), {
      name: "UserError",
      message: /resolution of ".*": .* square grid.* no grid$/,
    });
    const oblong = { ...source, attributes: { ...source.attributes, gridShape: [13, 7] } };
    await assert.rejects(convertStore(oblong, path, { resolution: 5 }), {
      name: "UserError",
      message: /square grid.* 13 × 7$/,
    });
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  });
});
