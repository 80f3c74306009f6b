import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { UserError } from "../../../errors.ts";
import { readVtk, type VtkArray } from "../../../io/vtk/read_vtk.ts";
import { type VtkMesh, writeVtp, writeVtu } from "../../../io/vtk/write_vtk.ts";
import { curve } from "../../fixtures/vtk/curve.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const fixtures = "tests/fixtures/vtk";

/** A triangle and a quadrilateral in the plane z = 0.5. */
const small: VtkMesh = {
  points: new Float32Array([0, 0, 0.5, 1, 0, 0.5, 1, 1, 0.5, 0, 1, 0.5, 2, 0, 0.5]),
  cells: {
    connectivity: new Uint32Array([1, 4, 2, 0, 1, 2, 3]),
    offsets: new Uint32Array([0, 3, 7]),
    types: new Uint8Array([5, 9]),
  },
  pointData: { U: { values: new Float32Array(10).map((_, i) => i / 4), components: 2 } },
};

Deno.test("writeVtu() writes the bytes that VTK reads (check_written.py)", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/cells.vtu`;
    await writeVtu(path, await readVtk(`${fixtures}/cells_ascii.vtu`));
    assert.deepEqual(await Deno.readFile(path), await Deno.readFile(`${fixtures}/own/cells.vtu`));
  });
});

Deno.test("writeVtu() round-trips through readVtk(), with many blocks and with none", async () => {
  await inTemporaryDirectory(async (directory) => {
    const pointCount = 40_000;
    const array = (count: number, components: number): VtkArray => ({
      values: new Float32Array(count * components).map((_, i) => Math.sin(i)),
      components,
    });
    const large: VtkMesh = {
      points: new Float64Array(3 * pointCount).map((_, i) => Math.cos(i)),
      cells: {
        connectivity: new Uint32Array(2 * pointCount).map((_, i) => (7 * i) % pointCount),
        offsets: new Uint32Array(pointCount + 1).map((_, i) => 2 * i),
        types: new Uint8Array(pointCount).fill(3),
      },
      // 40,960 numbers of 4 bytes would fill five blocks; this is a block more or less, and one
      // that is just full.
      pointData: { 'a "b" <c> & d': array(pointCount, 3), p: array(pointCount, 1) },
      cellData: { id: { values: new BigInt64Array(pointCount).fill(-5n), components: 1 } },
    };
    const none: VtkMesh = {
      points: new Float32Array(0),
      cells: {
        connectivity: new Uint32Array(0),
        offsets: new Uint32Array(1),
        types: new Uint8Array(0),
      },
      pointData: { p: array(0, 1) },
    };
    const full: VtkMesh = {
      ...none,
      points: array(8192, 3).values as Float32Array,
      pointData: { p: array(8192, 1) },
    };
    for (const mesh of [small, large, none, full]) {
      await writeVtu(`${directory}/a.vtu`, mesh, { overwrite: true });
      const { points, cells, pointData, cellData } = await readVtk(`${directory}/a.vtu`);
      assert.deepEqual({ points, cells, pointData: { ...pointData }, cellData: { ...cellData } }, {
        cellData: {},
        ...mesh,
      });
    }
  });
});

Deno.test("writeVtu() states offsets and sizes that zlib confirms", async () => {
  await inTemporaryDirectory(async (directory) => {
    await writeVtu(`${directory}/a.vtu`, small);
    const bytes = await Deno.readFile(`${directory}/a.vtu`);
    const text = new TextDecoder("latin1").decode(bytes);
    const offset = Number(/Name="connectivity"[^>]*offset="(\d+)"/.exec(text)![1]);
    const view = new DataView(bytes.buffer, text.indexOf("\n_") + 2 + offset);
    const header = Array.from({ length: 4 }, (_, i) => Number(view.getBigUint64(8 * i, true)));
    assert.deepEqual(header.slice(0, 3), [1, 32768, 7 * 8]);
    const block = inflateSync(bytes.slice(view.byteOffset + 32, view.byteOffset + 32 + header[3]));
    assert.deepEqual([
      ...new BigInt64Array(block.buffer.slice(block.byteOffset, block.byteOffset + block.length)),
    ], [
      1n,
      4n,
      2n,
      0n,
      1n,
      2n,
      3n,
    ]);
  });
});

Deno.test("writeVtu() replaces a file only on request", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = `${directory}/a.vtu`;
    await Deno.writeTextFile(path, "kept");
    await assert.rejects(() => writeVtu(path, small), UserError);
    assert.equal(await Deno.readTextFile(path), "kept");
    await writeVtu(path, small, { overwrite: true });
    assert.equal((await readVtk(path)).pointCount, 5);
  });
});

const { cells } = small;
for (
  const [what, mesh, name, message] of [
    [
      "half a point",
      { points: new Float32Array(4) },
      "TypeError",
      /points must have 3 coordinates, received 4/,
    ],
    [
      "a field of another length",
      { pointData: { p: { values: new Float32Array(4), components: 1 } } },
      "TypeError",
      /array "p" must have 5 x 1 numbers, received 4/,
    ],
    [
      "a cell field of another length",
      { cellData: { a: { values: new Float32Array(3), components: 1 } } },
      "TypeError",
      /array "a" must have 2 x 1 numbers, received 3/,
    ],
    [
      "offsets that end early",
      { cells: { ...cells, offsets: new Uint32Array([0, 3, 6]) } },
      "TypeError",
      /2 cells must have 3 offsets that end at 7, received 3 that end at 6/,
    ],
    [
      "a cell with too few points",
      { cells: { ...cells, types: new Uint8Array([9, 5]) } },
      "RangeError",
      /cell 0 of type 9 has 3 points/,
    ],
    [
      "a point that is not there",
      { cells: { ...cells, connectivity: new Uint32Array([1, 5, 2, 0, 1, 2, 3]) } },
      "RangeError",
      /cells must have points below 5, received 5/,
    ],
  ] as const
) {
  Deno.test(`writeVtu() refuses ${what}`, async () => {
    await inTemporaryDirectory(async (directory) => {
      await assert.rejects(() => writeVtu(`${directory}/a.vtu`, { ...small, ...mesh }), {
        name,
        message,
      });
      assert.deepEqual([...Deno.readDirSync(directory)], []);
    });
  });
}

Deno.test(
  "writeVtp() writes the bytes that VTK reads (check_written.py), and only " +
    "curves",
  async () => {
    await inTemporaryDirectory(async (directory) => {
      const path = `${directory}/curve.vtp`;
      await writeVtp(path, curve);
      assert.deepEqual(await Deno.readFile(path), await Deno.readFile(`${fixtures}/own/curve.vtp`));
      const { kind, points, cells, pointData, cellData } = await readVtk(path);
      assert.deepEqual(
        { points, cells, pointData: { ...pointData }, cellData: { ...cellData } },
        curve,
      );
      assert.equal(kind, "poly");
      await assert.rejects(writeVtp(`${directory}/small.vtp`, small), {
        name: "RangeError",
        message: `Cannot write "${directory}/small.vtp": cells must be of type 3 or 4, received 5`,
      });
    });
  },
);
