/**
 * Files that are made to take all memory, to hang, or to have other files read. Each must end in an error of ours, soon, and
 * with little memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { readMatlab } from "../../io/matlab.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { parseJson } from "../../io/json_text.ts";
import { readSafetensors, writeSafetensors } from "../../io/safetensors.ts";
import { readTable } from "../../io/table.ts";
import { readVtk } from "../../io/vtk/read.ts";
import { crc32c } from "../../io/zarr_codecs.ts";
import { readCaseFile } from "../../pipeline/stages/case_file.ts";
import { readModelFile } from "../../pipeline/stages/model_file.ts";
import { assertDamaged, copyDirectory, edit, fixtures, type Json, withDirectory } from "./mesh_samples.ts";

/** What refusing a file may take. */
const mostBytes = 2 ** 29;
const mostSeconds = 5;

/** Checks that reading fails as it should, at once and with little memory. */
async function assertRefused(read: () => Promise<unknown>, message: RegExp): Promise<void> {
  const { rss } = Deno.memoryUsage(), start = performance.now();
  await assert.rejects(read, { name: "DataError", message });
  assert.ok(performance.now() - start < 1000 * mostSeconds, "it takes too long");
  assert.ok(Deno.memoryUsage().rss - rss < mostBytes, "it takes too much memory");
}

/** Makes a hole of a file: a size without any data. */
async function makeSparse(path: string, size: number): Promise<void> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, size);
}

const bytesCodec = { name: "bytes", configuration: { endian: "little" } };
const zeros = new Uint8Array(2 ** 26);

/** Header of Blosc: version, flags, type size, then what it states of sizes. */
function bloscBomb(size: number, blockSize: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(0x04010002, size, blockSize, 32, 0, 0, 0, 0).buffer);
}

const bombs: readonly [codec: string, chunk: Uint8Array, reason: RegExp][] = [
  ["gzip", gzipSync(zeros), /Cannot create a Buffer larger than/],
  ["zlib", deflateSync(zeros), /Cannot create a Buffer larger than/],
  ["zstd", zstdCompressSync(zeros), /Cannot create a Buffer larger than/],
  ["lz4", Uint8Array.of(0, 0, 0, 0x7f, 0, 0), /it states 2130706432 bytes where at most/],
  ["blosc", bloscBomb(2 ** 31 - 1, 2 ** 20), /it states 2147483647 bytes where at most/],
  ["blosc", bloscBomb(24, 2 ** 31 - 1), /it states 2147483647 bytes where at most/],
  ["blosc", bloscBomb(24, 24).subarray(0, 20), /it states 32 compressed bytes where there are 20/],
  ["blosc", bloscBomb(24, 24).subarray(0, 3), /it has only 3 bytes/],
];

for (const [codec, chunk, reason] of bombs) {
  Deno.test(`openMeshStore() does not decompress a bomb: ${codec} ${chunk.length}`, () =>
    withDirectory(async (directory) => {
      const path = join(directory, "bomb.zarr");
      copyDirectory(join(fixtures, "v3_raw.zarr"), path);
      edit(join(path, "offsets", "zarr.json"), { codecs: [bytesCodec, { name: codec, configuration: {} }] });
      // A little is allowed for what codecs add.
      await Deno.writeFile(join(path, "offsets", "c", "0"), chunk.subarray(0, 65_000));
      await assertRefused(() => openMeshStore(path), reason);
    }));
}

Deno.test("openMeshStore() refuses chunks that are far larger than what they hold, and metadata of gigabytes", () =>
  withDirectory(async (directory) => {
    for (
      const [file, reason] of [
        [
          "position/c/0/0",
          /"position\/c\/0\/0" .*: 1099511627776 bytes where 24 are expected; the store is damaged/,
        ],
        ["position/zarr.json", /must have at most 67108864 bytes: it has 1099511627776/],
        ["zarr.json", /must have at most 67108864 bytes: it has 1099511627776/],
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
    await assertRefused(() => openMeshStore(path), /1099511627776 bytes where about \d+ are expected/);
  }));

Deno.test("openMeshStore() reads no meshes of more memory than there may be", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "large.zarr");
    copyDirectory(join(fixtures, "v3_blosc.zarr"), path);
    const rows = 2 ** 40;
    edit(join(path, "offsets", "zarr.json"), { codecs: [bytesCodec], data_type: "int64" });
    const offsets = BigInt64Array.of(0n, 5n, 8n, BigInt(rows));
    Deno.writeFileSync(join(path, "offsets", "c", "0"), new Uint8Array(offsets.buffer));
    for (const name of ["position", "velocity", "temperature"]) {
      const { shape: [, columns] } = JSON.parse(Deno.readTextFileSync(join(path, name, "zarr.json")));
      edit(join(path, name, "zarr.json"), { shape: [rows, columns] });
    }
    await assertRefused(() => openMeshStore(path), /is missing|must have shape|must take at most/);
  }));

Deno.test("openMeshStore() follows no link out of the store, and reads no pipe", () =>
  withDirectory(async (directory) => {
    const whole = join(fixtures, "v3_raw.zarr"),
      outside = /must not link to files outside of it: it leads to "/;
    const damages: readonly [(path: string) => void, RegExp][] = [
      [
        (path) =>
          replaceByLink(join(path, "position", "c", "0", "0"), join(whole, "position", "c", "0", "0")),
        outside,
      ],
      [(path) => replaceByLink(join(path, "position", "c", "0"), join(whole, "position", "c", "0")), outside],
      [(path) => replaceByLink(join(path, "position"), join(whole, "position")), outside],
      [(path) => replaceByLink(join(path, "zarr.json"), join(whole, "zarr.json")), outside],
      [(path) => replaceByLink(join(path, "zarr.json"), "/dev/zero"), outside],
      [(path) => replaceByLink(join(path, "offsets", "c"), "../../../../../../etc"), outside],
      [
        (path) => makePipe(join(path, "position", "c", "0", "0")),
        /must be a file: it is a folder or a device/,
      ],
      [(path) => makePipe(join(path, "offsets", "zarr.json")), /must be a file: it is a folder or a device/],
    ];
    for (const [i, [damage, message]] of damages.entries()) {
      const path = join(directory, `${i}.zarr`);
      copyDirectory(whole, path);
      damage(path);
      await assertRefused(() => openMeshStore(path), i === 5 ? /outside of it|is missing/ : message);
    }
    // Within the store a link is as good as a file, and so is one to the store itself.
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

const nested = "[".repeat(1e6) + "]".repeat(1e6);

Deno.test("openMeshStore() refuses metadata that nest deep, or have millions of wrong entries", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "attack.zarr");
    const refuse = async (version: string, damage: () => void, message: RegExp) => {
      copyDirectory(join(fixtures, version), path);
      damage();
      await assertRefused(() => openMeshStore(path), message);
      Deno.removeSync(path, { recursive: true });
    };
    const metadata = [["v3_raw.zarr", "zarr.json"], ["v3_raw.zarr", "offsets/zarr.json"]];
    for (
      const [version, name] of [...metadata, ["v2_raw.zarr", ".zattrs"], ["v2_raw.zarr", "offsets/.zarray"]]
    ) {
      const file = join(path, name), deep = /is not JSON: it nests more than 64 levels deep/;
      const nest = () =>
        Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace("{", `{"x": ${nested},`));
      await refuse(version, nest, deep);
    }
    const many = (entry: unknown) => Array(3e6).fill(entry);
    const group = join(path, "zarr.json"), array = join(path, "position", "zarr.json");
    const refuseMany = (damage: () => void, message: RegExp) => refuse("v3_raw.zarr", damage, message);
    await refuseMany(() => edit(group, { ids: many({}) }, "attributes"), /ids.0: /);
    await refuseMany(() => edit(group, { splits: { train: many([]) } }, "attributes"), /splits.train.0: /);
    const splits = Object.fromEntries(Array.from({ length: 2e5 }, (_, i) => [`s${i}`, 0]));
    await refuseMany(
      () => edit(group, { splits }, "attributes"),
      /splits: there must be at most 10000 entries/,
    );
    await refuseMany(() => edit(array, { attributes: { chunkCrc32: many({}) } }), /"chunkCrc32" is wrong/);
    await refuseMany(() => edit(array, { shape: many(-1) }), /metadata are wrong: shape.0/);
    await refuseMany(() => edit(array, { shape: many(1) }), /metadata are wrong: shape: too many dimensions/);
    await refuseMany(() => edit(array, { codecs: many(1) }), /metadata are wrong: codecs.0/);
  }));

Deno.test("parseJson() takes brackets in texts, and 64 levels", () => {
  assert.deepEqual(parseJson('{"[[[\\"[": "]{"}'), { '[[["[': "]{" });
  assert.deepEqual(parseJson("[".repeat(64) + "]".repeat(64)), JSON.parse("[".repeat(64) + "]".repeat(64)));
  assert.throws(() => parseJson("[".repeat(65) + "]".repeat(65)), { name: "SyntaxError" });
});

Deno.test("openMeshStore() reads a chunk by its CRC-32C, and refuses a wrong one", () =>
  withDirectory(async (directory) => {
    // RFC 3720, appendix B.4.
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
    const path = join(directory, "crc32c.zarr"), file = join(path, "position", "c", "0", "0");
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
    await assertDamaged(path, /Cannot decode chunk "c\/0\/0" of array "position" .*: its CRC-32C is/);
  }));

Deno.test("openMeshStore() refuses a change of anything that a store of ours is sealed with", () =>
  withDirectory(async (directory) => {
    const whole = new URL("../../pipeline/datasets/stores/step3d.zarr", import.meta.url).pathname;
    const path = join(directory, "step3d.zarr"), group = join(path, "zarr.json");
    const refuse = async (damage: () => void, message: RegExp) => {
      copyDirectory(whole, path);
      damage();
      await assertDamaged(path, message);
      Deno.removeSync(path, { recursive: true });
    };
    const attributes: Json = JSON.parse(Deno.readTextFileSync(join(whole, "zarr.json"))).attributes;
    const wrongSeal = /as its attributes must have the checksum that "attributesCrc32" states/;
    await refuse(() => edit(group, { splits: { train: [0] } }, "attributes"), wrongSeal);
    await refuse(() => edit(group, { attributesCrc32: undefined }, "attributes"), wrongSeal);
    await refuse(() => edit(group, { arrayCrc32: {} }, "attributes"), wrongSeal);
    const wrongArray =
      /array "velocity" .* as its metadata must have the checksum that the store states: [0-9a-f]{8}, and/;
    const array = join(path, "velocity", "zarr.json");
    await refuse(() => edit(array, { attributes: {} }), wrongArray);
    await refuse(() => edit(array, { fill_value: 1 }), wrongArray);
    await refuse(
      () => Deno.removeSync(array),
      /array "velocity" .* and they have none; the store is damaged/,
    );
    await refuse(
      () => Deno.removeSync(join(path, "nodeCounts"), { recursive: true }),
      /array "nodeCounts" .* and they have none/,
    );
    // Spaces do not count.
    copyDirectory(whole, path);
    Deno.writeTextFileSync(group, JSON.stringify({ attributes, node_type: "group", zarr_format: 3 }));
    await (await openMeshStore(path)).read(0);
  }));

Deno.test("readers of single files refuse devices, and files of terabytes", () =>
  withDirectory(async (directory) => {
    const readers = { safetensors: readSafetensors, arrow: openMeshStore, csv: readTable, vtu: readVtk };
    for (const [ending, read] of Object.entries(readers)) {
      const sparse = join(directory, `sparse.${ending}`), device = join(directory, `zero.${ending}`);
      await makeSparse(sparse, 2 ** 40);
      await Deno.symlink("/dev/zero", device);
      await assertRefused(() => read(sparse), /must have at most 4294967296 bytes: it has 1099511627776/);
      await assertRefused(() => read(device), /must be a file: it is a folder or a device/);
    }
  }));

Deno.test("readSafetensors() refuses deep nesting, and reads long texts", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "a.safetensors");
    const write = (header: string) => {
      const json = Buffer.from(header);
      Deno.writeFileSync(
        path,
        Buffer.concat([new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer), json]),
      );
    };
    write(`{"a": ${nested}}`);
    await assertRefused(
      () => readSafetensors(path),
      /its header is not JSON: it nests more than 64 levels deep/,
    );
    write(
      '{"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 9007199254740991]}}',
    );
    await assertRefused(() => readSafetensors(path), /9007199254740991 bytes where F32 of shape/);
    const long = "a".repeat(2e7);
    write(JSON.stringify({ __metadata__: { long } }));
    assert.equal((await readSafetensors(path)).metadata.long, long);
  }));

Deno.test("readTable() reads a field of megabytes in quotes", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "a.csv"), long = '"'.repeat(1e7);
    Deno.writeTextFileSync(path, `id\n"${long.replaceAll('"', '""')}"\n`);
    assert.equal((await readTable(path)).texts("id")[0].length, long.length);
  }));

/** A MATLAB file of one variable, compressed or not. */
function matlabFile(
  dimensions: readonly number[],
  statedSize?: number,
  data = new Uint8Array(8),
): Uint8Array {
  const element = (type: number, bytes: Uint8Array) =>
    Buffer.concat([
      new Uint8Array(Uint32Array.of(type, bytes.length).buffer),
      bytes,
      new Uint8Array(-bytes.length & 7),
    ]);
  const bytesOf = (numbers: Int32Array) => new Uint8Array(numbers.buffer);
  const parts = Buffer.concat([
    element(6, bytesOf(Int32Array.of(6, 0))),
    element(5, bytesOf(Int32Array.from(dimensions))),
    element(1, Uint8Array.of(0x61)),
    element(9, data),
  ]);
  const matrix = element(14, parts), head = new Uint8Array(128);
  head.set([0, 1, 0x49, 0x4d], 124);
  if (statedSize === undefined) return Buffer.concat([head, matrix]);
  new DataView(matrix.buffer, matrix.byteOffset).setUint32(4, statedSize, true);
  const compressed = deflateSync(matrix);
  return Buffer.concat([head, new Uint8Array(Uint32Array.of(15, compressed.length).buffer), compressed]);
}

Deno.test("readMatlab() refuses extents without end, and compressed variables that claim gigabytes", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "a.mat");
    const refuse = async (bytes: Uint8Array, message: RegExp) => {
      Deno.writeFileSync(path, bytes);
      await assertRefused(() => readMatlab(path, ["a"]), message);
    };
    Deno.writeFileSync(path, matlabFile([1, 1]));
    assert.deepEqual((await readMatlab(path, ["a"])).a.shape, [1, 1]);
    await refuse(matlabFile(Array(1e6).fill(1)), /at most 32 extents: it has 1000000|needs \d+ bytes where/);
    await refuse(matlabFile([2 ** 31 - 1, 2 ** 31 - 1]), /1 numbers where 2147483647 × 2147483647 has/);
    await refuse(matlabFile([1, -1]), /a variable has the extents 1 × -1/);
    await refuse(matlabFile([1, 1], 2 ** 32 - 1), /4294967295 bytes where 2147483647 are the most/);
    // The bomb is larger than it says.
    await refuse(matlabFile([1, 1], 64, zeros), /Cannot create a Buffer larger than 72 bytes/);
  }));

Deno.test("readVtk() refuses compressed arrays that claim gigabytes, and points by the quadrillion", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "a.vtu");
    const file = (points: string, blocks: Uint8Array) =>
      `<VTKFile type="UnstructuredGrid" header_type="UInt64" byte_order="LittleEndian" compressor="vtkZLibDataCompressor">
<UnstructuredGrid><FieldData><DataArray type="Float64" Name="p" format="binary">${blocks.toBase64()}</DataArray></FieldData>
<Piece NumberOfPoints="${points}" NumberOfCells="0"><Points/></Piece></UnstructuredGrid></VTKFile>`;
    const refuse = async (
      points: string,
      header: readonly number[],
      message: RegExp,
      data = new Uint8Array(64),
    ) => {
      const numbers = BigUint64Array.from(header, BigInt);
      Deno.writeTextFileSync(path, file(points, Buffer.concat([new Uint8Array(numbers.buffer), data])));
      await assertRefused(() => readVtk(path), message);
    };
    await refuse(
      "0",
      [1, 2 ** 40, 0, 64],
      /it states 1099511627776 bytes in 1 blocks where 64 compressed bytes are left/,
    );
    await refuse("0", [2 ** 53, 8, 0], /its header is cut short/);
    const claims = new Uint8Array(5e6);
    await refuse(
      "0",
      [1, 5e9, 0, 5e6],
      /it states 5000000000 bytes where the arrays of a file may have 4294967296 more/,
      claims,
    );
    const bomb = deflateSync(zeros);
    await refuse(
      "0",
      [1, 800, 0, bomb.length],
      /Cannot create a Buffer larger than 800 bytes/,
      new Uint8Array(bomb),
    );
    await refuse("999999999999999", [0, 0, 0], /it states 999999999999999 points/);
  }));

Deno.test("readTable() refuses an Arrow file with more rows than its bytes can hold", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "rows.arrow");
    const bytes = Deno.readFileSync(join(fixtures, "../arrow/int64.arrows"));
    // Length and nulls of the one column.
    const node = (rows: bigint) => new Uint8Array(BigInt64Array.of(rows, 0n).buffer).toHex();
    const lying = bytes.toHex().replace(node(1n), node(2n ** 40n));
    assert.notEqual(lying, bytes.toHex());
    Deno.writeFileSync(path, Uint8Array.fromHex(lying));
    await assertRefused(() => readTable(path), /1099511627776 rows stand in \d+ bytes/);
  }));

Deno.test("readCaseFile() and readModelFile() refuse options without end", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "a.safetensors"), config = `[${Array(1e6).fill("{}").join()}]`;
    for (
      const [format, read] of [["dsmpnn-case/1", readCaseFile], ["haloflow-model/1", readModelFile]] as const
    ) {
      await writeSafetensors(path, {}, { format, config }, { overwrite: true });
      await assertRefused(() => read(path), /its metadata "config" is not JSON/);
      await writeSafetensors(path, {}, { format, config: "[".repeat(100) + "]".repeat(100) }, {
        overwrite: true,
      });
      await assertRefused(() => read(path), /its metadata "config" is not JSON/);
    }
  }));
