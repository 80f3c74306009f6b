import assert from "node:assert/strict";
import { join } from "node:path";
import {
  createMeshStore,
  type MeshSample,
  type MeshStoreHeader,
  openMeshStore,
  writeArrowMeshes,
} from "../../io/mesh_store.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const header: MeshStoreHeader = {
  case: "plates",
  dimensions: 2,
  fields: {
    p: { components: 1, unit: "Pa", role: "target", offset: [101325.00000000001] },
    known: { components: 1, unit: "" },
  },
  origin: [500123.4000000001, 4649776.2],
  origins: ["a.pvd", "a.pvd"],
  groups: ["a", "a"],
  times: [0, 0.1],
  mask: "known",
  title: "Plates under load",
  splits: { train: [0, 1] },
  preparation: { format: 1, cells: "average", fields: [{ array: "p", components: [0] }] },
};

const samples = ["a_0", "a_1"].map((id): MeshSample => ({
  id,
  dimensions: 2,
  nodeCount: 2,
  position: Float32Array.of(0, 0, 1, 0),
  fields: { p: Float32Array.of(0.5, 0), known: Float32Array.of(1, 0) },
}));

/** Writes stores with changed attributes, both in Zarr and in Arrow. */
function writersOf(
  directory: string,
  changes: Partial<MeshStoreHeader> = {},
  known = samples[0].fields.known,
): readonly (readonly [string, () => Promise<void>])[] {
  const changed = { ...header, ...changes };
  const meshes = samples.map((mesh) => ({ ...mesh, fields: { ...mesh.fields, known } }));
  const zarr = join(directory, "a.zarr");
  const arrow = join(directory, "a.arrow");
  return [
    [zarr, async () => {
      const writer = await createMeshStore(zarr, changed);
      for (const mesh of meshes) await writer.add(mesh);
      await writer.close();
    }],
    [arrow, () => writeArrowMeshes(arrow, changed, meshes)],
  ];
}

Deno.test(
  "mesh stores round-trip origin, offsets, groups, times, mask, title and preparation exactly",
  () =>
    inTemporaryDirectory(async (directory) => {
      for (const [path, write] of writersOf(directory)) {
        await write();
        const { attributes } = await openMeshStore(path);
        const { format: _, ids, nodeCount, ...read } = attributes;
        assert.deepEqual([ids, nodeCount], [["a_0", "a_1"], 4]);
        assert.deepEqual(
          Object.fromEntries(Object.keys(header).map((k) => [k, read[k as never]])),
          {
            ...header,
          },
        );
      }
    }),
);

Deno.test("mesh stores refuse attributes that do not match each other or the samples", () =>
  inTemporaryDirectory(async (directory) => {
    const { p, known } = header.fields;
    const wrong: readonly (readonly [Partial<MeshStoreHeader>, RegExp])[] = [
      [{ origin: [1] }, /origin must have 2 numbers, it has 1/],
      [{ origin: [1, NaN] }, /origin\.1: /],
      [
        { fields: { p: { ...p, offset: [1, 2] }, known } },
        /offset of field "p" must have 1 numbers, it has 2/,
      ],
      [{ groups: ["a"] }, /"groups" must name a case for each of 2 samples, it names 1/],
      [{ times: [0] }, /"times" must name a time for each of 2 samples, it names 1/],
      [{ mask: "konwn" }, /mask "konwn" must be a field, did you mean "known"\?/],
      [{ mask: "p" }, /mask "p" must be a field of 1 component without role and offset/],
    ];
    for (const [changes, message] of wrong) {
      for (const [, write] of writersOf(directory, changes)) {
        await assert.rejects(write, { name: "DataError", message });
      }
    }
    for (const [, write] of writersOf(directory, {}, Float32Array.of(1, 0.5))) {
      await assert.rejects(write, { message: /mask "known" must be 0 or 1, node 1 has 0\.5/ });
    }
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));
