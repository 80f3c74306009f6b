import assert from "node:assert/strict";
import { DataError } from "../../../errors.ts";
import { toField } from "../../../io/vtk/vtk_field.ts";
import { nodesOfCell, POLYHEDRON } from "../../../io/polyhedra.ts";
import { readVtk, type VtkArray, type VtkFile } from "../../../io/vtk/read_vtk.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const fixtures = "tests/fixtures/vtk";

/** The content of a file as read by VTK, recorded by write_fixtures.py. */
interface Expected {
  readonly points: readonly number[];
  readonly cells: readonly (readonly number[])[];
  readonly types: readonly number[];
  readonly pointData: ExpectedArrays;
  readonly cellData: ExpectedArrays;
  readonly fieldData: ExpectedArrays;
}
type ExpectedArrays = Record<
  string,
  { type: string; components: number; values: (number | string)[] }
>;

const typeNames: Readonly<Record<string, string>> = {
  Int8Array: "int8",
  Uint8Array: "uint8",
  Int16Array: "int16",
  Uint16Array: "uint16",
  Int32Array: "int32",
  Uint32Array: "uint32",
  BigInt64Array: "int64",
  BigUint64Array: "uint64",
  Float32Array: "float32",
  Float64Array: "float64",
};

function readExpected(name: string): Expected {
  return JSON.parse(Deno.readTextFileSync(`${fixtures}/${name}.json`));
}

function noted(arrays: Readonly<Record<string, VtkArray>>): ExpectedArrays {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { values, components }]) => [name, {
      type: typeNames[values.constructor.name],
      components,
      values: Array.from(values as ArrayLike<number | bigint>, (value) => {
        return Math.abs(Number(value)) > 2 ** 53 && typeof value === "bigint"
          ? String(value)
          : Number(value);
      }),
    }]),
  );
}

function cellLists({ cells }: VtkFile): number[][] {
  return Array.from(cells.types, (type, cell) => {
    const entry = cells.connectivity.subarray(cells.offsets[cell], cells.offsets[cell + 1]);
    return type === POLYHEDRON ? nodesOfCell(cells, cell) : [...entry];
  });
}

const names = [...Deno.readDirSync(fixtures)].map(({ name }) => name).filter((name) =>
  /\.vt[up]$/.test(name)
)
  .sort();
assert.equal(names.length, 19);

for (const name of names.filter((name) => !name.includes("lzma"))) {
  Deno.test(`readVtk() reads ${name} as VTK does`, async () => {
    const file = await readVtk(`${fixtures}/${name}`);
    const mesh = name.split("_")[0];
    const expected = readExpected(mesh);
    assert.equal(file.kind, mesh === "cells" ? "unstructured" : "poly");
    assert.equal(file.pointCount, expected.points.length / 3);
    assert.deepEqual([...file.points], expected.points);
    assert.deepEqual(cellLists(file), expected.cells);
    assert.deepEqual([...file.cells.types], expected.types);
    assert.deepEqual(noted(file.pointData), expected.pointData);
    assert.deepEqual(noted(file.cellData), expected.cellData);
    assert.deepEqual(noted(file.fieldData), expected.fieldData);
  });
}

Deno.test("readVtk() refuses LZMA and suggests a remedy", async () => {
  const path = `${fixtures}/cells_inline_lzma.vtu`;
  await assert.rejects(() => readVtk(path), {
    name: "DataError",
    message: /compressor must be one of vtkZLibD.*, vtkLZ4D.*, received "vtkLZMADataCompressor"/,
  });
});

const twoPieces = `<?xml version='1.0'?>
<!-- As other programs write: <no> declaration of headers, quotes of both kinds, entities. -->
<VTKFile type='UnstructuredGrid' version='0.1' byte_order='LittleEndian'>
<UnstructuredGrid>
<Piece NumberOfPoints='3' NumberOfCells='1'>
  <Points>
    <DataArray type='Float64' NumberOfComponents='3' format='ascii'>
0 0 0 1 0 0 0 1.5e0 -0</DataArray>
  </Points>
  <Cells>
    <DataArray type='UInt32' Name='connectivity' format='ascii'>0 1 2</DataArray>
    <DataArray type='Int32' Name='offsets' format='ascii'>3</DataArray>
    <DataArray type='UInt8' Name='types' format='ascii'>5</DataArray>
  </Cells>
  <PointData>
    <DataArray type='Float32' Name="p &lt;&amp;&#62;&#x00b5; '" format='ascii'>
nan -inf 3</DataArray>
  </PointData>
  <CellData>
    <DataArray type='Int64' Name='id' format='ascii'>-9223372036854775808</DataArray>
  </CellData>
</Piece>
<Piece NumberOfPoints='2' NumberOfCells='2'>
  <PointData>
    <DataArray type='Float32' Name="p &lt;&amp;&#62;&#x00b5; '" format='ascii'>+.5 2.</DataArray>
  </PointData>
  <CellData>
    <DataArray type='Int64' Name='id' format='ascii'>7 9223372036854775807</DataArray>
  </CellData>
  <Points>
    <DataArray type='Float64' NumberOfComponents='3' format='ascii'>5 5 5 6 6 6</DataArray>
  </Points>
  <Cells>
    <DataArray type='Int64' Name='connectivity' format='ascii'>1 0 1</DataArray>
    <DataArray type='Int64' Name='offsets' format='ascii'>2 3</DataArray>
    <DataArray type='Int32' Name='types' format='ascii'>3 1</DataArray>
  </Cells>
</Piece>
</UnstructuredGrid>
</VTKFile>
`;

Deno.test("readVtk() joins pieces and reads XML of other programs", async () => {
  await inTemporaryDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/two.vtu`, twoPieces);
    const file = await readVtk(`${directory}/two.vtu`);
    assert.deepEqual(
      file.points,
      new Float64Array([0, 0, 0, 1, 0, 0, 0, 1.5, -0, 5, 5, 5, 6, 6, 6]),
    );
    assert.deepEqual(cellLists(file), [[0, 1, 2], [4, 3], [4]]);
    assert.deepEqual([...file.cells.types], [5, 3, 1]);
    assert.deepEqual({ ...file.pointData }, {
      "p <&>µ '": { values: new Float32Array([NaN, -Infinity, 3, 0.5, 2]), components: 1 },
    });
    assert.deepEqual(
      file.cellData.id.values,
      new BigInt64Array([-(2n ** 63n), 7n, 2n ** 63n - 1n]),
    );
    assert.deepEqual(file.fieldData, {});
  });
});

Deno.test("toField() rounds float64 and does not copy float32", () => {
  const values = new Float32Array([1, 2, 3]);
  assert.equal(toField({ values, components: 1 }, "p", "x.vtu"), values);
  const rounded = toField({ values: new Float64Array([0.1, 1e-50]), components: 1 }, "p", "x.vtu");
  assert.deepEqual(rounded, new Float32Array([Math.fround(0.1), 0]));
  const integers = toField(
    { values: new BigInt64Array([-3n, 2n ** 40n]), components: 1 },
    "p",
    "x.vtu",
  );
  assert.deepEqual(integers, new Float32Array([-3, 2 ** 40]));
});

for (
  const values of [
    new Float32Array([0, 0, 0, NaN]),
    new Float64Array([0, 0, 0, 1e39]),
    new Int32Array([0, 0, 0, 2 ** 24 + 1]),
    new BigInt64Array([0n, 0n, 0n, 2n ** 53n + 1n]),
  ]
) {
  Deno.test(`toField() refuses ${values.constructor.name} ${values[3]}`, () => {
    assert.throws(() => toField({ values, components: 2 }, "U", "x.vtu"), (error) => {
      assert.ok(error instanceof DataError);
      assert.match(
        error.message,
        /^Cannot read array "U" of "x.vtu": a field must be finite.* tuple 1 has/,
      );
      return true;
    });
  });
}
