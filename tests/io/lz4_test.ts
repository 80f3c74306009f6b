import assert from "node:assert/strict";
import { LZ4 } from "numcodecs";
import { decompressLz4 } from "../../io/lz4.ts";
import { fillUniform, hash } from "../../pipeline/graph/random.ts";

/** A block of the LZ4 library; numcodecs prepends the size in 4 bytes. */
async function compressed(bytes: Uint8Array): Promise<Uint8Array> {
  return (await LZ4.fromConfig({ id: "lz4" }).encode(bytes)).subarray(4);
}

const noise = fillUniform(hash(1), new Float32Array(3000));
for (
  const [what, bytes] of [
    ["nothing", new Uint8Array(0)],
    ["a byte", Uint8Array.of(7)],
    ["zeros", new Uint8Array(100_000)],
    ["noise", new Uint8Array(noise.buffer)],
    [
      "short and long matches",
      new Uint8Array(30_000).map((_, i) => i % 997 < 700 ? i % 5 : (i * i) & 255),
    ],
    [
      "smooth numbers",
      new Uint8Array(
        new Float32Array(8192).map((_, i) => Math.round(99 * Math.sin(i / 50))).buffer,
      ),
    ],
  ] as const
) {
  Deno.test(`decompressLz4() decompresses ${what} of the LZ4 library`, async () => {
    assert.deepEqual(decompressLz4(await compressed(bytes), bytes.length), bytes);
  });
}

Deno.test("decompressLz4() repeats its own output", () => {
  // Two literals; from 2 bytes back, 4 + 5 bytes; a last literal.
  const block = Uint8Array.of(0x25, 1, 2, 2, 0, 0x10, 3);
  assert.deepEqual([...decompressLz4(block, 12)], [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 3]);
});

for (
  const [what, block, size] of [
    ["a block that is empty", [], 4],
    ["fewer bytes than expected", [0x10, 1], 2],
    ["more literals than expected", [0x30, 1, 2, 3], 2],
    ["literals after the end", [0x30, 1, 2], 3],
    ["half an offset", [0x10, 1, 1], 5],
    ["no bytes after a match", [0x15, 1, 1, 0], 11],
    ["a match from before the start", [0x10, 1, 2, 0, 0], 5],
    ["a match at offset 0", [0x10, 1, 0, 0, 0], 5],
    ["a match longer than expected", [0x1a, 1, 1, 0, 0], 5],
    ["a length without end", [0xf0, 255, 255], 1000],
  ] as const
) {
  Deno.test(`decompressLz4() refuses ${what}`, () => {
    assert.throws(() => decompressLz4(Uint8Array.from(block), size), {
      name: "SyntaxError",
      message: "a compressed block is damaged",
    });
  });
}
