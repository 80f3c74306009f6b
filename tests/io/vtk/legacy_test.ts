/** Legacy VTK files, against what VTK reads from them. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { openMeshFile } from "../../../io/mesh_file/open_mesh_file.ts";
import { readLegacyVtk } from "../../../io/vtk/legacy/read_legacy.ts";
import { hash, KeyedSequence } from "../../../pipeline/graph/random.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { assertAsExpected, type Expected } from "./expected_mesh.ts";

const FOLDER = "tests/fixtures/vtk/legacy";
const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(
  Deno.readTextFileSync(`${FOLDER}/expected.json`),
);
const NAMES = Object.keys(EXPECTED).filter((name) => !name.startsWith("hidden"));

for (const name of NAMES) {
  Deno.test(`openMeshFile() reads ${name} as VTK does`, async () => {
    const source = await openMeshFile(join(FOLDER, name));
    const isGrid = /^(points|axes|grid)/.test(name);
    assertAsExpected(await source.read(0), EXPECTED[name], isGrid);
    const [time] = EXPECTED[name].fieldData.TimeValue ?? [];
    assert.equal(source.samples[0].time, time);
  });
}

Deno.test("readLegacyVtk() marks hidden cells", async () => {
  for (const name of ["hidden_v42_ascii.vtk", "hidden_v51_binary.vtk"]) {
    const { ghostCells, gridShape, cellData } = await readLegacyVtk(join(FOLDER, name));
    assert.deepEqual([...ghostCells!], [1, 0, 0, 0, 0, 0]);
    assert.equal(gridShape, undefined);
    assert.deepEqual(cellData.names, ["material"]);
  }
});

Deno.test("readLegacyVtk() refuses binary files that are cut anywhere", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.vtk");
    for (const name of NAMES.filter((name) => name.endsWith("binary.vtk"))) {
      const bytes = await Deno.readFile(join(FOLDER, name));
      const draws = new KeyedSequence(hash(6, "cut", name));
      for (let round = 0; round < 10; round++) {
        await Deno.writeFile(path, bytes.subarray(0, draws.below(bytes.length - 120)));
        await assert.rejects(async () => {
          const { pointData, cellData, pointCount } = await readLegacyVtk(path);
          const arrays = [...pointData.names, ...cellData.names];
          // Sections at the end may be missing as a whole.
          if (arrays.length < 3 && pointCount > 0) throw new DataError("sections are missing");
        }, DataError);
      }
    }
  });
});

/** A square of two triangles with a field, as programs and people write it. */
const TEXT = `# vtk DataFile Version 2.0
two triangles
ASCII
DATASET UNSTRUCTURED_GRID
POINTS 4 float
0 0 0  1 0 0
1 1 0  0 1 0
CELLS 2 8
3 0 1 2
3 0 2 3
CELL_TYPES 2
5 5
POINT_DATA 4
scalars p double
LOOKUP_TABLE colours
1 2.5 -3e2 nan
LOOKUP_TABLE colours 2
0 0 0 1  1 1 1 1
VECTORS U float
0 0 0 1 1 1 2 2 2 3 3 3
CELL_DATA 2
COLOR_SCALARS rgb 3
0 0.5 1  1 0 0
SCALARS two int 2
1 2
3 4
`;

Deno.test("readLegacyVtk() reads text of other programs, with either end of lines", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.vtk");
    for (const text of [TEXT, TEXT.replaceAll("\n", "\r\n")]) {
      await Deno.writeTextFile(path, text);
      const { pointCount, cells, pointData, cellData } = await readLegacyVtk(path);
      assert.equal(pointCount, 4);
      assert.deepEqual([...cells.connectivity], [0, 1, 2, 0, 2, 3]);
      assert.deepEqual([...pointData.read("p").values], [1, 2.5, -300, NaN]);
      assert.equal(pointData.read("U").components, 3);
      assert.deepEqual([...cellData.read("rgb").values], [0, 128, 255, 255, 0, 0]);
      assert.deepEqual([...cellData.read("two").values], [1, 2, 3, 4]);
    }
  });
});

for (
  const [from, to, message] of [
    ["Version 2.0", "Version two", /first line must be "# vtk DataFile Version 5.1"/],
    ["ASCII", "TEXT", /third line must be ASCII or BINARY, received "TEXT"/],
    ["UNSTRUCTURED_GRID", "TABLE", /must have a DATASET of UNSTRUCTURED_GRID,.*received "TABLE"/],
    ["POINTS 4", "POINTS many", /the number of POINTS must be a count, received "many"/],
    ["POINTS 4", "POINTS 999999999999", /cut short: POINTS must have 2999999999997 values/],
    ["POINTS 4 float", "POINTS 4 complex", /type of POINTS must be one of .*received "complex"/],
    ["1 1 0  0 1 0", "1 1 0  0 inf 0", /points must be finite, point 3 has Infinity/],
    ["3 0 2 3", "3 0 2 4", /cells must have points below 4/],
    ["3 0 2 3", "4 0 2 3", /CELLS must be 2 lists in 8 numbers, they are not/],
    ["CELLS 2 8", "CELLS 9 8", /CELLS must be 9 lists in 8 numbers/],
    ["CELL_TYPES 2\n5 5", "CELL_TYPES 1\n5", /2 CELLS must have as many types, found 1/],
    ["CELL_TYPES 2\n5 5", "CELL_TYPES 2\n5 9", /a cell of type 9 has 4 points, cell 1 has 3/],
    ["POINT_DATA 4", "POINT_DATA 5", /POINT_DATA must be of 4 tuples, it states 5/],
    ["scalars p double", "SCALARS p double 0", /1 to 9999 components, received "p" and "0"/],
    ["VECTORS U", "VECTORS p", /two arrays of the name "p"/],
    ["VECTORS U float", "ARROWS U float", /expected POINT_DATA, .* received "ARROWS"/],
    ["3 4\n", "3\n", /cut short: array "two" must have 4 values, found 3/],
  ] as const
) {
  Deno.test(`readLegacyVtk() refuses ${JSON.stringify(to)}`, async () => {
    await inTemporaryDirectory(async (directory) => {
      const path = join(directory, "a.vtk");
      assert.ok(TEXT.includes(from));
      await Deno.writeTextFile(path, TEXT.replace(from, to));
      await assert.rejects(() => readLegacyVtk(path), (error) => {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  });
}

Deno.test("readLegacyVtk() refuses grids that are larger than their file", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.vtk");
    await Deno.writeTextFile(
      path,
      "# vtk DataFile Version 3.0\ngrid\nASCII\nDATASET STRUCTURED_POINTS\n" +
        "DIMENSIONS 100000 100000 1\nSPACING 1 1 1\nORIGIN 0 0 0\n",
    );
    await assert.rejects(() => readLegacyVtk(path), /states 100000 x 100000 x 1 points, more than/);
  });
});

Deno.test("readLegacyVtk() reports a word among numbers when its array is read", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.vtk");
    await Deno.writeTextFile(path, TEXT.replace("2.5", "2,5"));
    const { pointData } = await readLegacyVtk(path);
    assert.equal(pointData.read("U").values.length, 12);
    assert.throws(() => pointData.read("p"), {
      name: "DataError",
      message: /Cannot read array "p" of ".*a.vtk": "2,5" is not a number of type Float64/,
    });
  });
});
