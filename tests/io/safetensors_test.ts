import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  type TensorToWrite,
  writeSafetensors,
} from "../../io/safetensors.ts";

const fixtures = fileURLToPath(new URL("../fixtures/io/safetensors/", import.meta.url));

/** A file of data and a header that states `headerLength` bytes. */
function fileOf(header: unknown, data = new Uint8Array(), headerLength?: number): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const length = headerLength ?? json.length;
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const tensors = fc.dictionary(
  fc.string({ minLength: 1 }).filter((name) => name !== "__metadata__"),
  fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.int32Array(),
    fc.uint32Array(),
    fc.uint8Array(),
  ).map((data): TensorToWrite => ({ shape: [data.length], data })),
);

Deno.test("readSafetensors() reads files of the reference implementation", async () => {
  type Expected = Record<string, { shape: number[]; data: number[] }>;
  const expected: Expected = JSON.parse(Deno.readTextFileSync(join(fixtures, "tensors.json")));
  const written = await readSafetensors(join(fixtures, "written_types.safetensors"));
  const converted = await readSafetensors(join(fixtures, "converted_types.safetensors"));
  const all = { ...written.tensors, ...converted.tensors };
  assert.deepEqual(Object.keys(all).sort(), Object.keys(expected).sort());
  for (const [name, { shape, data }] of Object.entries(all)) {
    assert.deepEqual({ shape, data: [...data] }, expected[name], name);
  }
  assert.deepEqual(written.metadata, { seed: "7" });
  assert.deepEqual(converted.metadata, {});
  const types = Object.entries(all).map(([name, { dtype, data }]) =>
    `${name} ${dtype} ${data.constructor.name}`
  );
  assert.deepEqual(types.sort(), [
    "bias F32 Float32Array",
    "brain BF16 Float32Array",
    "empty F32 Float32Array",
    "half F16 Float32Array",
    "long I64 Int32Array",
    "loss F64 Float64Array",
    "mask BOOL Uint8Array",
    "pixels U8 Uint8Array",
    "seeds U32 Uint32Array",
    "steps I32 Int32Array",
    "weight F32 Float32Array",
  ]);
});

Deno.test(
  "encodeSafetensors() gives the bytes of the reference implementation, in any order of " +
    "tensors",
  async () => {
    const path = join(fixtures, "written_types.safetensors");
    const { tensors, metadata } = await readSafetensors(path);
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    assert.deepEqual(encodeSafetensors(tensors, metadata), Deno.readFileSync(path));
    assert.deepEqual(encodeSafetensors(reversed, metadata), Deno.readFileSync(path));
  },
);

Deno.test("decodeSafetensors() round-trips any tensors and metadata", () => {
  fc.assert(fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (written, metadata) => {
    const bytes = encodeSafetensors(written, metadata);
    const decoded = decodeSafetensors(bytes, "any");
    const plain = Object.fromEntries(
      Object.entries(decoded.tensors).map(([name, { shape, data }]) => [name, { shape, data }]),
    );
    assert.deepEqual(plain, { ...written });
    assert.deepEqual(decoded.metadata, { ...metadata });
  }));
});

Deno.test("decodeSafetensors() shares aligned memory and reads unaligned bytes", () => {
  const data = Float32Array.of(1, 2, 3);
  const bytes = encodeSafetensors({ x: { shape: [3], data } });
  assert.equal(decodeSafetensors(bytes, "x").tensors.x.data.buffer, bytes.buffer);
  const moved = new Uint8Array(bytes.length + 1).subarray(1);
  moved.set(bytes);
  assert.deepEqual(decodeSafetensors(moved, "x").tensors.x.data, data);
});

Deno.test("decodeSafetensors() refuses a damaged file, naming file and tensor", async (t) => {
  const eight = new Uint8Array(8);
  const wrong: [string, Uint8Array, RegExp][] = [
    ["no bytes", new Uint8Array(), /too short for a safetensors file, 0 bytes/],
    [
      "header beyond the end",
      fileOf({ x: entry(0, 4) }, eight, 1000),
      /cut short, the header needs 1008 bytes, found 70/,
    ],
    [
      "huge header",
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255),
      /at most 100000000 bytes, it states 18374686479671623680/,
    ],
    ["header cut short", fileOf({ x: entry(0, 4) }, eight, 10), /its header is not JSON/],
    ["no UTF-8", Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 255), /header is not JSON/],
    ["an array", fileOf([]), /its header is not a JSON object/],
    ["null", fileOf("null"), /its header is not a JSON object/],
    ["key twice", fileOf('{"x":{},"x":{}}'), /its header has "x" twice/],
    ["key twice inside", fileOf('{"x":{"shape":[1],"shape":[2]}}'), /its header has "shape" twice/],
    ["key twice, escaped", fileOf('{"x":{},"\\u0078":{}}'), /its header has "x" twice/],
    ["metadata of numbers", fileOf({ __metadata__: { seed: 7 } }), /its metadata must be texts/],
    ["metadata as a list", fileOf({ __metadata__: ["7"] }), /its metadata must be texts/],
    ["no entry", fileOf({ x: 5 }), /tensor "x" of "bad": its entry is invalid/],
    ["unknown type", fileOf({ x: entry(0, 8, [2], "C64") }, eight), /tensor "x" .* received "C64"/],
    [
      "inherited type",
      fileOf({ x: entry(0, 8, [2], "toString") }, eight),
      /tensor "x" .* received "toString"/,
    ],
    ["negative shape", fileOf({ x: entry(0, 8, [-2]) }, eight), /tensor "x" .* shape.0/],
    ["fraction in shape", fileOf({ x: entry(0, 8, [0.5]) }, eight), /tensor "x" .* shape.0/],
    [
      "overflowing shape",
      fileOf({ x: entry(0, 8, [2 ** 40, 2 ** 40]) }, eight),
      /F32 of shape .* found 8/,
    ],
    [
      "lying shape",
      fileOf({ x: entry(0, 8, [3]) }, eight),
      /"x" of "bad": F32 of shape \[3\] has 12 bytes, found 8/,
    ],
    ["reversed offsets", fileOf({ x: entry(8, 0, [2]) }, eight), /"x" of "bad": F32 .* found -8/],
    ["negative offset", fileOf({ x: entry(-4, 4) }, eight), /tensor "x" .* data_offsets.0/],
    [
      "beyond the end",
      fileOf({ x: entry(0, 12) }, eight),
      /"x" .* cut short, it ends at byte 12 of 8/,
    ],
    [
      "overlap",
      fileOf({ x: entry(0, 8), y: entry(4, 8) }, eight),
      /"y" of "bad": it overlaps tensor "x"/,
    ],
    ["gap", fileOf({ x: entry(4, 8) }, eight), /"x" of "bad": it leaves a gap after the header/],
    ["rest", fileOf({ x: entry(0, 4) }, eight), /"bad": 4 bytes at its end belong to no tensor/],
    [
      "no boolean",
      fileOf({ x: entry(0, 8, [8], "BOOL") }, eight.with(3, 2)),
      /a BOOL must be 0 or 1, received 2/,
    ],
  ];
  for (const [name, bytes, message] of wrong) {
    await t.step(name, () => {
      assert.throws(() => decodeSafetensors(bytes, "bad"), { name: "DataError", message });
    });
  }
});

Deno.test("decodeSafetensors() refuses a file cut short at any length", () => {
  const bytes = Deno.readFileSync(join(fixtures, "written_types.safetensors"));
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(
      () => decodeSafetensors(bytes.subarray(0, length), "cut"),
      { name: "DataError" },
      `cut at ${length}`,
    );
  }
});

Deno.test("readSafetensors() refuses unsupported types and a missing file", async () => {
  const refused: [string, RegExp][] = [
    ["long", /tensor "long" .* must fit into int32, received 2147483648/],
    ["int16", /tensor "x" .* received "I16"/],
    ["none", /No such file/],
  ];
  for (const [name, message] of refused) {
    await assert.rejects(readSafetensors(join(fixtures, `${name}.safetensors`)), {
      name: "DataError",
      message,
    });
  }
});

Deno.test("writeSafetensors() writes atomically and overwrites on request", async () => {
  const directory = await Deno.makeTempDir({ prefix: "haloflow-" });
  try {
    const path = join(directory, "model", "a.safetensors");
    const x = { shape: [2, 1], data: Float32Array.of(1, 2) };
    await writeSafetensors(path, { x });
    await assert.rejects(writeSafetensors(path, { y: x }), {
      name: "UserError",
      message: /it exists/,
    });
    await writeSafetensors(path, { y: x }, { step: "1" }, { overwrite: true });
    const { tensors, metadata } = await readSafetensors(path);
    assert.deepEqual(tensors, { y: { dtype: "F32", ...x } });
    assert.deepEqual(metadata, { step: "1" });
    assert.deepEqual([...Deno.readDirSync(join(directory, "model"))].map(({ name }) => name), [
      "a.safetensors",
    ]);
    await assert.rejects(writeSafetensors(join(path, "b"), { x }), { name: "DataError" });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("encodeSafetensors() refuses a mismatched shape and the reserved name", () => {
  const data = new Float32Array(3);
  assert.throws(() => encodeSafetensors({ x: { shape: [2], data } }), {
    name: "TypeError",
    message: /needs 2 numbers/,
  });
  assert.throws(() => encodeSafetensors({ __metadata__: { shape: [3], data } }), RangeError);
});
