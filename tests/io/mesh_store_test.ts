import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { DataError, UserError } from "../../errors.ts";
import {
  createMeshStore,
  type MeshSample,
  type MeshStore,
  type MeshStoreHeader,
  openMeshStore,
  writeArrowMeshes,
} from "../../io/mesh_store.ts";

const fixtures = fileURLToPath(new URL("../fixtures/io/meshes/", import.meta.url));

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

const header: MeshStoreHeader = {
  case: "plate",
  dimensions: 2,
  fields: {
    velocity: { components: 2, unit: "m/s", role: "input" },
    temperature: { components: 1, unit: "K", role: "target" },
  },
  splits: { train: [0, 2], test: [1] },
  generator: { name: "test", cells: 4 },
  seed: 7,
};

/** A mesh whose numbers tell its sample, node and component. */
function makeSample(number: number, nodeCount: number): MeshSample {
  const numbers = (components: number, base: number) =>
    Float32Array.from({ length: nodeCount * components }, (_, i) => base + number + i / 16);
  return {
    id: `plate-${number}`,
    dimensions: 2,
    nodeCount,
    position: numbers(2, 0),
    fields: { velocity: numbers(2, 100), temperature: numbers(1, 300) },
  };
}

const sameSize = [4, 4, 4].map((nodeCount, number) => makeSample(number, nodeCount));
const ragged = [5, 3, 7].map((nodeCount, number) => makeSample(number, nodeCount));

async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "haloflow-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function writeStore(path: string, samples: readonly MeshSample[], options = {}): Promise<void> {
  const writer = await createMeshStore(path, header, options);
  for (const sample of samples) await writer.add(sample);
  await writer.close();
}

const readAll = (store: MeshStore) =>
  Promise.all(Array.from({ length: store.sampleCount }, (_, index) => store.read(index)));

/** The files below a directory, by path relative to it. */
function filesOf(directory: string, below = ""): string[] {
  return [...Deno.readDirSync(join(directory, below))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(directory, join(below, name)) : [join(below, name)]
  ).sort();
}

function copyDirectory(from: string, to: string): void {
  for (const file of filesOf(from)) {
    Deno.mkdirSync(join(to, file, ".."), { recursive: true });
    Deno.copyFileSync(join(from, file), join(to, file));
  }
}

type Json = Record<string, unknown>;

/** Replaces keys of a JSON file, at the top or below `key`. */
function edit(file: string, changes: Json, key?: string): void {
  const json: Json = JSON.parse(Deno.readTextFileSync(file));
  const edited = key ? { ...json, [key]: { ...json[key] as Json, ...changes } } : { ...json, ...changes };
  Deno.writeTextFileSync(file, JSON.stringify(edited));
}

/** Checks that opening a store, or reading a sample of it, fails with a message. */
async function assertDamaged(path: string, message: RegExp): Promise<void> {
  await assert.rejects(async () => await readAll(await openMeshStore(path)), { name: "DataError", message });
}

Deno.test("openMeshStore() reads what zarr-python and pyarrow write", async (t) => {
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

Deno.test("createMeshStore() writes meshes of one size as one chunk each", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, sameSize);
    const store = await openMeshStore(path);
    assert.deepEqual(await readAll(store), sameSize);
    assert.deepEqual(store.attributes, {
      format: "haloflow-meshes/1",
      ...header,
      ids: ["plate-0", "plate-1", "plate-2"],
    });
    const chunks = (name: string) => ["0", "1", "2"].map((row) => join(name, "c", row, "0"));
    assert.deepEqual(
      filesOf(path),
      [
        join("offsets", "c", "0"),
        ...["position", "temperature", "velocity"].flatMap(chunks),
        ...["offsets", "position", "temperature", "velocity"].map((name) => join(name, "zarr.json")),
        "zarr.json",
      ].sort(),
    );
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["plates.zarr"]);
  }));

Deno.test("createMeshStore() gives back any meshes at any chunk size, and Arrow the same", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 5 }),
      fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
      (nodeCounts, chunkRows) =>
        withDirectory(async (directory) => {
          const samples = nodeCounts.map((nodeCount, number) => makeSample(number, nodeCount));
          const zarr = join(directory, "a.zarr");
          const arrow = join(directory, "a.arrow");
          await writeStore(zarr, samples, chunkRows === undefined ? {} : { chunkRows });
          const fromZarr = await openMeshStore(zarr);
          await writeArrowMeshes(arrow, fromZarr.attributes, await readAll(fromZarr));
          const fromArrow = await openMeshStore(arrow);
          assert.deepEqual(await readAll(fromZarr), samples);
          assert.deepEqual(await readAll(fromArrow), samples);
          assert.deepEqual(fromArrow.attributes, fromZarr.attributes);
        }),
    ),
    { numRuns: 20 },
  ));

Deno.test("MeshStore.read() reads the chunks of its mesh only", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, ragged, { chunkRows: 4 });
    const store = await openMeshStore(path);
    for (const name of ["position", "velocity", "temperature"]) {
      Deno.removeSync(join(path, name, "c", "2", "0"));
    }
    assert.deepEqual(await store.read(0), ragged[0]);
    assert.deepEqual(await store.read(2), ragged[2]);
    await assert.rejects(store.read(1), {
      name: "DataError",
      message: /chunk "velocity\/c\/2\/0" .* is missing/,
    });
  }));

Deno.test("openMeshStore() refuses a store of its own with any file missing, cut short or flipped", () =>
  withDirectory(async (directory) => {
    const good = join(directory, "good.zarr");
    await writeStore(good, ragged, { chunkRows: 4 });
    const bad = join(directory, "bad.zarr");
    for (const file of filesOf(good)) {
      const bytes = Deno.readFileSync(join(good, file));
      const flipped = bytes.slice();
      flipped[bytes.length >> 1] ^= 4;
      const damages: Record<string, Uint8Array | undefined> = {
        missing: undefined,
        empty: new Uint8Array(),
        "cut short": bytes.subarray(0, bytes.length - 1),
        longer: Uint8Array.of(...bytes, 0),
        flipped,
      };
      for (const [damage, damaged] of Object.entries(damages)) {
        if (file === join("nodeCounts", "zarr.json") && damage === "missing") continue;
        copyDirectory(good, bad);
        if (damaged) Deno.writeFileSync(join(bad, file), damaged);
        else Deno.removeSync(join(bad, file));
        const read = async () => await readAll(await openMeshStore(bad));
        if (file.endsWith("zarr.json") && damage === "flipped") {
          // Other values of the metadata may be valid; then the data are either right or refused.
          await read().then(
            (samples) =>
              assert.deepEqual(
                samples.map(({ position }) => position),
                ragged.map(({ position }) => position),
              ),
            (error) => assert.ok(error instanceof DataError, `${file} ${damage}: ${error}`),
          );
        } else {
          await assert.rejects(
            read,
            (error) => error instanceof DataError && error.message.includes(bad),
            `${file} ${damage}`,
          );
        }
        Deno.removeSync(bad, { recursive: true });
      }
    }
  }));

Deno.test("openMeshStore() names the chunk that is missing, cut short or flipped", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "bad.zarr");
    copyDirectory(join(fixtures, "v3_raw.zarr"), path);
    const chunk = join(path, "velocity", "c", "1", "1");
    const bytes = Deno.readFileSync(chunk);
    Deno.writeFileSync(chunk, bytes.subarray(0, 8));
    await assertDamaged(
      path,
      /^Cannot read chunk "velocity\/c\/1\/1" of ".*bad.zarr": 8 bytes where 24 are expected; .*/,
    );
    Deno.removeSync(chunk);
    await assertDamaged(
      path,
      /^Cannot read chunk "velocity\/c\/1\/1" of ".*" as it is missing: the store is not whole, or .*/,
    );

    const own = join(directory, "own.zarr");
    await writeStore(own, sameSize);
    const file = join(own, "temperature", "c", "1", "0");
    const flipped = Deno.readFileSync(file);
    flipped[20] ^= 1;
    Deno.writeFileSync(file, flipped);
    const store = await openMeshStore(own);
    assert.deepEqual(await store.read(0), sameSize[0]);
    await assert.rejects(store.read(1), {
      message: /chunk "temperature\/c\/1\/0" .* as its checksum is wrong: [0-9a-f]{8} /,
    });
  }));

Deno.test("MeshStore.read() refuses numbers that are not finite, naming array, sample and node", () =>
  withDirectory(async (directory) => {
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
      message:
        `Cannot use sample 1 ("plate-1") of "${path}" as field "velocity" must be finite: node 1 has NaN`,
    });
  }));

Deno.test("openMeshStore() refuses a path without a store", () =>
  withDirectory(async (directory) => {
    await assertDamaged(join(directory, "none.zarr"), /no such file or directory/);
    await assertDamaged(directory, /neither zarr.json nor .zgroup/);
    const text = join(directory, "text.arrow");
    Deno.writeTextFileSync(text, "id,position");
    await assertDamaged(text, /not (whole )?Arrow IPC data/);
    await assertDamaged(
      fileURLToPath(new URL("../arrow/rows.arrow", `file://${fixtures}`)),
      /"haloflow:meshes": it is missing/,
    );
    await assertDamaged(
      join(fixtures, "v3_sharded.zarr"),
      /"offsets" .* is sharded; write it without shards/,
    );
    const array = join(directory, "array.zarr");
    copyDirectory(join(fixtures, "v3_raw.zarr", "position"), array);
    await assertDamaged(array, /a Zarr group is expected: it is "array"/);
  }));

Deno.test("openMeshStore() refuses attributes that are missing or wrong", async (t) => {
  const field = { components: 1, unit: "" };
  const wrong: [Json, RegExp][] = [
    [{ format: "haloflow-meshes/2" }, /format: /],
    [{ fields: undefined }, /fields: /],
    [{ dimensions: 4 }, /dimensions: /],
    [{ dimensions: "2" }, /dimensions: /],
    [{ ids: ["a", 1, "c"] }, /ids.1: /],
    [{ ids: ["a"] }, /split "train" names sample 2 of 1/],
    [{ ids: ["a", "b", "c", "d"] }, /"offsets" must have 5 numbers for 4 ids: it has 4/],
    [{ splits: { train: [0, -1] } }, /splits.train.1: /],
    [{ splits: { train: [0, 0] } }, /split "train" names a sample twice/],
    [{ gridShape: [4] }, /gridShape must have 2 numbers: it has 1/],
    [{ gridShape: [2, 2] }, /its grid 2 × 2 has 4 nodes: there are [357]/],
    [{ fields: { "../velocity": field } }, /a field name has letters/],
    [{ fields: { position: field } }, /this name is reserved/],
    [{ fields: { pressure: field } }, /array "pressure" of ".*" as it is missing/],
    [{ fields: { velocity: field } }, /array "velocity" must have shape 15 × 1: it has 15 × 2/],
    [{ fields: { velocity: { ...field, components: 1e12 } } }, /must have shape 15 × 1000000000000/],
  ];
  for (const [changes, message] of wrong) {
    await t.step(JSON.stringify(changes), () =>
      withDirectory(async (directory) => {
        const path = join(directory, "bad.zarr");
        copyDirectory(join(fixtures, "v3_raw.zarr"), path);
        edit(join(path, "zarr.json"), changes, "attributes");
        await assertDamaged(path, message);
      }));
  }
});

Deno.test("openMeshStore() refuses hostile array metadata without asking for its memory", async (t) => {
  const grid = (...chunk_shape: unknown[]) => ({
    chunk_grid: { name: "regular", configuration: { chunk_shape } },
  });
  const wrong: [string, Json, RegExp][] = [
    ["position", { shape: [1e15, 2] }, /chunk "position\/c\/3\/0" .* is missing/],
    ["position", { shape: [1e15, 2], ...grid(1e15, 2) }, /a chunk must have at most 2147483647 bytes/],
    ["position", { shape: [1e308, 2] }, /metadata are wrong: shape.0/],
    ["position", { shape: [-15, 2] }, /metadata are wrong: shape.0/],
    ["position", { shape: [15] }, /its chunks must have 1 dimensions: they have 2/],
    ["position", { shape: [7, 2] }, /must have shape 15 × 2: it has 7 × 2/],
    ["position", grid(0, 2), /metadata are wrong: chunk_grid/],
    ["position", grid(2 ** 20, 2), /24 bytes where 8388608 are expected/],
    ["position", { data_type: "complex64" }, /metadata are wrong: data_type/],
    ["position", { data_type: "float64" }, /24 bytes where 48 are expected/],
    [
      "position",
      { codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "lzma" }] },
      /lzma/,
    ],
    ["position", { node_type: "group" }, /metadata are wrong: node_type/],
    ["position", { attributes: { chunkCrc32: [1, 2] } }, /a checksum for each of its 6 chunks: there are 2/],
    ["position", { attributes: { chunkCrc32: [1, 2, -1] } }, /"chunkCrc32" is wrong/],
    [
      "position",
      { attributes: { chunkCrc32: [1, 2, 3, 4, 5, 6] } },
      /checksum is wrong: [0-9a-f]{8} where 00000001/,
    ],
    ["offsets", { shape: [1e15] }, /chunk "offsets\/c\/1" .* is missing/],
    ["offsets", { data_type: "float32" }, /must be integers with 1 dimension: it is float32 with 1/],
    [
      "offsets",
      { codecs: [{ name: "bytes", configuration: { endian: "big" } }] },
      /"position" must have shape 251658240 × 2/,
    ],
  ];
  for (const [array, changes, message] of wrong) {
    await t.step(`${array} ${JSON.stringify(changes)}`, () =>
      withDirectory(async (directory) => {
        const path = join(directory, "bad.zarr");
        copyDirectory(join(fixtures, "v3_raw.zarr"), path);
        edit(join(path, array, "zarr.json"), changes);
        await assertDamaged(path, message);
      }));
  }
});

Deno.test("MeshStore names the split and the sample that it does not have", async () => {
  const store = await openMeshStore(join(fixtures, "v3_raw.zarr"));
  assert.throws(() => store.split("trian"), {
    name: "DataError",
    message: /no split of that name, did you mean "train"\?/,
  });
  for (const index of [-1, 3, 0.5]) {
    await assert.rejects(store.read(index), {
      name: "RangeError",
      message: new RegExp(`within 0 and 2: received ${index}`),
    });
  }
});

Deno.test("createMeshStore() leaves an existing path alone unless it may overwrite", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, sameSize);
    await assert.rejects(writeStore(path, ragged), UserError);
    assert.deepEqual(await readAll(await openMeshStore(path)), sameSize);
    await writeStore(path, ragged, { overwrite: true });
    assert.deepEqual(await readAll(await openMeshStore(path)), ragged);
    assert.deepEqual([...Deno.readDirSync(directory)].length, 1);
  }));

Deno.test("createMeshStore() shows nothing before it is closed, and nothing after it failed or was aborted", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    const writer = await createMeshStore(path, header);
    await writer.add(ragged[0]);
    const [partial] = [...Deno.readDirSync(directory)].map(({ name }) => name);
    assert.match(partial, /^plates\.zarr\..*\.partial$/);
    await assertDamaged(path, /no such file/);
    await assertDamaged(join(directory, partial), /its writing was cut short/);
    await writer.abort();
    assert.deepEqual([...Deno.readDirSync(directory)], []);
    await assert.rejects(writer.add(ragged[0]), { name: "UserError", message: /is closed/ });

    const { temperature, velocity } = ragged[0].fields;
    const nan = Float32Array.from(temperature, (value, node) => node === 3 ? NaN : value);
    const refused: [Partial<MeshSample>, RegExp][] = [
      [
        { fields: { velocity, temperature: nan } },
        /sample 1 \("plate-0"\) .* "temperature" must be finite: node 3 has NaN/,
      ],
      [
        { fields: { velocity, temperature: velocity } },
        /"temperature" must have 5 × 1 numbers: there are 10/,
      ],
      [{ fields: { velocity } }, /"temperature" must be a Float32Array: it is undefined/],
      [
        { fields: { ...ragged[0].fields, temprature: temperature } },
        /"temprature" .* did you mean "temperature"\?/,
      ],
      [{ position: new Float32Array(9) }, /position must have 4 × 2 numbers: there are 9/],
      [{ position: new Float32Array() }, /it has no nodes/],
      [{}, /its id is that of another sample/],
    ];
    for (const [changes, message] of refused) {
      const failing = await createMeshStore(path, header);
      await failing.add(ragged[0]);
      await assert.rejects(failing.add({ ...ragged[0], ...changes }), { name: "DataError", message });
      assert.deepEqual([...Deno.readDirSync(directory)], []);
    }
  }));

Deno.test("createMeshStore() refuses a wrong header, splits without samples, and a store without any", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await assert.rejects(createMeshStore(path, { ...header, dimensions: 0 }), {
      name: "DataError",
      message: /dimensions/,
    });
    await assert.rejects(createMeshStore(path, header, { chunkRows: 0 }), {
      name: "RangeError",
      message: /received 0/,
    });
    await assert.rejects(writeStore(path, sameSize.slice(0, 2)), {
      message: /split "train" names sample 2 of 2/,
    });
    await assert.rejects(writeStore(path, []), { name: "DataError", message: /it has no samples/ });
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));

Deno.test("createMeshStore() keeps nothing of a write that fails half-way", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    const writer = await createMeshStore(path, header);
    await writer.add(ragged[0]);
    const [{ name }] = [...Deno.readDirSync(directory)];
    Deno.removeSync(join(directory, name, "velocity"), { recursive: true });
    Deno.writeTextFileSync(join(directory, name, "velocity"), "in the way");
    await assert.rejects(writer.add(ragged[1]), {
      name: "DataError",
      message: /^Cannot write ".*plates.zarr": .*; nothing was kept$/,
    });
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));

Deno.test("openMeshStore() refuses an Arrow file of meshes that does not match its attributes", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "a.arrow");
    await writeArrowMeshes(path, header, ragged);
    await assert.rejects(writeArrowMeshes(path, header, ragged), UserError);
    await assert.rejects(
      writeArrowMeshes(join(directory, "b"), header, [sameSize[0]]),
      /split "train" names sample 2 of 1/,
    );
    const replace = (from: string, to: string) => {
      const changed = join(directory, "changed.arrow");
      const text = Buffer.from(Deno.readFileSync(path)).toString("latin1").replaceAll(from, to);
      Deno.writeFileSync(changed, Buffer.from(text, "latin1"));
      return changed;
    };
    await assertDamaged(
      replace('"components":2', '"components":3'),
      /"velocity" must have 5 × 3 numbers: there are 10/,
    );
    await assertDamaged(replace('"format"', '"farmot"'), /format: /);
    await assertDamaged(replace('"temperature":{', '"temparature":{'), /column "temparature" must be a list/);
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length - 20));
    await assertDamaged(path, /^Cannot open ".*a\.arrow": /);
  }));
