/**
 * Hostile files that try to exhaust memory or to hang. Each must quickly end in an error of ours
 * and take little memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { readMatlab } from "../../io/matlab.ts";
import { openMeshStore } from "../../io/mesh_store.ts";
import { readSafetensors, writeSafetensors } from "../../io/safetensors.ts";
import { readTable } from "../../io/tables/read_table.ts";
import { readVtk } from "../../io/vtk/read_vtk.ts";
import { readCaseFile } from "../../pipeline/training/case_file.ts";
import { readModelFile } from "../../pipeline/training/model_file.ts";
import { fixtures } from "./mesh_samples.ts";
import { assertRefused, makeSparse, nested, zeros } from "./refusal.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

Deno.test("readers of single files refuse devices and files of terabytes", () =>
  inTemporaryDirectory(async (directory) => {
    const readers = {
      safetensors: readSafetensors,
      arrow: openMeshStore,
      csv: readTable,
      vtu: readVtk,
    };
    for (const [ending, read] of Object.entries(readers)) {
      const sparse = join(directory, `sparse.${ending}`);
      const device = join(directory, `zero.${ending}`);
      await makeSparse(sparse, 2 ** 40);
      await Deno.symlink("/dev/zero", device);
      await assertRefused(
        () => read(sparse),
        /must have at most 4294967296 bytes, it has 1099511627776/,
      );
      await assertRefused(() => read(device), /must be a file, not (a folder or )?a device/);
    }
  }));

Deno.test("readSafetensors() refuses deep nesting and reads long texts", () =>
  inTemporaryDirectory(async (directory) => {
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
      '{"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, ' +
        "9007199254740991]}}",
    );
    await assertRefused(() => readSafetensors(path), /F32 of shape .* found 9007199254740991/);
    const long = "a".repeat(2e7);
    write(JSON.stringify({ __metadata__: { long } }));
    assert.equal((await readSafetensors(path)).metadata.long, long);
  }));

Deno.test("readTable() reads a quoted field of megabytes", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.csv");
    const long = '"'.repeat(1e7);
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
  const matrix = element(14, parts);
  const head = new Uint8Array(128);
  head.set([0, 1, 0x49, 0x4d], 124);
  if (statedSize === undefined) return Buffer.concat([head, matrix]);
  new DataView(matrix.buffer, matrix.byteOffset).setUint32(4, statedSize, true);
  const compressed = deflateSync(matrix);
  return Buffer.concat([
    head,
    new Uint8Array(Uint32Array.of(15, compressed.length).buffer),
    compressed,
  ]);
}

Deno.test("readMatlab() refuses endless extents and compressed variables of gigabytes", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.mat");
    const refuse = async (bytes: Uint8Array, message: RegExp) => {
      Deno.writeFileSync(path, bytes);
      await assertRefused(() => readMatlab(path, ["a"]), message);
    };
    Deno.writeFileSync(path, matlabFile([1, 1]));
    assert.deepEqual((await readMatlab(path, ["a"])).a.shape, [1, 1]);
    await refuse(
      matlabFile(Array(1e6).fill(1)),
      /at most 32 extents, it has 1000000|has 4000000 bytes, found/,
    );
    await refuse(
      matlabFile([2 ** 31 - 1, 2 ** 31 - 1]),
      /2147483647 × 2147483647 has .* found 1/,
    );
    await refuse(matlabFile([1, -1]), /a variable has the invalid extents 1 × -1/);
    await refuse(matlabFile([1, 1], 2 ** 32 - 1), /at most 2147483647 bytes, it has 4294967295/);
    // The bomb is larger than it states.
    await refuse(matlabFile([1, 1], 64, zeros), /Cannot create a Buffer larger than 72 bytes/);
  }));

Deno.test("readVtk() refuses compressed arrays of gigabytes and quadrillions of points", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.vtu");
    const file = (points: string, blocks: Uint8Array) =>
      `<VTKFile type="UnstructuredGrid" header_type="UInt64" byte_order="LittleEndian"
compressor="vtkZLibDataCompressor">
<UnstructuredGrid><FieldData>
<DataArray type="Float64" Name="p" format="binary">${blocks.toBase64()}</DataArray></FieldData>
<Piece NumberOfPoints="${points}" NumberOfCells="0"><Points/></Piece></UnstructuredGrid></VTKFile>`;
    const refuse = async (
      points: string,
      header: readonly number[],
      message: RegExp,
      data = new Uint8Array(64),
    ) => {
      const numbers = BigUint64Array.from(header, BigInt);
      Deno.writeTextFileSync(
        path,
        file(points, Buffer.concat([new Uint8Array(numbers.buffer), data])),
      );
      await assertRefused(() => readVtk(path), message);
    };
    await refuse(
      "0",
      [1, 2 ** 40, 0, 64],
      /it states 1099511627776 bytes in 1 blocks, found 64 compressed bytes/,
    );
    await refuse("0", [2 ** 53, 8, 0], /its header is cut short/);
    const claims = new Uint8Array(5e6);
    await refuse(
      "0",
      [1, 5e9, 0, 5e6],
      /it states 5000000000 bytes, the arrays of a file may have 4294967296 more/,
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

Deno.test("readTable() refuses an Arrow file with more rows than fit into its bytes", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "rows.arrow");
    const bytes = Deno.readFileSync(join(fixtures, "../arrow/int64.arrows"));
    // Length and nulls of the one column.
    const node = (rows: bigint) => new Uint8Array(BigInt64Array.of(rows, 0n).buffer).toHex();
    const lying = bytes.toHex().replace(node(1n), node(2n ** 40n));
    assert.notEqual(lying, bytes.toHex());
    Deno.writeFileSync(path, Uint8Array.fromHex(lying));
    await assertRefused(() => readTable(path), /1099511627776 rows do not fit into \d+ bytes/);
  }));

Deno.test("readCaseFile() and readModelFile() refuse endless options", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.safetensors");
    const config = `[${Array(1e6).fill("{}").join()}]`;
    for (
      const [format, read] of [["dsmpnn-case/1", readCaseFile], [
        "haloflow-model/1",
        readModelFile,
      ]] as const
    ) {
      await writeSafetensors(path, {}, { format, config }, { overwrite: true });
      await assertRefused(() => read(path), /its metadata "config" is not JSON/);
      await writeSafetensors(path, {}, { format, config: "[".repeat(100) + "]".repeat(100) }, {
        overwrite: true,
      });
      await assertRefused(() => read(path), /its metadata "config" is not JSON/);
    }
  }));
