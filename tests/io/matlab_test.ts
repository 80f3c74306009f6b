import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DataError } from "../../errors.ts";
import { toRowMajor } from "../../io/column_major.ts";
import { type MatlabArray, readMatlab } from "../../io/matlab.ts";

const fixtures = fileURLToPath(new URL("../fixtures/io/matlab/", import.meta.url));

type Expected = Record<string, { shape: number[]; data: number[] }>;
/** Files of write_fixtures.py, by scipy and h5py and byte by byte. */
const { arrays, bytes: byBytes }: Record<string, Expected> = JSON.parse(
  Deno.readTextFileSync(join(fixtures, "arrays.json")),
);

const read = (file: string, keys: readonly string[]) => readMatlab(join(fixtures, file), keys);

const plain = (found: Record<string, MatlabArray>): Expected =>
  Object.fromEntries(
    Object.entries(found).map((
      [name, { shape, data }],
    ) => [name, { shape: [...shape], data: [...data] }]),
  );

async function withFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".mat" });
  try {
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("toRowMajor() transposes a matrix and reverses the strides of any array", () => {
  assert.deepEqual(
    toRowMajor([1, 2, 3, 4, 5, 6], [2, 3], new Float32Array(6)),
    Float32Array.of(1, 3, 5, 2, 4, 6),
  );
  const shape = [3, 1, 4, 2];
  const target = toRowMajor(Array.from({ length: 24 }, (_, i) => i), shape, new Float64Array(24));
  for (const [i, k, l] of [[0, 0, 0], [2, 0, 0], [1, 3, 0], [2, 1, 1], [2, 3, 1]]) {
    assert.equal(target[(i * 4 + k) * 2 + l], i + 3 * (k + 4 * l));
  }
  assert.deepEqual(toRowMajor([7], [], new Float32Array(1)), Float32Array.of(7));
  assert.deepEqual(toRowMajor([], [0, 3], new Float32Array(0)), new Float32Array(0));
});

Deno.test("readMatlab() reads any storage type and byte order, compressed or not", async (t) => {
  for (const order of ["little", "big"]) {
    for (const file of [`v5_${order}_endian.mat`, `v5_${order}_endian_compressed.mat`]) {
      await t.step(file, async () => {
        const found = await read(file, Object.keys(byBytes));
        assert.deepEqual(plain(found), byBytes);
        assert.ok(found.single_short.data instanceof Float32Array);
        assert.ok(found.cube.data instanceof Float64Array);
        assert.ok(found.logical.data instanceof Float64Array);
      });
    }
  }
  await t.step("known values", async () => {
    const { cube, shorts, logical } = await read("v5_big_endian.mat", [
      "cube",
      "shorts",
      "logical",
    ]);
    assert.deepEqual(cube, {
      shape: [2, 3, 4],
      data: Float64Array.from({ length: 24 }, (_, i) => i + 1),
    });
    assert.deepEqual(shorts, { shape: [1, 2], data: Float64Array.of(258, -32768) });
    assert.deepEqual(logical, { shape: [3, 1], data: Float64Array.of(1, 0, 1) });
  });
});

Deno.test("readMatlab() reads files of scipy and h5py into row-major order", async (t) => {
  for (const file of ["scipy.mat", "scipy_compressed.mat", "v73.mat"]) {
    await t.step(file, async () => {
      const found = await read(file, Object.keys(arrays));
      assert.deepEqual(plain(found), arrays);
      assert.ok(found.single.data instanceof Float32Array);
      assert.ok(found.int8.data instanceof Float64Array);
    });
  }
  await t.step("plain.h5, whose axes MATLAB did not reverse", async () => {
    const { single } = plain(await read("plain.h5", ["single"]));
    const { shape, data } = arrays.single;
    const [n0, n1, n2] = shape;
    const expected = single.data.map((_, k) => {
      const index = [k % n0, Math.floor(k / n0) % n1, Math.floor(k / n0 / n1)];
      return data[(index[0] * n1 + index[1]) * n2 + index[2]];
    });
    assert.deepEqual(single, { shape: shape.toReversed(), data: expected });
  });
});

Deno.test("readMatlab() refuses other types than numbers, and unknown names", async (t) => {
  const refused: [string, string, RegExp][] = [
    ...["scipy.mat", "scipy_compressed.mat"].flatMap((file): [string, string, RegExp][] => [
      [file, "cell", /variable "cell" .* must be an array of numbers, it is cell/],
      [file, "complex", /variable "complex" .* must be an array of numbers, it is complex/],
      [file, "sparse", /it is sparse/],
      [file, "text", /it is char/],
      [file, "struct", /it is struct/],
    ]),
    [
      "v5_little_endian.mat",
      "long",
      /64-bit integers must be below 2\^53, received 9007199254740993/,
    ],
    ["v5_big_endian.mat", "long", /64-bit integers must be below 2\^53, received 9007199254740993/],
    ["scipy.mat", "long", /64-bit integers must be below 2\^53, received 9007199254740993/],
    ["v73.mat", "long", /64-bit integers must be below 2\^53, received 9007199254740993/],
    ["v73.mat", "complex", /it is of another type, such as complex or text/],
    ["v73.mat", "text", /it is char/],
    ["v73.mat", "cell", /it is cell/],
    ["v73.mat", "struct", /it is struct/],
    ["scipy.mat", "singel", /no variable of that name, did you mean "single"\?/],
    ["v73.mat", "singel", /no variable of that name, did you mean "single"\?/],
    ["zlib_checksum.mat", "few", /a compressed variable is damaged: incorrect data check/],
    ["zlib_block.mat", "few", /a compressed variable is damaged: invalid block type/],
    ["zlib_none.mat", "few", /a compressed variable is damaged: incorrect header check/],
    ["zlib_cut.mat", "few", /a compressed variable is damaged: unexpected end of file/],
    ["zlib_too_long.mat", "few", /a compressed variable is damaged: .* larger than 80 bytes/],
    ["zlib_late_checksum.mat", "many", /a compressed variable is damaged: incorrect data check/],
    ["zlib_late_block.mat", "many", /a compressed variable is damaged: invalid block type/],
    ["v73_damaged.mat", "single", /variable "single" .*: filter returned failure during read/],
    ["v73_elsewhere.mat", "external", /unable to open external raw data file/],
    ["v73_elsewhere.mat", "link", /it must be an array of numbers, it is a group/],
    ["v73_elsewhere.mat", "virtual", /it is assembled from other files/],
    ["v73_elsewhere.mat", "empty_chunks", /134217728 bytes cannot be in a file of \d+/],
    ["v4.mat", "double", /must be a MATLAB file of version 5 or 7.3/],
    ["arrays.json", "arrays", /must be a MATLAB file of version 5 or 7.3/],
    ["none.mat", "x", /No such file/],
  ];
  for (const [file, key, message] of refused) {
    await t.step(
      `${file} ${key}`,
      () => assert.rejects(read(file, [key]), { name: "DataError", message }),
    );
  }
});

Deno.test("readMatlab() reads a variable next to one whose numbers are damaged", async (t) => {
  for (
    const file of [
      "zlib_cut.mat",
      "zlib_too_long.mat",
      "zlib_late_checksum.mat",
      "zlib_late_block.mat",
    ]
  ) {
    await t.step(file, async () => {
      const { whole } = await read(file, ["whole"]);
      assert.deepEqual(whole, { shape: [1, 2], data: Float64Array.of(1, 2) });
    });
  }
  await t.step("v73_damaged.mat", async () => {
    const { double } = await read("v73_damaged.mat", ["double"]);
    assert.deepEqual(plain({ double }), { double: arrays.double });
  });
});

Deno.test("readMatlab() refuses a file of version 5 that is cut short at any length", async () => {
  for (const file of ["scipy.mat", "scipy_compressed.mat"]) {
    const bytes = Deno.readFileSync(join(fixtures, file));
    for (let length = 0; length < bytes.length; length += 7) {
      await withFile(
        bytes.subarray(0, length),
        (path) =>
          assert.rejects(
            readMatlab(path, [...Object.keys(arrays), "text"]),
            { name: "DataError" },
            `cut at ${length}`,
          ),
      );
    }
  }
});

Deno.test("readMatlab() returns numbers or a DataError for any changed byte", async () => {
  const files: [string, Expected][] = [
    ["scipy.mat", arrays],
    ["scipy_compressed.mat", arrays],
    ["v5_big_endian.mat", byBytes],
    ["v5_big_endian_compressed.mat", byBytes],
  ];
  for (const [file, expected] of files) {
    const bytes = Deno.readFileSync(join(fixtures, file));
    for (let at = 126; at < bytes.length; at += 3) {
      const changed = bytes.slice();
      changed[at] ^= 1 << at % 8;
      await withFile(changed, async (path) => {
        await readMatlab(path, Object.keys(expected)).catch((error) =>
          assert.ok(error instanceof DataError, `${at}: ${error}`)
        );
      });
    }
  }
});

Deno.test("readMatlab() refuses a damaged file of version 7.3", async () => {
  const bytes = Deno.readFileSync(join(fixtures, "v73.mat"));
  await withFile(
    bytes.subarray(0, 9000),
    (path) =>
      assert.rejects(readMatlab(path, ["single"]), {
        name: "DataError",
        message: /: File has been truncated|truncated file/,
      }),
  );
});
