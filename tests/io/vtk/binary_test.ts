import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { outcome, text } from "./damaged_vtk.ts";

const field = 'Cannot read array "p" of "a.vtu": ';

/** The text with its field in binary form. */
function withField(
  packed: Uint8Array,
  compressor = "",
  options: { raw?: boolean | undefined } = {},
): Uint8Array<ArrayBuffer> {
  const named = text.replace(
    "<VTKFile ",
    `<VTKFile ${compressor && `compressor="${compressor}" `}`,
  );
  const changed = options.raw
    ? named.replace(/format="ascii">0 1 2 3</, 'format="appended" offset="0"><')
      .replace(
        "</VTKFile>",
        () =>
          "<AppendedData " +
          `encoding="raw">_${Buffer.from(packed).toString("latin1")}</AppendedData></VTKFile>`,
      )
    : named.replace(/format="ascii">0 1 2 3</, `format="binary">${packed.toBase64()}<`);
  return new Uint8Array(Buffer.from(changed, "latin1"));
}

function packed(
  header: readonly number[],
  ...blocks: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const parts = [new Uint8Array(BigUint64Array.from(header, BigInt).buffer), ...blocks];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const numbers = new Uint8Array(new Float32Array([0, 1, 2, 3]).buffer);
const deflated = new Uint8Array(deflateSync(numbers));
const zlib = "vtkZLibDataCompressor";
const lz4 = "vtkLZ4DataCompressor";
/** 16 literals. */
const literals = Uint8Array.of(0xf0, 1, ...numbers);

for (
  const [what, bytes, message] of [
    ["plain numbers", withField(packed([16], numbers)), "read"],
    ["appended numbers", withField(packed([16], numbers), "", { raw: true }), "read"],
    ["zlib", withField(packed([1, 16, 0, deflated.length], deflated), zlib), "read"],
    [
      "zlib with a last block smaller",
      withField(packed([1, 32, 16, deflated.length], deflated), zlib),
      "read",
    ],
    ["LZ4", withField(packed([1, 16, 0, literals.length], literals), lz4), "read"],
    [
      "a byte count of another array",
      withField(packed([12], numbers)),
      `${field}expected 16 bytes, found 12`,
    ],
    [
      "fewer bytes than stated",
      withField(packed([16], numbers.subarray(1))),
      `${field}it states 16 bytes, found 15`,
    ],
    [
      "no header",
      withField(new Uint8Array(7)),
      `${field}its header is cut short, found 7 bytes`,
    ],
    [
      "appended bytes that end early",
      withField(packed([16], numbers.subarray(4)), "", { raw: true }),
      `${field}it states 16 bytes, found 12`,
    ],
    [
      "more blocks than bytes",
      withField(packed([2 ** 40, 16, 0, 1], deflated), zlib),
      `${field}its header is cut short`,
    ],
    [
      "blocks of another size",
      withField(packed([1, 17, 0, deflated.length], deflated), zlib),
      `${field}expected 16 bytes, found 17`,
    ],
    [
      "a last block larger than the others",
      withField(packed([1, 4, 16, deflated.length], deflated), zlib),
      `${field}it states 16 bytes in 1 blocks`,
    ],
    [
      "a block after the end",
      withField(packed([1, 16, 0, deflated.length + 1], deflated), zlib),
      `${field}compressed block 0 of 1 ends after the data`,
    ],
    [
      "a block that is cut short",
      withField(packed([1, 16, 0, deflated.length - 5], deflated.subarray(0, -5)), zlib),
      `${field}a compressed block is damaged: unexpected end of file`,
    ],
    [
      "a block that holds less",
      withField(packed([1, 16, 0, 11], new Uint8Array(deflateSync(new Uint8Array(12)))), zlib),
      `${field}expected 16 bytes in a compressed block, found 12`,
    ],
    [
      "LZ4 literals after the end",
      withField(packed([1, 16, 0, literals.length - 1], literals.subarray(0, -1)), lz4),
      `${field}a compressed block is damaged`,
    ],
    [
      "an LZ4 match before the start",
      withField(packed([1, 16, 0, 5], Uint8Array.of(0x1b, 7, 2, 0, 0)), lz4),
      `${field}a compressed block is damaged`,
    ],
    [
      "an LZ4 length without end",
      withField(packed([1, 16, 0, 4], Uint8Array.of(0xf0, 255, 255, 255)), lz4),
      `${field}a compressed block is damaged`,
    ],
  ] as const
) {
  Deno.test(`readVtk() ${message === "read" ? "reads" : "refuses"} ${what}`, async () => {
    await inTemporaryDirectory(async (directory) => {
      const actual = await outcome(directory, bytes);
      assert.ok(actual.startsWith(message), actual);
    });
  });
}

Deno.test("readVtk() does not allocate memory for data that a file cannot contain", async () => {
  const bomb = deflateSync(new Uint8Array(2 ** 20));
  const pointCount = 10 ** 12;
  const withPoints = (header: readonly number[]) =>
    text.replace("<VTKFile ", `<VTKFile compressor="${zlib}" `)
      .replace('NumberOfPoints="4"', `NumberOfPoints="${pointCount}"`)
      .replace(
        /format="ascii">0 0 0.*?</,
        () => `format="binary">${packed(header, bomb).toBase64()}<`,
      );
  await inTemporaryDirectory(async (directory) => {
    const lie = await outcome(directory, withPoints([1, 12 * pointCount, 0, bomb.length]));
    assert.match(
      lie,
      /it states 12000000000000 bytes in 1 blocks, found \d+ compressed bytes/,
    );
    const other = await outcome(directory, withPoints([1, 2 ** 20, 0, bomb.length]));
    assert.match(other, /expected 12000000000000 bytes, found 1048576/);
    // A block that grows beyond what its header states is not inflated further.
    const block = await outcome(directory, withField(packed([1, 16, 0, bomb.length], bomb), zlib));
    assert.match(block, /a compressed block is damaged: .*larger than 16 bytes/);
  });
});
