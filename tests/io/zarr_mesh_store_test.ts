import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { LZ4 } from "numcodecs";
import { DataError, UserError } from "../../errors.ts";
import {
  createMeshStore,
  type MeshSample,
  openMeshStore,
  writeArrowMeshes,
} from "../../io/mesh_store.ts";
import {
  assertDamaged,
  copyDirectory,
  edit,
  filesOf,
  fixtures,
  header,
  makeSample,
  ragged,
  readAll,
  sameSize,
  writeStore,
} from "./mesh_samples.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

Deno.test("createMeshStore() writes each mesh of equal size as one chunk", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, sameSize);
    const store = await openMeshStore(path);
    assert.deepEqual(await readAll(store), sameSize);
    assert.deepEqual(store.attributes, {
      format: "haloflow-meshes/2",
      ...header,
      ids: ["plate-0", "plate-1", "plate-2"],
      nodeCount: 12,
    });
    const chunks = (name: string) => ["0", "1", "2"].map((row) => join(name, "c", row, "0"));
    assert.deepEqual(
      filesOf(path),
      [
        join("offsets", "c", "0"),
        ...["position", "temperature", "velocity"].flatMap(chunks),
        ...["offsets", "position", "temperature", "velocity"].map((name) =>
          join(name, "zarr.json")
        ),
        "zarr.json",
      ].sort(),
    );
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["plates.zarr"]);
  }));

Deno.test("createMeshStore() and writeArrowMeshes() round-trip any meshes at any chunk size", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 5 }),
      fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
      (nodeCounts, chunkRows) =>
        inTemporaryDirectory(async (directory) => {
          const samples = nodeCounts.map((nodeCount, number) => makeSample(number, nodeCount));
          const zarr = join(directory, "a.zarr");
          const arrow = join(directory, "a.arrow");
          await writeStore(zarr, samples, chunkRows === undefined ? {} : { chunkRows });
          const fromZarr = await openMeshStore(zarr);
          await writeArrowMeshes(arrow, fromZarr.attributes, await readAll(fromZarr));
          const fromArrow = await openMeshStore(arrow);
          assert.deepEqual(await readAll(fromZarr), samples);
          assert.deepEqual(await readAll(fromArrow), samples);
          assert.deepEqual(fromArrow.attributes, {
            ...fromZarr.attributes,
            format: "haloflow-meshes/1",
          });
        }),
    ),
    { numRuns: 10 },
  ));

Deno.test("openMeshStore() reads chunks that the LZ4 library compressed", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "lz4.zarr");
    copyDirectory(join(fixtures, "v3_raw.zarr"), path);
    const bytesCodec = { name: "bytes", configuration: { endian: "little" } };
    const codecs = [bytesCodec, { name: "lz4", configuration: {} }];
    edit(join(path, "velocity", "zarr.json"), { codecs });
    const lz4 = LZ4.fromConfig({ id: "lz4" });
    for (const name of filesOf(join(path, "velocity", "c"))) {
      const file = join(path, "velocity", "c", name);
      Deno.writeFileSync(file, await lz4.encode(Deno.readFileSync(file)));
    }
    const raw = await openMeshStore(join(fixtures, "v3_raw.zarr"));
    assert.deepEqual(await readAll(await openMeshStore(path)), await readAll(raw));
  }));

Deno.test("MeshStore.read() reads only the chunks of its mesh", () =>
  inTemporaryDirectory(async (directory) => {
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

Deno.test("openMeshStore() refuses any missing, short or flipped file of a sealed store", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, ragged, { chunkRows: 4 });
    for (const file of filesOf(path)) {
      const bytes = Deno.readFileSync(join(path, file));
      const damages: Record<string, Uint8Array | undefined> = {
        missing: undefined,
        empty: new Uint8Array(),
        "cut short": bytes.subarray(0, bytes.length - 1),
        longer: Uint8Array.of(...bytes, 0),
        flipped: bytes.with(bytes.length >> 1, bytes[bytes.length >> 1] ^ 4),
      };
      const isMetadata = file.endsWith("zarr.json");
      for (const [damage, damaged] of Object.entries(damages)) {
        if (damaged) Deno.writeFileSync(join(path, file), damaged);
        else Deno.removeSync(join(path, file));
        const outcome = await openMeshStore(path).then(readAll).catch((error: unknown) => error);
        // A flipped bit of the metadata may leave their meaning as it is.
        if (isMetadata && damage === "flipped" && !(outcome instanceof Error)) {
          assert.deepEqual(outcome, ragged, file);
        } else {
          assert.ok(
            outcome instanceof DataError && outcome.message.includes(path),
            `${file} ${damage}: ${outcome}`,
          );
        }
      }
      Deno.writeFileSync(join(path, file), bytes);
    }
    assert.deepEqual(await readAll(await openMeshStore(path)), ragged);
  }));

Deno.test("openMeshStore() names the chunk that is missing, cut short or flipped", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "bad.zarr");
    copyDirectory(join(fixtures, "v3_raw.zarr"), path);
    const chunk = join(path, "velocity", "c", "1", "1");
    const bytes = Deno.readFileSync(chunk);
    const whole = await openMeshStore(path);
    Deno.writeFileSync(chunk, bytes.subarray(0, 8));
    const truncated = {
      name: "DataError",
      message:
        /^Cannot read chunk "velocity\/c\/1\/1" of ".*bad.zarr": expected 24 bytes, found 8; .*/,
    };
    await assert.rejects(openMeshStore(path), truncated);
    await assert.rejects(whole.read(1), truncated);
    Deno.removeSync(chunk);
    // Another program may have left it out.
    const { notes } = await openMeshStore(path);
    assert.match(notes!.join(), /"velocity" lacks 1 of 6 chunks/);

    const own = join(directory, "own.zarr");
    await writeStore(own, sameSize);
    const file = join(own, "temperature", "c", "1", "0");
    const flipped = Deno.readFileSync(file);
    flipped[20] ^= 1;
    Deno.writeFileSync(file, flipped);
    const store = await openMeshStore(own);
    assert.deepEqual(await store.read(0), sameSize[0]);
    await assert.rejects(store.read(1), {
      message: /chunk "temperature\/c\/1\/0" .*: expected checksum [0-9a-f]{8}/,
    });
  }));

Deno.test("createMeshStore() replaces an existing path only on request", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    await writeStore(path, sameSize);
    await assert.rejects(writeStore(path, ragged), UserError);
    assert.deepEqual(await readAll(await openMeshStore(path)), sameSize);
    await writeStore(path, ragged, { overwrite: true });
    assert.deepEqual(await readAll(await openMeshStore(path)), ragged);
    assert.deepEqual([...Deno.readDirSync(directory)].length, 1);
  }));

Deno.test(
  "createMeshStore() shows nothing before it is closed, and nothing after it failed or was " +
    "aborted",
  () =>
    inTemporaryDirectory(async (directory) => {
      const path = join(directory, "plates.zarr");
      const writer = await createMeshStore(path, header);
      await writer.add(ragged[0]);
      const [partial] = [...Deno.readDirSync(directory)].map(({ name }) => name);
      assert.match(partial, /^plates\.zarr\..*\.partial$/);
      await assertDamaged(path, /no such file/);
      await assertDamaged(join(directory, partial), /was not written completely/);
      await writer.abort();
      assert.deepEqual([...Deno.readDirSync(directory)], []);
      await assert.rejects(writer.add(ragged[0]), { name: "UserError", message: /is closed/ });

      const { temperature, velocity } = ragged[0].fields;
      const nan = Float32Array.from(temperature, (value, node) => node === 3 ? NaN : value);
      const refused: [Partial<MeshSample>, RegExp][] = [
        [
          { fields: { velocity, temperature: nan } },
          /sample 1 \("plate-0"\) .* "temperature" must be finite, node 3 has NaN/,
        ],
        [
          { fields: { velocity, temperature: velocity } },
          /"temperature" must have 5 × 1 numbers, there are 10/,
        ],
        [{ fields: { velocity } }, /"temperature" must be a Float32Array, it is undefined/],
        [
          { fields: { ...ragged[0].fields, temprature: temperature } },
          /"temprature" .* did you mean "temperature"\?/,
        ],
        [{ position: new Float32Array(9) }, /position must have 4 × 2 numbers, there are 9/],
        [{ position: new Float32Array() }, /it has no nodes/],
        [{}, /its id belongs to another sample/],
      ];
      for (const [changes, message] of refused) {
        const failing = await createMeshStore(path, header);
        await failing.add(ragged[0]);
        await assert.rejects(failing.add({ ...ragged[0], ...changes }), {
          name: "DataError",
          message,
        });
        assert.deepEqual([...Deno.readDirSync(directory)], []);
      }
    }),
);

Deno.test("createMeshStore() refuses an invalid header, empty splits and an empty store", () =>
  inTemporaryDirectory(async (directory) => {
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

Deno.test("createMeshStore() removes everything after a failed write", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "plates.zarr");
    const writer = await createMeshStore(path, header);
    await writer.add(ragged[0]);
    const [{ name }] = [...Deno.readDirSync(directory)];
    Deno.removeSync(join(directory, name, "velocity"), { recursive: true });
    Deno.writeTextFileSync(join(directory, name, "velocity"), "in the way");
    await assert.rejects(writer.add(ragged[1]), {
      name: "DataError",
      message: /^Cannot write ".*plates.zarr": .*; nothing was written$/,
    });
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));
