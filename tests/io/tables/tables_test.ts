import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openMeshFile } from "../../../io/mesh_file/open_mesh_file.ts";
import { placeOf } from "../../../pipeline/datasets/imports/file_arrays.ts";
import { readTable, type Table } from "../../../io/tables/read_table.ts";
import { importMeshes } from "../../../pipeline/datasets/imports/import_meshes.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/io/tables/", import.meta.url));

const fixture = (name: string) => join(FIXTURES, name);

/** Values that Python has, by column. */
const TYPES: Record<string, unknown[]> = JSON.parse(Deno.readTextFileSync(fixture("types.json")));
const POINTS: Record<string, (number | string)[]> = JSON.parse(
  Deno.readTextFileSync(fixture("points.json")),
);

/** Columns of the fixtures that are refused, and why. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  uneven: /lists must have the same number of values, row 2 has 2, row 1 has 1$/,
  missing: /column "missing" of ".*": row 2 has no value; fill it in/,
  missing_text: /column "missing_text" of ".*": row 3 has no value/,
  missing_in_list: /column "missing_in_list" of ".*": row 2 has no value/,
  not_finite: /must be finite numbers, row 2 has "Infinity"$/,
  too_large: /64-bit integers must be below 2\^53, row 3 has 9007199254740993$/,
  day: /it must be numbers, it is of type timestamp/,
  record: /it must be numbers, it is of type struct/,
};

function valuesOf(table: Table, name: string): unknown[] {
  if (typeof TYPES[name][0] === "string") return [...table.texts(name)];
  const { values, components } = table.tuples(name);
  if (!Array.isArray(TYPES[name][0])) return [...values];
  return TYPES[name].map((
    _,
    row,
  ) => [...values.subarray(row * components, (row + 1) * components)]);
}

Deno.test("readTable() reads every type in Arrow and Parquet, by any codec", async (t) => {
  for (
    const name of ["types_lz4.feather", "types_zstd.feather", "types_1.parquet", "types_2.parquet"]
  ) {
    await t.step(name, async () => {
      const table = await readTable(fixture(name));
      assert.deepEqual(table.names, [...Object.keys(TYPES), ...Object.keys(REFUSED)]);
      for (const column of Object.keys(TYPES)) {
        assert.deepEqual(valuesOf(table, column), TYPES[column], column);
        assert.equal(table.holdsNumbers(column), typeof TYPES[column][0] !== "string", column);
      }
      for (const [column, message] of Object.entries(REFUSED)) {
        const read = () => column === "missing_text" ? table.texts(column) : table.tuples(column);
        assert.throws(read, { name: "DataError", message }, column);
      }
    });
  }
  await t.step("views.arrows", async () => {
    const table = await readTable(fixture("views.arrows"));
    for (const column of ["text", "list"]) {
      assert.deepEqual(valuesOf(table, column), TYPES[column], column);
    }
  });
});

Deno.test("tables of pandas and polars are samples of points by the columns named", async (t) => {
  const files = [
    "pandas.csv",
    "pandas.parquet",
    "polars.arrow",
    "polars_lz4.arrow",
    "polars.parquet",
  ];
  const options = { position: ["X", "Y"], sample: ["case"] };
  const rows = POINTS.case.flatMap((name, row) => name === "run_9" ? [row] : []);
  for (const name of files) {
    await t.step(name, async () => {
      const source = await openMeshFile(fixture(name), options);
      assert.deepEqual(source.samples.map(({ id, pointCount }) => [id, pointCount]), [
        ["run_10", 15],
        ["run_9", 15],
      ]);
      const { points, axes, pointData } = await source.read(1);
      assert.equal(axes, 2);
      assert.deepEqual([...points], rows.flatMap((row) => [POINTS.X[row], POINTS.Y[row]]));
      for (const field of ["x", "load"]) {
        const { values, components } = pointData.read(field);
        assert.deepEqual([[...values], components], [rows.map((row) => POINTS[field][row]), 1]);
      }
      assert.ok(["x", "load"].every((field) => pointData.names.includes(field)));
    });
  }
  await t.step("blocks of LZ4 that repeat bytes of the blocks before", async () => {
    const source = await openMeshFile(fixture("pandas.feather"), options);
    const { pointCount, points, pointData } = await source.read(0);
    assert.equal(pointCount, 6000);
    const { values } = pointData.read("load");
    for (let point = 0; point < pointCount; point++) {
      const row = 2 * point;
      assert.equal(points[2 * point], row % 64 / 64);
      assert.equal(points[2 * point + 1], Math.floor(row / 64) * 0.25 + 4_649_776);
      assert.equal(values[point], row % 5);
    }
  });
});

Deno.test("tables need --position, and are one sample without --sample", async () => {
  const source = await openMeshFile(fixture("polars.parquet"), { position: ["X", "Y"] });
  assert.deepEqual(source.samples, [{ id: "polars", group: "polars", pointCount: 30 }]);
  const mesh = await source.read(0);
  const { notes, pointData } = mesh;
  assert.deepEqual(pointData.names, ["x", "load"]);
  assert.ok(notes.some((note) => /hold no numbers: case/.test(note)));
  const refuse = (array: string) => () => placeOf(mesh, array, undefined);
  assert.throws(refuse("X"), /"X".*: it has coordinates, which are inputs of every network/);
  assert.throws(refuse("case"), /"case".*: it must be numbers, it is of type \w+/);
  assert.throws(refuse("loads"), /"loads".*: no such array, did you mean "load"/);
  // x and y are names like any others.
  await assert.rejects(openMeshFile(fixture("polars.parquet")), {
    name: "UserError",
    message: /--position x,y; its columns are case, X, Y, x, load$/,
  });
  await assert.rejects(openMeshFile(fixture("polars.parquet"), { position: ["X", "y"] }), {
    name: "DataError",
    message: /column "y" of ".*": no column of that name, did you mean "Y"\?$/,
  });
  await assert.rejects(openMeshFile(fixture("polars.parquet"), { position: ["X", "case"] }), {
    message: /column "case" of ".*": it must be numbers, it is of type string/,
  });
});

Deno.test("missing values of tables are NaN if targets may be missing", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "masked.csv");
    await Deno.writeTextFile(path, "x,a,t\n0,1,\n1,2,5\n2,3,NA\n");
    const options = { position: ["x"], inputs: ["a"], targets: ["t"] };
    const open = async (allowMissing: boolean) =>
      (await (await openMeshFile(path, { ...options, allowMissing })).read(0)).pointData.read("t");
    assert.deepEqual([...(await open(true)).values], [NaN, 5, NaN]);
    await assert.rejects(open(false), /column "t" .*row 1 has no value/);
    const source = await openMeshFile(path, { ...options, allowMissing: true });
    const { store } = await importMeshes(source, { ...options, missing: [NaN] });
    const { fields } = await store.read(0);
    assert.deepEqual([...fields[store.attributes.mask!]], [0, 1, 0]);
    assert.equal(fields.t[1] + (store.attributes.fields.t.offset?.[0] ?? 0), 5);
    for (const column of ["missing", "missing_in_list"]) {
      const table = await readTable(fixture("types_1.parquet"));
      assert.ok(Number.isNaN(table.tuples(column, true).values[column === "missing" ? 1 : 2]));
    }
  }));

Deno.test("readTable() reads CSV of other programs, or refuses it by row", async (t) => {
  const read = (bytes: string | Uint8Array) =>
    inTemporaryDirectory(async (directory) => {
      const path = join(directory, "table.csv");
      await Deno.writeFile(
        path,
        typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
      );
      const table = await readTable(path);
      return Object.fromEntries(table.names.map((name) => [name, [...table.numbers(name)]]));
    });
  const columns = { x: [0, 1.5], "u; v, w": [-2, 3e-5] };
  const utf16 = Uint8Array.from(
    [..."\ufeffx\tu\r\n1\t2\r\n"].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]),
  );
  await t.step("delimiters, quotes, byte order marks, comments before the names", async () => {
    assert.deepEqual(await read('x,"u; v, w"\n0,-2\n1.5,3e-5\n'), columns);
    assert.deepEqual(await read('\ufeff"x";"u; v, w"\r\n"0";-2\r\n1.5;3e-5'), columns);
    assert.deepEqual(await read('x\t"u; v, w"\n0\t-2\n\n1.5\t3e-5\n'), columns);
    assert.deepEqual(await read("# x,u\n1,2\n"), { x: [1], u: [2] });
    assert.deepEqual(await read(utf16), { x: [1], u: [2] });
  });
  const refused: Record<string, readonly [string | Uint8Array, RegExp]> = {
    "a decimal comma": [
      "x;u\n1,5;2\n",
      /column "x" .*row 1 has "1,5"; write decimal points and no other separators$/,
    ],
    "no value": ["x,u\n1,\n", /column "u" .*row 1 has no value; fill it in or leave the row out$/],
    "null": ["x,u\n1,2\n1,null\n", /column "u" .*finite numbers, row 2 has "null"$/],
    "a hexadecimal number": ["x,u\n1,0x10\n", /row 1 has "0x10"/],
    "thousands": ['x,u\n1,"1,234.5"\n', /row 1 has "1,234.5"; write decimal points and no /],
    "a text": ["x,u\n1,steel\n", /row 1 has "steel"; write a number for each .* --categorical /],
    "no names": [
      "0,0,1\n1,0.5,2\n",
      /first line must have the names of the columns, found 0, 0, 1$/,
    ],
    "a text of another encoding": [
      Uint8Array.of(0x78, 0x2c, 0xb0, 10, 0x31, 0x2c, 0x32),
      /must be UTF-8$/,
    ],
  };
  for (const [what, [bytes, message]] of Object.entries(refused)) {
    await t.step(what, () => assert.rejects(read(bytes), { name: "DataError", message }));
  }
});
