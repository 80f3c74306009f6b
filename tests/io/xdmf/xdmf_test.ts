/** XDMF files, against the values that were written. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DataError } from "../../../errors.ts";
import { openMeshFile } from "../../../io/mesh_file/open_mesh_file.ts";
import { facesOf } from "../../../io/polyhedra.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { chunks, tuples } from "../vtk/expected_mesh.ts";

const FOLDER = "tests/fixtures/xdmf";

interface Expected {
  readonly points: readonly (readonly number[])[];
  readonly cells: readonly (readonly number[])[];
  readonly pointData: Readonly<Record<string, readonly (number | number[])[]>>;
  readonly cellData: Readonly<Record<string, readonly (number | number[])[]>>;
  readonly times: readonly number[] | null;
}

const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(
  Deno.readTextFileSync(`${FOLDER}/expected.json`),
);

/** Scalars as tuples of one. */
function rows(arrays: Expected["pointData"]): Record<string, number[][]> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, values]) => [
      name,
      values.map((value) => Array.isArray(value) ? value : [value]),
    ]),
  );
}

for (const [name, expected] of Object.entries(EXPECTED)) {
  Deno.test(`openMeshFile() reads ${name}`, async () => {
    const path = join(FOLDER, name);
    const source = await openMeshFile(path, { times: "all" });
    const { times } = expected;
    assert.deepEqual(source.samples.map(({ time }) => time), times ?? [undefined]);
    const mesh = await source.read(source.samples.length - 1);
    assert.deepEqual(chunks(mesh.points, mesh.axes), expected.points);
    const { connectivity, offsets } = mesh.cells;
    assert.deepEqual(
      expected.cells.map((_, cell) => [...connectivity.subarray(offsets[cell], offsets[cell + 1])]),
      expected.cells,
    );
    assert.equal(mesh.cells.types.length, expected.cells.length);
    assert.deepEqual(tuples(mesh.pointData), rows(expected.pointData));
    assert.deepEqual(tuples(mesh.cellData), rows(expected.cellData));
  });
}

Deno.test("openMeshFile() reads the last step of a series, and one by its time", async () => {
  const path = join(FOLDER, "series_hdf.xdmf");
  const last = await openMeshFile(path);
  assert.deepEqual(last.samples, [{ id: "series_hdf_t1.5", group: "series_hdf", time: 1.5 }]);
  assert.deepEqual(last.files, [path, join(FOLDER, "series_hdf.h5")]);
  const other = await openMeshFile(path, { times: [0.5] });
  assert.deepEqual([...(await other.read(0)).pointData.read("p").values], [
    0.5,
    0.75,
    1,
    1.25,
    1.5,
  ]);
  await assert.rejects(
    () => openMeshFile(path, { times: [2] }),
    /no such time step, known: 0, 0.5/,
  );
});

Deno.test("openMeshFile() joins the fields of DOLFINx, and notes what it leaves out", async () => {
  const { notes } = await openMeshFile(join(FOLDER, "dolfinx.xdmf"));
  assert.match(notes!.join("; "), /Left out the grid "facets": it belongs to no time/);
});

Deno.test("openMeshFile() reads grids, their shape and values of the whole grid", async () => {
  const { gridShape, notes, fieldData } = await (await openMeshFile(join(FOLDER, "grid.xmf"))).read(
    0,
  );
  assert.deepEqual(gridShape, [2, 3, 4]);
  assert.match(notes.join(), /slowest axis first, as by ParaView/);
  assert.deepEqual([...fieldData.read("Re").values], [100]);
});

/** A file with one grid of two triangles. */
const TEXT = `<?xml version="1.0"?>
<!DOCTYPE Xdmf SYSTEM "Xdmf.dtd" []>
<Xdmf Version="3.0"><Domain><Grid Name="g">
<Topology TopologyType="Triangle" NumberOfElements="2">
<DataItem Format="XML" NumberType="Int" Dimensions="2 3">0 1 2 0 2 3</DataItem></Topology>
<Geometry GeometryType="XY">
<DataItem Format="XML" Dimensions="4 2">0 0 1 0 1 1 0 1</DataItem></Geometry>
<Attribute Name="p" Center="Node"><DataItem Dimensions="4">1 2 3 4</DataItem></Attribute>
<Attribute Name="q" Center="Node">
<DataItem Dimensions="4 1" Format="HDF">d.h5:/q</DataItem></Attribute>
<Attribute Name="e" Center="Edge"><DataItem Dimensions="5">1 2 3 4 5</DataItem></Attribute>
</Grid></Domain></Xdmf>
`;

/** Reads a text, with an HDF5 file next to it, and all its arrays. */
async function readText(directory: string, text: string) {
  const path = join(directory, "a.xdmf");
  await Deno.copyFile(join(FOLDER, "grid.h5"), join(directory, "d.h5"));
  await Deno.writeTextFile(path, text);
  return await (await openMeshFile(path)).read(0);
}

Deno.test("openMeshFile() reads XDMF arrays one by one", async () => {
  await inTemporaryDirectory(async (directory) => {
    const { pointData, notes } = await readText(directory, TEXT);
    const path = join(directory, "timed.xdmf");
    await Deno.writeTextFile(path, TEXT.replace("<Topology", '<Time Value="2.5" /><Topology'));
    assert.equal((await openMeshFile(path)).samples[0].time, 2.5);
    assert.deepEqual([...pointData.read("p").values], [1, 2, 3, 4]);
    assert.throws(() => pointData.read("q"), {
      name: "DataError",
      message:
        /Cannot read dataset "\/q" of ".*d.h5": it must be an array of numbers, it is missing/,
    });
    assert.deepEqual(notes, ['Left out "e": it belongs to faces or edges']);
    const whole = TEXT.replace("d.h5:/q", "d.h5:/x");
    const { values } = (await readText(directory, whole)).pointData.read("q");
    assert.deepEqual([...values], [0, 1, 3, 3.5]);
    const larger = TEXT.replace("d.h5:/q", "d.h5:/p");
    const { pointData: other } = await readText(directory, larger);
    assert.throws(() => other.read("q"), /"\/p" of .* states 4 numbers, it has 2 x 2 x 3 x 4/);
  });
});

Deno.test("openMeshFile() reads series of FEniCS, with references to the first step", async () => {
  await inTemporaryDirectory(async (directory) => {
    const [grid] = /<Grid[^]*?<\/Geometry>/.exec(TEXT)!;
    const attribute = (value: number) =>
      `<Time Value="${value}" /><Attribute Name="f_7" AttributeType="Scalar" Center="Node">` +
      `<DataItem Dimensions="4 1" Format="XML">${value} 1 2 3</DataItem></Attribute></Grid>`;
    const pointer = "//Grid[@Name=&quot;TimeSeries_f&quot;]/Grid[1]/*[self::Topology or " +
      "self::Geometry]";
    const text = TEXT.replace(
      /<Grid[^]*<\/Grid>/,
      '<Grid Name="TimeSeries_f" GridType="Collection" CollectionType="Temporal">' +
        grid + attribute(0.5) +
        `<Grid Name="g"><xi:include xpointer="xpointer(${pointer})" />` + attribute(2) + "</Grid>",
    );
    const path = join(directory, "f.xdmf");
    await Deno.writeTextFile(path, text);
    const { samples, read } = await openMeshFile(path, { times: "all" });
    assert.deepEqual(samples.map(({ time }) => time), [0.5, 2]);
    const { pointCount, cells, pointData } = await read(1);
    assert.deepEqual([pointCount, cells.types.length], [4, 2]);
    assert.deepEqual([...pointData.read("f_7").values], [2, 1, 2, 3]);
  });
});

Deno.test("openMeshFile() keeps the faces of polyhedra in mixed cells", async () => {
  await inTemporaryDirectory(async (directory) => {
    const solid = TEXT.replace(
      /<Topology[^]*<\/Topology>/,
      `
<Topology TopologyType="Mixed" NumberOfElements="1"><DataItem NumberType="Int" Dimensions="18">
16 4  3 0 1 2  3 0 1 3  3 1 2 3  3 2 0 3</DataItem></Topology>`,
    );
    const { cells } = await readText(directory, solid);
    assert.deepEqual([...cells.types], [42]);
    assert.deepEqual(facesOf(cells.connectivity)?.[3], [2, 0, 3]);
  });
});

for (
  const [name, topology, types, gridShape] of [
    ["2DSMesh", '<Topology TopologyType="2DSMesh" Dimensions="2 2"/>', [9], [2, 2]],
    ["Polyvertex", '<Topology TopologyType="Polyvertex" NumberOfElements="4"/>', [], undefined],
    ["no topology", "", [], undefined],
    [
      "Polyline",
      '<Topology Type="Polyline" NodesPerElement="3" NumberOfElements="1">' +
      '<DataItem NumberType="Int" Dimensions="3">0 1 2</DataItem></Topology>',
      [4],
      undefined,
    ],
    [
      "Quad",
      '<Topology Type="Quad"><DataItem NumberType="UInt" Dimensions="4">0 1 2 3</DataItem>' +
      "</Topology>",
      [9],
      undefined,
    ],
  ] as const
) {
  Deno.test(`openMeshFile() reads XDMF with ${name}`, async () => {
    await inTemporaryDirectory(async (directory) => {
      const text = TEXT.replace(/<Topology[^]*<\/Topology>/, topology);
      const mesh = await readText(directory, text);
      assert.equal(mesh.pointCount, 4);
      assert.deepEqual([...mesh.cells.types], types);
      assert.deepEqual(mesh.gridShape, gridShape);
    });
  });
}

for (
  const [from, to, message] of [
    ["<Xdmf", "<Xdmf x:y='1' x:y='1'", /its XML cannot be parsed/],
    ["[]>", '[<!ENTITY a "b">]>', /document type declarations with entities are not supported/],
    ["</Domain></Xdmf>", "", /its XML cannot be parsed: unclosed tag/],
    [/<Grid[^]*<\/Grid>/, "", /its <Domain> has no <Grid>/],
    ["Triangle", "Triangular", /type of a topology must be Mixed, .*received "TRIANGULAR"/],
    ["0 2 3<", "0 2 4<", /cells must have points below 4/],
    ["0 2 3<", "0 2<", /expected 6 numbers, found 5/],
    ['NumberOfElements="2"', 'NumberOfElements="3"', /must have 3 cells as stated, it has 2/],
    ["XY", "XYZ", /coordinates of points must be XY, .*received "XYZ" with 8 numbers/],
    ["1 1 0 1<", "1 1 0 nan<", /points must be finite, point 3 has NaN/],
    ["d.h5:/q", "none.h5:/q", /names "none.h5", which must be at ".*none.h5": no such file/],
    ["d.h5:/q", "d.h5", /must name a file and a dataset, as in "data.h5:\/p", received "d.h5"/],
    ['"4 1"', '"9999999999 9"', /a data item of 9999999999 x 9 numbers is too large/],
    ['"4">1 2', '"4" NumberType="Complex">1 2', /must be Float, Int, .*received "COMPLEX"/],
    ['"4">1 2 3 4', '"4">1 2 3 four', /"four" is not a number of type Float64/],
    ['"4">1 2 3 4', '"3">1 2 3', /its 3 numbers are not a multiple of 4 tuples/],
    [
      '<Topology TopologyType="Triangle" NumberOfElements="2">',
      "<Topology Reference=\"/Xdmf/Domain/Grid[@Name='h']/Topology\">",
      /the path "\/Xdmf\/Domain\/Grid\[@Name='h'\]\/Topology" names nothing/,
    ],
    [
      '<Topology TopologyType="Triangle" NumberOfElements="2">',
      '<Topology Reference="/Xdmf/Domain/Grid/Topology">',
      /references must be nested at most 16 deep: one is circular/,
    ],
    [
      '<Topology TopologyType="Triangle" NumberOfElements="2">',
      '<Topology Reference="/Xdmf/Domain/Grid/Geometry">',
      /must name one <Topology>, it names 1 elements, the first a <Geometry>/,
    ],
    [
      "<Topology",
      '<xi:include xpointer="xpointer(//Grid[last()])"/><Topology',
      /the path "\/\/Grid\[last\(\)\]" is not supported/,
    ],
    ["<Topology", '<xi:include href="b.xmf"/><Topology', /including another file, "b.xmf", is not/],
    ['Name="q"', 'Name="p"', /a grid has two attributes of the name "p"/],
    [
      /<Topology[^]*<\/Topology>/,
      '<Topology TopologyType="3DCoRectMesh" Dimensions="9999 9999 9999"/>',
      /it states 9999 x 9999 x 9999 points, more than a file of \d+ bytes can hold/,
    ],
    [
      '"4">1 2 3 4',
      '"4" ItemType="Function" Function="$0 + 1">1 2 3 4',
      /the function must be JOIN of data items, received "\$0 \+ 1"/,
    ],
    ['Name="g"', 'Name="g" GridType="Subset"', /must be Uniform, Collection or Tree/],
    [
      '<Attribute Name="p"',
      '<Attribute ItemType="FiniteElementFunction" Name="p"',
      /function of finite elements; write it by values at points/,
    ],
  ] as const
) {
  Deno.test(`openMeshFile() refuses XDMF with ${JSON.stringify(to).slice(0, 60)}`, async () => {
    await inTemporaryDirectory(async (directory) => {
      const damaged = TEXT.replace(from, to);
      assert.notEqual(damaged, TEXT);
      await assert.rejects(async () => {
        const { pointData } = await readText(directory, damaged);
        pointData.names.forEach((name) => pointData.read(name));
      }, (error) => {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  });
}
