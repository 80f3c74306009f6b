/**
 * Hostile stores that try to exhaust memory, to hang, or to make other files be read. Each must
 * quickly end in an error of ours and take little memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { openMeshStore } from "../../io/mesh_store.ts";
import { linkedFiles } from "../../io/store_files.ts";
import { crc32c } from "../../io/zarr_codecs.ts";
import { assertDamaged, copyDirectory, edit, fixtures, type Json } from "./mesh_samples.ts";
import { assertRefused, makeSparse, nested, zeros } from "./refusal.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const bytesCodec = { name: "bytes", configuration: { endian: "little" } };

/** A Blosc header: version, flags, type size and the stated sizes. */
function bloscBomb(size: number, blockSize: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(0x04010002, size, blockSize, 32, 0, 0, 0, 0).buffer);
}

const bombs: readonly [codec: string, chunk: Uint8Array, reason: RegExp][] = [
  ["gzip", gzipSync(zeros), /Cannot create a Buffer larger than/],
  ["zlib", deflateSync(zeros), /Cannot create a Buffer larger than/],
  ["zstd", zstdCompressSync(zeros), /Cannot create a Buffer larger than/],
  ["lz4", Uint8Array.of(0, 0, 0, 0x7f, 0, 0), /it states 2130706432 bytes, more than/],
  ["blosc", bloscBomb(2 ** 31 - 1, 2 ** 20), /it states 2147483647 bytes, more than/],
  ["blosc", bloscBomb(24, 2 ** 31 - 1), /it states 2147483647 bytes, more than/],
  ["blosc", bloscBomb(24, 24).subarray(0, 20), /it states 32 compressed bytes, found 20/],
  ["blosc", bloscBomb(24, 24).subarray(0, 3), /it has only 3 bytes/],
];

for (const [codec, chunk, reason] of bombs) {
  Deno.test(`openMeshStore() does not decompress a bomb: ${codec} ${chunk.length}`, () =>
    inTemporaryDirectory(async (directory) => {
      const path = join(directory, "bomb.zarr");
      copyDirectory(join(fixtures, "v3_raw.zarr"), path);
      edit(join(path, "offsets", "zarr.json"), {
        codecs: [bytesCodec, { name: codec, configuration: {} }],
      });
      // Codecs may add a little.
      await Deno.writeFile(join(path, "offsets", "c", "0"), chunk.subarray(0, 65_000));
      await assertRefused(() => openMeshStore(path), reason);
    }));
}

Deno.test(
  "openMeshStore() refuses chunks far larger than their content, and metadata of " +
    "gigabytes",
  () =>
    inTemporaryDirectory(async (directory) => {
      for (
        const [file, reason] of [
          [
            "position/c/0/0",
            /"position\/c\/0\/0" .*: expected 24 bytes, found 1099511627776; the store is damaged/,
          ],
          ["position/zarr.json", /must have at most 67108864 bytes, it has 1099511627776/],
          ["zarr.json", /must have at most 67108864 bytes, it has 1099511627776/],
        ] as const
      ) {
        const path = join(directory, `${file.replaceAll("/", "_")}.zarr`);
        copyDirectory(join(fixtures, "v3_raw.zarr"), path);
        await makeSparse(join(path, file), 2 ** 40);
        await assertRefused(() => openMeshStore(path), reason);
      }
      const path = join(directory, "compressed.zarr");
      copyDirectory(join(fixtures, "v3_blosc.zarr"), path);
      await makeSparse(join(path, "position", "c", "0", "0"), 2 ** 40);
      await assertRefused(
        () => openMeshStore(path),
        /expected about \d+ bytes, found 1099511627776/,
      );
    }),
);

Deno.test("openMeshStore() refuses meshes that exceed the memory limit", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "large.zarr");
    copyDirectory(join(fixtures, "v3_blosc.zarr"), path);
    const rows = 2 ** 40;
    edit(join(path, "offsets", "zarr.json"), { codecs: [bytesCodec], data_type: "int64" });
    const offsets = BigInt64Array.of(0n, 5n, 8n, BigInt(rows));
    Deno.writeFileSync(join(path, "offsets", "c", "0"), new Uint8Array(offsets.buffer));
    for (const name of ["position", "velocity", "temperature"]) {
      const { shape: [, columns] } = JSON.parse(
        Deno.readTextFileSync(join(path, name, "zarr.json")),
      );
      edit(join(path, name, "zarr.json"), { shape: [rows, columns] });
    }
    await assertRefused(() => openMeshStore(path), /is missing|must have shape|must take at most/);
  }));

Deno.test("openMeshStore() follows links out of the store only as far as permissions reach", () =>
  inTemporaryDirectory(async (directory) => {
    const whole = join(fixtures, "v3_raw.zarr");
    const path = join(directory, "linked.zarr");
    copyDirectory(whole, path);
    const chunk = join(path, "position", "c", "0", "0");
    replaceByLink(chunk, join(whole, "position", "c", "0", "0"));
    assert.equal((await (await openMeshStore(path)).read(0)).nodeCount, 5);
    const module = JSON.stringify(new URL("../../io/mesh_store.ts", import.meta.url).href);
    const store = JSON.stringify(path);
    const source = `import { openMeshStore } from ${module};
      const outcome = openMeshStore(${store}).then(() => "read", (error) => error.message);
      self.postMessage(await outcome);`;
    const code = fileURLToPath(new URL("../../", import.meta.url));
    const ask = async (...read: string[]): Promise<string> => {
      const worker = new Worker(`data:application/javascript,${encodeURIComponent(source)}`, {
        type: "module",
        deno: { permissions: { read: [path, ...read], import: "inherit" } },
      });
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      return await promise.finally(() => worker.terminate());
    };
    const modules = ["io", "errors.ts", "format.ts", "deno.json"].map((name) => join(code, name));
    assert.match(await ask(...modules), /must not link to files outside it that the stage may not/);
    assert.equal(await ask(...modules, ...await linkedFiles(path)), "read");
  }));

Deno.test("openMeshStore() refuses devices, folders, pipes and links to them", () =>
  inTemporaryDirectory(async (directory) => {
    const whole = join(fixtures, "v3_raw.zarr");
    const notFile = /must be a file, not a folder or a device/;
    const damages: readonly [(path: string) => void, RegExp][] = [
      [(path) => replaceByLink(join(path, "zarr.json"), "/dev/zero"), notFile],
      [
        (path) => replaceByLink(join(path, "offsets", "c"), "../../../../../../etc"),
        /"offsets" must ascend/,
      ],
      [(path) => makePipe(join(path, "position", "c", "0", "0")), notFile],
      [(path) => makePipe(join(path, "offsets", "zarr.json")), notFile],
    ];
    for (const [i, [damage, message]] of damages.entries()) {
      const path = join(directory, `${i}.zarr`);
      copyDirectory(whole, path);
      damage(path);
      await assertRefused(() => openMeshStore(path), message);
    }
    // A link within the store, or to the store itself, is valid.
    const path = join(directory, "within.zarr");
    copyDirectory(whole, path);
    Deno.renameSync(join(path, "position", "c"), join(path, "position", "moved"));
    Deno.symlinkSync("moved", join(path, "position", "c"));
    Deno.symlinkSync(path, join(directory, "link.zarr"));
    assert.equal((await (await openMeshStore(join(directory, "link.zarr"))).read(0)).nodeCount, 5);
  }));

function replaceByLink(path: string, target: string): void {
  Deno.removeSync(path, { recursive: true });
  Deno.symlinkSync(target, path);
}

function makePipe(path: string): void {
  Deno.removeSync(path);
  assert.ok(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
}

Deno.test("openMeshStore() refuses deeply nested metadata and millions of invalid entries", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "attack.zarr");
    const refuse = async (version: string, damage: () => void, message: RegExp) => {
      copyDirectory(join(fixtures, version), path);
      damage();
      await assertRefused(() => openMeshStore(path), message);
      Deno.removeSync(path, { recursive: true });
    };
    const metadata = [["v3_raw.zarr", "zarr.json"], ["v3_raw.zarr", "offsets/zarr.json"]];
    for (
      const [version, name] of [...metadata, ["v2_raw.zarr", ".zattrs"], [
        "v2_raw.zarr",
        "offsets/.zarray",
      ]]
    ) {
      const file = join(path, name);
      const deep = /is not JSON: it nests more than 64 levels deep/;
      const nest = () =>
        Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("{", `{"x": ${nested},`));
      await refuse(version, nest, deep);
    }
    const many = (entry: unknown) => Array(3e6).fill(entry);
    const group = join(path, "zarr.json");
    const array = join(path, "position", "zarr.json");
    const refuseMany = (damage: () => void, message: RegExp) =>
      refuse("v3_raw.zarr", damage, message);
    await refuseMany(() => edit(group, { ids: many({}) }, "attributes"), /ids.0: /);
    await refuseMany(
      () => edit(group, { splits: { train: many([]) } }, "attributes"),
      /splits.train.0: /,
    );
    const splits = Object.fromEntries(Array.from({ length: 2e5 }, (_, i) => [`s${i}`, 0]));
    await refuseMany(
      () => edit(group, { splits }, "attributes"),
      /splits: there must be at most 10000 entries/,
    );
    await refuseMany(
      () => edit(array, { attributes: { chunkCrc32: many({}) } }),
      /"chunkCrc32" must be a list/,
    );
    await refuseMany(() => edit(array, { shape: many(-1) }), /metadata are invalid: shape.0/);
    await refuseMany(
      () => edit(array, { shape: many(1) }),
      /metadata are invalid: shape: too many dimensions/,
    );
    await refuseMany(() => edit(array, { codecs: many(1) }), /metadata are invalid: codecs.0/);
  }));

Deno.test("openMeshStore() reads a chunk with a CRC-32C and refuses a wrong one", () =>
  inTemporaryDirectory(async (directory) => {
    // RFC 3720, appendix B.4.
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
    const path = join(directory, "crc32c.zarr");
    const file = join(path, "position", "c", "0", "0");
    copyDirectory(join(fixtures, "v3_raw.zarr"), path);
    edit(join(path, "position", "zarr.json"), { codecs: [bytesCodec, { name: "crc32c" }] });
    const chunks = [...Deno.readDirSync(join(path, "position", "c"))].flatMap(({ name: row }) =>
      [...Deno.readDirSync(join(path, "position", "c", row))].map(({ name }) =>
        join(path, "position", "c", row, name)
      )
    );
    for (const chunk of chunks) {
      const bytes = Deno.readFileSync(chunk);
      Deno.writeFileSync(
        chunk,
        Uint8Array.of(...bytes, ...new Uint8Array(Uint32Array.of(crc32c(bytes)).buffer)),
      );
    }
    const whole = await openMeshStore(join(fixtures, "v3_raw.zarr"));
    assert.deepEqual(await (await openMeshStore(path)).read(0), await whole.read(0));
    const bytes = Deno.readFileSync(file);
    Deno.writeFileSync(file, bytes.with(3, bytes[3] ^ 1));
    await assertDamaged(
      path,
      /Cannot decode chunk "c\/0\/0" of array "position" .*: expected CRC-32C/,
    );
  }));

Deno.test("openMeshStore() refuses any change of a sealed store", () =>
  inTemporaryDirectory(async (directory) => {
    const whole = new URL("../../pipeline/datasets/stores/step3d.zarr", import.meta.url).pathname;
    const path = join(directory, "step3d.zarr");
    const group = join(path, "zarr.json");
    const refuse = async (damage: () => void, message: RegExp) => {
      copyDirectory(whole, path);
      damage();
      await assertDamaged(path, message);
      Deno.removeSync(path, { recursive: true });
    };
    const attributes: Json = JSON.parse(Deno.readTextFileSync(join(whole, "zarr.json"))).attributes;
    const wrongSeal = /its attributes must have the checksum that "attributesCrc32" states/;
    await refuse(() => edit(group, { splits: { train: [0] } }, "attributes"), wrongSeal);
    await refuse(() => edit(group, { attributesCrc32: undefined }, "attributes"), wrongSeal);
    await refuse(() => edit(group, { arrayCrc32: {} }, "attributes"), wrongSeal);
    const wrongArray = /array "velocity" .*: expected checksum [0-9a-f]{8} of its metadata, found/;
    const array = join(path, "velocity", "zarr.json");
    await refuse(() => edit(array, { attributes: {} }), wrongArray);
    await refuse(() => edit(array, { fill_value: 1 }), wrongArray);
    await refuse(
      () => Deno.removeSync(array),
      /array "velocity" .* found none; the store is damaged/,
    );
    await refuse(
      () => Deno.removeSync(join(path, "nodeCounts"), { recursive: true }),
      /array "nodeCounts" .* found none/,
    );
    // White space does not matter.
    copyDirectory(whole, path);
    Deno.writeTextFileSync(
      group,
      JSON.stringify({ attributes, node_type: "group", zarr_format: 3 }),
    );
    await (await openMeshStore(path)).read(0);
  }));
