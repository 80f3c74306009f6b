import assert from "node:assert/strict";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { openMeshStore } from "../../io/mesh_store.ts";
import {
  assertDamaged,
  copyDirectory,
  edit,
  fixtures,
  type Json,
  readAll,
} from "./mesh_samples.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const foreignStores = [
  "v3_raw.zarr",
  "v3_blosc.zarr",
  "v3_zstd_float64.zarr",
  "v3_gzip_column_major.zarr",
  "v3_padded.zarr",
  "v2_raw.zarr",
  "v2_blosc.zarr",
  "v2_zstd_big_endian.zarr",
  "v2_gzip_column_major.zarr",
  "float32.arrow",
  "float64.arrow",
];

Deno.test("openMeshStore() reads stores of zarr-python and pyarrow", async (t) => {
  const expected: Record<string, number[]>[] = JSON.parse(
    Deno.readTextFileSync(join(fixtures, "samples.json")),
  );
  for (const name of foreignStores) {
    await t.step(name, async () => {
      const store = await openMeshStore(join(fixtures, name));
      assert.deepEqual(store.split("train"), [0, 2]);
      for (const [index, sample] of (await readAll(store)).entries()) {
        const { id, position, velocity, temperature } = expected[index];
        assert.equal(sample.id, id);
        assert.equal(sample.nodeCount, temperature.length);
        assert.deepEqual([...sample.position], position);
        assert.deepEqual([...sample.fields.velocity], velocity);
        assert.deepEqual([...sample.fields.temperature], temperature);
      }
    });
  }
  await t.step("v3_big_endian_int16.zarr", async () => {
    const samples = await readAll(await openMeshStore(join(fixtures, "v3_big_endian_int16.zarr")));
    const temperatures = samples.map(({ fields }) => [...fields.temperature]);
    assert.deepEqual(temperatures, expected.map(({ temperature }) => temperature.map(Math.trunc)));
  });
});

Deno.test("openMeshStore() refuses other formats and recommends conversion", () =>
  inTemporaryDirectory(async (directory) => {
    const file = join(directory, "wing.VTU");
    Deno.writeTextFileSync(file, "<VTKFile/>");
    await assert.rejects(openMeshStore(file), {
      name: "DataError",
      message: /must be a Zarr store or an Arrow IPC file, received a \.vtu file; convert it/,
    });
    Deno.writeTextFileSync(join(directory, "manifest.json"), "{}");
    await assertDamaged(
      directory,
      /not a Zarr group, .*; convert other formats first, see deno task convert/,
    );
    await assert.rejects(openMeshStore(join(directory, "no.vtu")), /no such file or directory$/);
  }));

Deno.test("MeshStore.read() refuses non-finite numbers, naming array, sample and node", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "nan.zarr");
    copyDirectory(join(fixtures, "v2_raw.zarr"), path);
    const chunk = join(path, "velocity", "1.0");
    const values = new Float32Array(Deno.readFileSync(chunk).buffer);
    values[1] = NaN;
    Deno.writeFileSync(chunk, new Uint8Array(values.buffer));
    const store = await openMeshStore(path);
    await store.read(0);
    await assert.rejects(store.read(1), {
      name: "DataError",
      message: /^Cannot use sample 1 \("plate-1"\) .*"velocity" must be finite, node 1 has NaN/,
    });
  }));

Deno.test("openMeshStore() refuses a path without a store", () =>
  inTemporaryDirectory(async (directory) => {
    await assertDamaged(join(directory, "none.zarr"), /no such file or directory/);
    await assertDamaged(directory, /neither zarr.json nor .zgroup/);
    const text = join(directory, "text.arrow");
    Deno.writeTextFileSync(text, "id,position");
    await assertDamaged(text, /must be (complete )?Arrow IPC data/);
    await assertDamaged(
      fileURLToPath(new URL("../arrow/rows.arrow", `file://${fixtures}`)),
      /must have "haloflow:meshes"/,
    );
    await assertDamaged(
      join(fixtures, "v3_sharded.zarr"),
      /"position" .* is missing/,
    );
    const array = join(directory, "array.zarr");
    copyDirectory(join(fixtures, "v3_raw.zarr", "position"), array);
    await assertDamaged(array, /it must be a Zarr group, it is "array"/);
  }));

Deno.test("openMeshStore() refuses missing or invalid attributes", async (t) => {
  const field = { components: 1, unit: "" };
  const wrong: [Json, RegExp][] = [
    [{ format: "haloflow-meshes/3" }, /"format" must be "haloflow-meshes\/1", received/],
    [{ format: "haloflow-meshes/2" }, /must have the checksum that "attributesCrc32" states/],
    [{ fields: undefined }, /lacks attribute "fields" /],
    [{ dimensions: 4 }, /dimensions: /],
    [{ dimensions: "2" }, /dimensions: /],
    [{ ids: ["a", 1, "c"] }, /ids.1: /],
    [{ ids: ["a"] }, /split "train" names sample 2 of 1/],
    [{ ids: ["a", "b", "c", "d"] }, /"offsets" of ".*": it must have 5 rows, it has 4/],
    [{ splits: { train: [0, -1] } }, /splits.train.1: /],
    [{ splits: { train: [0, 0] } }, /split "train" names a sample twice/],
    [{ gridShape: [4] }, /gridShape must have 2 numbers, it has 1/],
    [{ gridShape: [2, 2] }, /its grid 2 × 2 has 4 nodes, there are [357]/],
    [{ fields: { "../velocity": field } }, /a field name has only letters/],
    [{ fields: { position: field } }, /this name is reserved/],
    [{ fields: { pressure: field } }, /array "pressure" of ".*": it is missing/],
    [{ fields: { velocity: field } }, /array "velocity" must have shape 15 × 1, it has 15 × 2/],
    [
      { fields: { velocity: { ...field, components: 1e12 } } },
      /must have shape 15 × 1000000000000/,
    ],
  ];
  for (const [changes, message] of wrong) {
    await t.step(JSON.stringify(changes), () =>
      inTemporaryDirectory(async (directory) => {
        const path = join(directory, "bad.zarr");
        copyDirectory(join(fixtures, "v3_raw.zarr"), path);
        edit(join(path, "zarr.json"), changes, "attributes");
        await assertDamaged(path, message);
      }));
  }
});

Deno.test("MeshStore names a missing split or sample", async () => {
  const store = await openMeshStore(join(fixtures, "v3_raw.zarr"));
  assert.throws(() => store.split("trian"), {
    name: "DataError",
    message: /no split of that name, did you mean "train"\?/,
  });
  for (const index of [-1, 3, 0.5]) {
    await assert.rejects(store.read(index), {
      name: "RangeError",
      message: new RegExp(`within 0 and 2, received ${index}`),
    });
  }
});

Deno.test("openMeshStore() refuses invalid offsets and node counts", async (t) => {
  const wrong: [string, string, number[], RegExp][] = [
    ["v3_raw.zarr", "offsets", [1, 5, 8, 15], /"offsets" must start at 0, it starts at 1/],
    ["v3_raw.zarr", "offsets", [0, 8, 5, 15], /"offsets" must ascend, sample 1 is 8 to 5/],
    ["v3_raw.zarr", "offsets", [0, 5, 5, 15], /"offsets" must ascend, sample 1 is 5 to 5/],
    ["v3_raw.zarr", "offsets", [0, 5, 8, 16], /"position" must have shape 16 × 2, it has 15 × 2/],
    [
      "v3_padded.zarr",
      "nodeCounts",
      [0, 3, 7],
      /"nodeCounts" must be within 1 and 8 at sample 0, it is 0/,
    ],
    [
      "v3_padded.zarr",
      "nodeCounts",
      [5, 5, 7],
      /"nodeCounts" must be within 1 and 4 at sample 1, it is 5/,
    ],
  ];
  for (const [store, array, numbers, message] of wrong) {
    await t.step(`${array} ${numbers}`, () =>
      inTemporaryDirectory(async (directory) => {
        const path = join(directory, "bad.zarr");
        copyDirectory(join(fixtures, store), path);
        const wide = store === "v3_padded.zarr";
        const chunk = wide ? BigInt64Array.from(numbers, BigInt) : Int32Array.from(numbers);
        Deno.writeFileSync(join(path, array, "c", "0"), new Uint8Array(chunk.buffer));
        await assertDamaged(path, message);
      }));
  }
});

Deno.test(
  "MeshStore.read() refuses integers that float32 does not hold, and chunks of too few " +
    "numbers",
  () =>
    inTemporaryDirectory(async (directory) => {
      const integers = join(directory, "int32.zarr");
      copyDirectory(join(fixtures, "v3_big_endian_int16.zarr"), integers);
      edit(join(integers, "temperature", "zarr.json"), { data_type: "int32" });
      for (const chunk of ["0", "1", "2"]) {
        const view = new DataView(new ArrayBuffer(24));
        view.setInt32(4, 2 ** 24 + 1);
        Deno.writeFileSync(
          join(integers, "temperature", "c", chunk, "0"),
          new Uint8Array(view.buffer),
        );
      }
      await assertDamaged(
        integers,
        /"temperature" .* hold its int32 exactly, row 1 has 16777217; store it as float32/,
      );

      const short = join(directory, "short.zarr");
      copyDirectory(join(fixtures, "v3_gzip_column_major.zarr"), short);
      const chunk = join(short, "velocity", "c", "1", "0");
      Deno.writeFileSync(chunk, gzipSync(gunzipSync(Deno.readFileSync(chunk)).subarray(0, 40)));
      await assertDamaged(
        short,
        /chunk "c\/1\/0" of array "velocity" .*: expected 12 numbers, found 10/,
      );
    }),
);

Deno.test("openMeshStore() refuses hostile array metadata without allocation", async (t) => {
  const grid = (...chunk_shape: unknown[]) => ({
    chunk_grid: { name: "regular", configuration: { chunk_shape } },
  });
  const wrong: [string, Json, RegExp][] = [
    ["position", { shape: [1e15, 2] }, /chunk "position\/c\/\d+\/0" .* is missing/],
    [
      "position",
      { shape: [1e15, 2], ...grid(1e15, 2) },
      /a chunk must have at most 536870912 bytes/,
    ],
    ["position", { shape: [1e308, 2] }, /metadata are invalid: shape.0/],
    ["position", { shape: [-15, 2] }, /metadata are invalid: shape.0/],
    ["position", { shape: [15] }, /its chunks must have 1 dimensions, they have 2/],
    ["position", { shape: [7, 2] }, /must have shape 15 × 2, it has 7 × 2/],
    ["position", grid(0, 2), /metadata are invalid: chunk_grid/],
    ["position", grid(2 ** 20, 2), /expected 8388608 bytes, found 24/],
    ["position", { data_type: "complex64" }, /its type must be a number, received "complex64"/],
    ["position", { data_type: "float64" }, /expected 48 bytes, found 24/],
    [
      "position",
      { codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "lzma" }] },
      /lzma/,
    ],
    ["position", { node_type: "group" }, /metadata are invalid: node_type/],
    [
      "position",
      { attributes: { chunkCrc32: [1, 2] } },
      /a checksum for each of its 6 chunks, there are 2/,
    ],
    ["position", { attributes: { chunkCrc32: [1, 2, -1] } }, /"chunkCrc32" must be a list/],
    [
      "position",
      { attributes: { chunkCrc32: [1, 2, 3, 4, 5, 6] } },
      /expected checksum 00000001, found [0-9a-f]{8}/,
    ],
    ["offsets", { shape: [1e15] }, /chunk "offsets\/c\/\d+" .* is missing/],
    [
      "offsets",
      { data_type: "float32" },
      /must be integers with 1 dimension, it is float32 with 1/,
    ],
    [
      "offsets",
      { codecs: [{ name: "bytes", configuration: { endian: "big" } }] },
      /"position" must have shape 251658240 × 2/,
    ],
  ];
  for (const [array, changes, message] of wrong) {
    await t.step(
      `${array} ${JSON.stringify(changes)}`,
      () =>
        inTemporaryDirectory(async (directory) => {
          const path = join(directory, "bad.zarr");
          copyDirectory(join(fixtures, "v3_raw.zarr"), path);
          edit(join(path, array, "zarr.json"), changes);
          await assertDamaged(path, message);
        }),
    );
  }
});
