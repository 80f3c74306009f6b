/** Mesh stores as zarr-python and xarray write them: codecs, shards, packing, chunks left out. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { MeshStore } from "../../io/mesh_attributes.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { checkMeshStore } from "../../io/store_check.ts";
import { linkedFiles } from "../../io/store_files.ts";
import { ZarrArray } from "../../io/zarr_array.ts";
import { openZarrGroup } from "../../io/zarr_group.ts";
import { copyDirectory, edit } from "./mesh_samples.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const FIXTURES = "tests/fixtures/io/zarr";
const RAW = "tests/fixtures/io/meshes/v3_raw.zarr";
const EXPECTED: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = JSON.parse(
  Deno.readTextFileSync(join(FIXTURES, "expected.json")),
);

function open(name: string): Promise<MeshStore> {
  return openMeshStore(join(FIXTURES, `${name}.zarr.zip`));
}

function assertClose(actual: readonly number[], expected: readonly number[], message: string) {
  assert.equal(actual.length, expected.length, message);
  const bad = actual.findIndex((value, i) =>
    Math.abs(value - expected[i]) > 2 ** -23 * Math.max(1e-3, Math.abs(expected[i]))
  );
  assert.equal(bad, -1, `${message}: ${actual[bad]} instead of ${expected[bad]}`);
}

for (const name of ["codecs_v2", "codecs_v3", "shards"]) {
  Deno.test(`openMeshStore() decodes every array of ${name} as zarr-python does`, async () => {
    const store = await open(name);
    const group = await openZarrGroup(store.path);
    const [first, second] = [await store.read(0), await store.read(1)];
    for (const [field, values] of Object.entries(EXPECTED[name])) {
      const array = await ZarrArray.open(group, field);
      assert.deepEqual([...await array.readDoubles(0, 12)], values, field);
      assertClose([...first.fields[field], ...second.fields[field]], values, field);
    }
    assert.deepEqual(store.notes, []);
  });
}

Deno.test("openMeshStore() reads chunks that zarr-python left out as the fill value", async () => {
  const store = await open("omitted");
  assert.equal(store.notes?.length, 3);
  assert.match(store.notes[0], /"zeros" lacks 2 of 2 chunks.* fill value 0: zarr-python/);
  assert.match(store.notes[1], /"filled" lacks 1 of 2 chunks.* fill value 2\.5/);
  // NaN is no value.
  await assert.rejects(store.read(0), /field "nan" must be finite, node 0 has NaN/);
  const group = await openZarrGroup(store.path);
  for (const field of ["zeros", "filled"]) {
    const array = await ZarrArray.open(group, field);
    assert.deepEqual([...await array.readDoubles(0, 12)], EXPECTED.omitted[field], field);
  }
});

for (const version of [2, 3]) {
  Deno.test(`openMeshStore() decodes the packed values of xarray, version ${version}`, async () => {
    const store = await open(`packed_v${version}`);
    await assert.rejects(
      store.read(1),
      /sample 1 \("b"\).*"q" must have a value at every node, node 6 has none \(.*-9999.*mask/,
    );
    const { fields } = await store.read(0);
    const [offset = 0] = store.attributes.fields.p.offset ?? [];
    const expected = EXPECTED[`packed_v${version}`].p.slice(0, 5);
    assertClose(Array.from(fields.p, (value) => value + offset), expected, "p");
    assertClose([...fields.u], EXPECTED[`packed_v${version}`].u.slice(0, 5), "u");
  });
}

Deno.test("openMeshStore() reads zeros of xarray as 0 unless they are packed, with a note", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "zeros.zarr");
    copyDirectory("tests/fixtures/io/meshes/v2_raw.zarr", path);
    const attributes = { _ARRAY_DIMENSIONS: ["node", "axis"] };
    edit(join(path, "temperature", ".zarray"), { fill_value: 0 });
    await Deno.writeTextFile(join(path, "temperature", ".zattrs"), JSON.stringify(attributes));
    for (const { name } of Deno.readDirSync(join(path, "temperature"))) {
      const file = join(path, "temperature", name);
      if (!name.startsWith(".")) Deno.writeFileSync(file, new Uint8Array(Deno.statSync(file).size));
    }
    const store = await openMeshStore(path);
    assert.match(store.notes!.join(), /"temperature" has the fill value 0 .* they are read as 0/);
    assert.deepEqual([...(await store.read(0)).fields.temperature], [0, 0, 0, 0, 0]);
    const packed = { ...attributes, scale_factor: 2 };
    await Deno.writeTextFile(join(path, "temperature", ".zattrs"), JSON.stringify(packed));
    await assert.rejects((await openMeshStore(path)).read(0), /node 0 has none \(fill value 0\)/);
  }));

Deno.test("openMeshStore() shifts float64 that float32 does not hold", async () => {
  const store = await open("far");
  const { origin, fields } = store.attributes;
  assert.deepEqual(origin, [4650000.5, 320000.5]);
  const positions: number[] = [];
  for (const sample of [0, 1]) {
    const { position } = await store.read(sample);
    positions.push(...Array.from(position, (x, i) => x + origin![i % 2]));
  }
  assert.deepEqual(positions, EXPECTED.far.position);
  const offset = fields.p.offset!;
  const { fields: { p } } = await store.read(0);
  for (const [i, value] of p.entries()) {
    assert.ok(Math.abs(value + offset[i % 2] - EXPECTED.far.p[i]) < 1e-8, `${value}`);
  }
});

Deno.test("openMeshStore() names what a group of another program lacks", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "era5.zarr");
    copyDirectory(RAW, path);
    edit(join(path, "zarr.json"), { attributes: { Conventions: "CF-1.8" } });
    await assert.rejects(
      openMeshStore(path),
      /arrays offsets, position.* lacks attribute "format" \("haloflow-meshes\/1"\).*"splits"/,
    );
    await Deno.remove(join(path, "offsets"), { recursive: true });
    await assert.rejects(openMeshStore(path), /lacks .*array "offsets"; add what is missing/);
    edit(join(path, "zarr.json"), { attributes: null });
    await assert.rejects(openMeshStore(path), /attribute "ids" \(a list/);
  }));

Deno.test("openMeshStore() names the shape of an array with further axes", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "deep.zarr");
    copyDirectory(RAW, path);
    edit(join(path, "temperature", "zarr.json"), {
      shape: [15, 1, 1],
      chunk_grid: { name: "regular", configuration: { chunk_shape: [15, 1, 1] } },
    });
    await Deno.remove(join(path, "temperature/c"), { recursive: true });
    await Deno.mkdir(join(path, "temperature/c/0/0"), { recursive: true });
    await Deno.writeFile(join(path, "temperature/c/0/0/0"), new Uint8Array(60));
    await assert.rejects(
      openMeshStore(path),
      /"temperature" must have shape 15 × 1, it has 15 × 1 × 1/,
    );
  }));

Deno.test("openMeshStore() reads a store of links, and names what a broken one leads to", () =>
  inTemporaryDirectory(async (directory) => {
    const blobs = join(directory, "blobs");
    const path = join(directory, "linked.zarr");
    copyDirectory(RAW, blobs);
    copyDirectory(RAW, path);
    await linkFiles(path, blobs);
    const { problems } = await checkMeshStore(path);
    for await (const problem of problems) assert.equal(problem, undefined);
    const expected = await (await openMeshStore(RAW)).read(1);
    assert.deepEqual(await (await openMeshStore(path)).read(1), expected);
    const targets = await linkedFiles(path);
    assert.ok(targets.length > 8 && targets.every((file) => file.includes("blobs")));
    assert.deepEqual(await linkedFiles(RAW), []);
    await Deno.remove(join(blobs, "temperature/c/0/0"));
    await assert.rejects(openMeshStore(path), /links to ".*blobs.*", which does not exist; fetch/);
  }));

Deno.test("openMeshStore() refuses codecs that it does not read by name", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "codec.zarr");
    copyDirectory(RAW, path);
    const bytes = { name: "bytes", configuration: { endian: "little" } };
    for (const name of ["bz2", "lzma", "pcodec", "zfpy", "jenkins_lookup3"]) {
      const codecs = [bytes, { name: `numcodecs.${name}`, configuration: {} }];
      edit(join(path, "temperature", "zarr.json"), { codecs });
      await assert.rejects(
        openMeshStore(path),
        new RegExp(`"temperature" .*must be among .*zstd.*received "numcodecs.${name}"`),
      );
    }
    const transposed = [{ name: "transpose", configuration: { order: [1, 0] } }, bytes];
    const delta = { name: "numcodecs.delta", configuration: { dtype: "<f4" } };
    edit(join(path, "temperature", "zarr.json"), { codecs: [delta, ...transposed] });
    await assert.rejects(openMeshStore(path), /"delta" must not occur together with "transpose"/);
    const dtype = { name: "numcodecs.quantize", configuration: { dtype: "<M8[ns]" } };
    edit(join(path, "temperature", "zarr.json"), { codecs: [dtype, bytes] });
    await assert.rejects(openMeshStore(path), /"dtype" of its codec "quantize": must be a type of/);
  }));

Deno.test("openMeshStore() names a chunk that is a Git LFS pointer", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "lfs.zarr");
    copyDirectory(RAW, path);
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n";
    await Deno.writeTextFile(join(path, "zarr.json"), pointer);
    await assert.rejects(openMeshStore(path), /Git LFS pointer.*git lfs pull/);
  }));

Deno.test("openMeshStore() refuses a zip archive without a store, and other files by name", () =>
  inTemporaryDirectory(async (directory) => {
    await assert.rejects(openMeshStore("tests/fixtures/io/zip/members.zip"), /not a Zarr group/);
    const path = join(directory, "mesh.arrow");
    await Deno.writeTextFile(path, "version https://git-lfs.github.com/spec/v1\n");
    await assert.rejects(openMeshStore(path), /is a Git LFS pointer/);
  }));

async function linkFiles(folder: string, blobs: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await linkFiles(path, join(blobs, name));
    else {
      await Deno.remove(path);
      await Deno.symlink(await Deno.realPath(join(blobs, name)), path);
    }
  }
}
