import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readVtk } from "../../../io/vtk/read_vtk.ts";
import { hash, KeyedSequence } from "../../../pipeline/graph/random.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { outcome, text } from "./damaged_vtk.ts";

const fixtures = "tests/fixtures/vtk";
const names = [...Deno.readDirSync(fixtures)].map(({ name }) => name).filter((name) =>
  /\.vt[up]$/.test(name)
)
  .sort();

for (const name of names) {
  Deno.test(`readVtk() refuses ${name} cut anywhere`, async () => {
    const bytes = await Deno.readFile(`${fixtures}/${name}`);
    const draws = new KeyedSequence(hash(4, "cut", name));
    await inTemporaryDirectory(async (directory) => {
      // All of the end tags but the last line break, then any place.
      const lengths = [0, 1, 5, bytes.length - 2, bytes.length - 12, bytes.length - 20];
      for (let round = 0; round < 20; round++) lengths.push(draws.below(bytes.length - 1));
      for (const length of lengths) {
        assert.match(
          await outcome(directory, bytes.subarray(0, length)),
          /^Cannot read "a.vtu": /,
          `${length}`,
        );
      }
    });
  });
}

Deno.test("readVtk() reads the undamaged text of the tests below, and valid variants", async () => {
  const empty = '<Piece NumberOfPoints="0" NumberOfCells="0"/>';
  await inTemporaryDirectory(async (directory) => {
    assert.equal(await outcome(directory, text), "read");
    assert.equal(await outcome(directory, `\ufeff\n${text}`), "read");
    assert.equal(await outcome(directory, text.replace(/<Piece[^]*<\/Piece>/, empty)), "read");
    // Points of integers, as people write them.
    const integers = '<Points><DataArray type="Int32"';
    assert.equal(
      await outcome(directory, text.replace('<Points><DataArray type="Float32"', integers)),
      "read",
    );
    assert.equal(
      await outcome(directory, text.replace(/<Piece[^]*<\/Piece>/, `${empty}$&${empty}`)),
      "read",
    );
  });
});

/** Bytes with their count before them. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...new Uint8Array(BigUint64Array.of(BigInt(bytes.length)).buffer), ...bytes);
}

const file = 'Cannot read "a.vtu": ';
const field = 'Cannot read array "p" of "a.vtu": ';
const damages: readonly (readonly [string | RegExp, string, string])[] = [
  // Mislabelled.
  [/^[^]*$/, "# vtk DataFile Version 3.0\n", `${file}it is not XML; save it as .vtu or .vtp`],
  [
    'type="UnstructuredGrid"',
    'type="ImageData"',
    `${file}it must be a VTK file of type UnstructuredGrid or PolyData`,
  ],
  [
    'type="UnstructuredGrid"',
    'type="PolyData"',
    `${file}it has no <PolyData>, which its type states`,
  ],
  ["LittleEndian", "MiddleEndian", `${file}its byte_order must be LittleEndian or BigEndian`],
  ["UInt64", "UInt16", `${file}its header_type must be UInt32 or UInt64, received "UInt16"`],
  [
    'Name="p" format="ascii"',
    'Name="p" format="text"',
    `${field}its format must be ascii, binary or appended`,
  ],
  [
    'Name="p" format="ascii"',
    'Name="p" format="appended" offset="0"',
    `${field}the file has no appended data`,
  ],
  ['"Float32" Name="p"', '"toString" Name="p"', `${field}its type must be one of Int8, UInt8,`],
  // Counts.
  [
    'NumberOfPoints="4"',
    'NumberOfPoints="5"',
    `Cannot read array "" of "a.vtu": expected 15 numbers, found 12`,
  ],
  [
    'NumberOfPoints="4"',
    'NumberOfPoints="-4"',
    `${file}NumberOfPoints of <Piece> must be a count, received "-4"`,
  ],
  ['NumberOfPoints="4"', "", `${file}NumberOfPoints of <Piece> must be a count, received ""`],
  [
    'NumberOfPoints="4"',
    'NumberOfPoints="4e9"',
    `${file}NumberOfPoints of <Piece> must be a count`,
  ],
  [
    'NumberOfCells="2"',
    'NumberOfCells="3"',
    `Cannot read array "offsets" of "a.vtu": expected 3 numbers, found 2`,
  ],
  [
    '"p" format',
    '"p" NumberOfComponents="2" format',
    `${field}expected 8 numbers, found 4`,
  ],
  [
    '"p" format',
    '"p" NumberOfComponents="0" format',
    `${field}it must have at least one component`,
  ],
  [">0 1 2 3<", ">0 1 2<", `${field}expected 4 numbers, found 3`],
  [">0 1 2 3<", "><", `${field}expected 4 numbers, found 0`],
  // Numbers.
  [">0 1 2 3<", ">0 1 two 3<", `${field}"two" is not a number of type Float32`],
  [">0 1 2 3<", ">0 1 constructor 3<", `${field}"constructor" is not a number of type Float32`],
  [">0 1 2 3<", ">0 1 0x2 3<", `${field}"0x2" is not a number of type Float32`],
  [
    ">1 -2 3 -4<",
    ">1 -2 3 -129<",
    `Cannot read array "c" of "a.vtu": "-129" is not a number of type Int8`,
  ],
  [
    ">1 -2 3 -4<",
    ">1 -2 3 nan<",
    `Cannot read array "c" of "a.vtu": "nan" is not a number of type Int8`,
  ],
  [
    ">3 6<",
    ">3 99999999999999999999<",
    'Cannot read array "offsets" of "a.vtu": "99999999999999999999" is no',
  ],
  [">0 0 0 1", ">0 0 0 nan", `${file}points must be finite, point 1 has NaN`],
  [">0 0 0 1", ">0 0 0 1e39", `${file}points must be finite, point 1 has Infinity`],
  // Points and cells.
  [/<Points>.*<\/Points>/, "", `${file}it states 4 points and has no <Points>`],
  [/<Points>.*<\/Points>/, "$&$&", `${file}<Piece> has 2 sections <Points>`],
  [
    'NumberOfComponents="3"',
    'NumberOfComponents="2"',
    'Cannot read array "" of "a.vtu": expected 8 numbers, found 12',
  ],
  [
    /<DataArray type="Int64" Name="offsets".*/,
    "",
    `${file}it states 2 cells and <Cells> has no array "offsets"`,
  ],
  [
    ">0 1 2 0 2 3<",
    ">0 1 2 0 2 4<",
    `${file}cells must have points below 4, entry 5 of the connectivity is 4`,
  ],
  [
    ">0 1 2 0 2 3<",
    ">0 1 2 0 2 -1<",
    `${file}the connectivity of cells must be counts below 2^32, entry 5 is -1`,
  ],
  [
    ">0 1 2 0 2 3<",
    ">0 1 2 0 2 4294967299<",
    `${file}the connectivity of cells must be counts below 2^32, entry 5`,
  ],
  [
    ">0 1 2 0 2 3<",
    ">0 1 2 0 2 3 1<",
    `${file}the last cell must end with the connectivity, at 7, its offset is 6`,
  ],
  [">3 6<", ">6 3<", `${file}a cell of type 5 has 3 points, cell 0 has 6`],
  [">3 6<", ">3 2<", `${file}the offsets of cells must not descend, cell 1 has -1 points`],
  [">5 5<", ">5 9<", `${file}a cell of type 9 has 4 points, cell 1 has 3`],
  [">5 5<", ">5 255<", `${file}the types of cells must be VTK's, 0 to 81, cell 1 has type 255`],
  [
    '"Int64" Name="connectivity"',
    '"Float32" Name="connectivity"',
    `${file}the connectivity of cells must be integers`,
  ],
  [
    /"Int64" Name="connectivity"(.*)2 3</,
    '"Int32" Name="connectivity"$12 -3<',
    `${file}the connectivity of cells must be counts below 2^32, entry 5 is -3`,
  ],
  [
    /"Int64" Name="connectivity" format="ascii">[^<]*/,
    `"Int64" Name="connectivity" format="binary">${plain(new Uint8Array(47)).toBase64()}`,
    'Cannot read array "connectivity" of "a.vtu": its 47 bytes are not a multiple of the 8 ',
  ],
  [
    /NumberOfComponents="3" format="ascii">[^<]*/,
    'NumberOfComponents="2" format="ascii">0 0 1 0 1 1 0 1',
    `${file}points must have 3 coordinates, received 2`,
  ],
  // Sections and names.
  [
    /<PointData>(.*)<\/PointData>/,
    "<PointData>$1$1</PointData>",
    `${file}<PointData> has two arrays of the name "p"`,
  ],
  [
    '"p" format',
    '"p" TimeStep="0" format',
    `${file}array "p" belongs to one of several time steps; save each`,
  ],
  [
    "<Piece",
    '<FieldData><DataArray type="Int8" Name="p" NumberOfComponents="2">1 2 ' +
    "3</DataArray></FieldData><Piece",
    `${field}its 3 numbers are not a multiple of 2 components`,
  ],
  [/<Piece[^]*<\/Piece>/, "", `${file}<UnstructuredGrid> has no <Piece>`],
  // XML.
  ["</Piece>", "</Peace>", `${file}its XML cannot be parsed: unexpected close tag`],
  [
    "</VTKFile>",
    "</VTKFile><VTKFile>",
    `${file}its XML cannot be parsed: documents may contain only one root`,
  ],
  [
    "</VTKFile>",
    "</VTKFile> text",
    `${file}its XML cannot be parsed: text data outside of root node`,
  ],
  ["<VTKFile", "<!DOCTYPE a><VTKFile", `${file}its XML cannot be parsed: document type`],
  [">0 1 2 3<", "><![CDATA[0 1 2 3]]><", `${file}its XML cannot be parsed: CDATA sections`],
  [
    'Name="p"',
    'Name="p" Name="p"',
    `${file}its XML cannot be parsed: duplicate attribute: Name`,
  ],
  ['Name="p"', 'Name="&constructor;"', `${file}its XML cannot be parsed: undefined entity`],
  ['Name="p"', 'Name="p', `${file}its XML cannot be parsed: `],
  ["<PointData>", "<!-- <PointData>", `${file}its XML cannot be parsed: unclosed tag`],
  [
    "<PointData>",
    "<?xml <PointData>",
    `${file}its XML cannot be parsed: an XML declaration must be at the start`,
  ],
  [
    'format="ascii">0 1 2 3',
    'format="ascii" 0 1 2 3',
    `${file}its XML cannot be parsed: disallowed character in attribute name`,
  ],
  [
    "<PointData>",
    "<a>".repeat(40),
    `${file}its XML cannot be parsed: it nests more than 32 levels deep`,
  ],
  [
    "<UnstructuredGrid>",
    "<UnstructuredGrid><AppendedData>_</AppendedData>",
    `${file}its XML cannot be parsed: appended data must be directly below`,
  ],
  [
    "</VTKFile>",
    "<AppendedData>x</AppendedData></VTKFile>",
    `${file}its appended data do not begin with _`,
  ],
];

for (const [from, to, message] of damages) {
  Deno.test(
    `readVtk() refuses: ${message.replace(/^Cannot read /, "")} ` +
      `(${String(from).slice(0, 30)})`,
    async () => {
      const damaged = text.replace(from, to);
      assert.notEqual(damaged, text);
      await inTemporaryDirectory(async (directory) => {
        const actual = await outcome(directory, damaged);
        assert.ok(actual.startsWith(message), actual);
      });
    },
  );
}

for (
  const [from, to, message] of [
    ['Name="p"', 'Name="q"', "its pieces must have the same arrays, received p and q"],
    ['"Float32" Name="p"', '"Float64" Name="p"', 'its pieces must have array "p" of one type'],
    [
      'NumberOfComponents="2" format="ascii">1 -2 3 -4',
      'format="ascii">1 3',
      'its pieces must have the same components of array "c"',
    ],
  ] as const
) {
  Deno.test(`readVtk() refuses pieces that do not match: ${message}`, async () => {
    const damaged = text.replace(/<Piece[^]*<\/Piece>/, (piece) => piece + piece.replace(from, to));
    await inTemporaryDirectory(async (directory) => {
      assert.equal(await outcome(directory, damaged), file + message);
    });
  });
}

Deno.test("readVtk() refuses two arrays at one offset, and offsets after the end", async () => {
  await inTemporaryDirectory(async (directory) => {
    const bytes = await Deno.readFile(`${fixtures}/cells_appended_raw.vtu`);
    const latin1 = Buffer.from(bytes).toString("latin1");
    const write = (changed: string) => new Uint8Array(Buffer.from(changed, "latin1"));
    // VTK pads each offset with spaces.
    const moved = (name: string, offset: string) =>
      latin1.replace(
        new RegExp(`(Name="${name}"[^>]* )(offset="\\d+" *)`),
        (_, head, old) => `${head}${`offset="${offset}"`.padEnd(old.length)}`,
      );
    const same = moved("pressure", "0");
    assert.equal(
      await outcome(directory, write(same)),
      `${file}two arrays begin at one offset of its appended data`,
    );
    assert.match(
      await outcome(directory, write(moved("types", "99999"))),
      /^Cannot read array "types" of "a.vtu": its offset must be below .* received 99999/,
    );
  });
});

Deno.test("readVtk() names a missing file", async () => {
  await assert.rejects(() => readVtk("no/such.vtu"), {
    name: "DataError",
    message: /^Cannot read "no\/such.vtu": /,
  });
  await assert.rejects(() => readVtk("tests"), {
    name: "DataError",
    message: /^Cannot read "tests": it must be a file/,
  });
});
