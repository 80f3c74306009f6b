import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ColumnType,
  createRecordBatch,
  decodeRecordBatch,
  decodeUntrustedRecordBatch,
  decodeUntrustedRecordBatches,
  encodeRecordBatch,
  type RecordBatch,
  RecordBatchTemplate,
  type Row,
  type Schema,
} from "../../io/record_batch.ts";

const fixtures = new URL("../fixtures/io/arrow/", import.meta.url);

const sample: Schema = {
  name: "sample",
  columns: {
    id: "utf8",
    position: { list: "float32" },
    normal: { fixedSizeList: "float32", size: 2 },
    senders: { list: "uint32" },
    count: "int32",
    weight: "float64",
    tags: { list: "utf8" },
  },
};

const sampleRow = {
  id: "plate",
  position: Float32Array.of(0, 0.5, 1),
  normal: Float32Array.of(0.6, 0.8),
  senders: Uint32Array.of(7, 4_294_967_295),
  count: -3,
  weight: 0.1,
  tags: ["wall", "inlet"],
};

const rowsOf = (batch: RecordBatch) =>
  Array.from({ length: batch.rowCount }, (_, row) => batch.row(row));
const readFixture = (name: string) => Deno.readFileSync(new URL(name, fixtures));

/** Arbitrary schemas with rows that match them. */
const batches = fc.array(
  fc.oneof(
    fc.constantFrom<ColumnType[]>("int32", "uint32", "float32", "float64", "utf8"),
    fc.constantFrom<ColumnType[]>(
      { list: "int32" },
      { list: "uint32" },
      { list: "float32" },
      { list: "float64" },
      { list: "utf8" },
    ),
    fc.tuple(fc.constantFrom("float32", "float64"), fc.integer({ min: 1, max: 5 }))
      .map(([fixedSizeList, size]) => ({ fixedSizeList, size })),
  ),
  { minLength: 1, maxLength: 5 },
).chain((types) => {
  const columns = Object.fromEntries(types.map((type, i) => [`c${i}`, type as ColumnType]));
  const row = fc.record(
    Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, values(type)])),
  );
  return fc.record({
    schema: fc.constant<Schema>({ name: "any", columns }),
    rows: fc.array(row as fc.Arbitrary<Row>, { maxLength: 6 }),
  });
});

function values(type: ColumnType): fc.Arbitrary<Row[string]> {
  const scalars = {
    int32: fc.integer(),
    uint32: fc.nat({ max: 2 ** 32 - 1 }),
    float32: fc.float(),
    float64: fc.double(),
    utf8: fc.string({ unit: "grapheme" }),
  };
  const arrays = {
    int32: fc.int32Array(),
    uint32: fc.uint32Array(),
    float32: fc.float32Array(),
    float64: fc.float64Array(),
    utf8: fc.array(fc.string({ unit: "grapheme" })),
  };
  if (typeof type === "string") return scalars[type];
  if ("list" in type) return arrays[type.list];
  const length = { minLength: type.size, maxLength: type.size };
  return type.fixedSizeList === "float32" ? fc.float32Array(length) : fc.float64Array(length);
}

Deno.test("createRecordBatch() reads as its rows, before and after a round trip", () => {
  fc.assert(fc.property(batches, ({ schema, rows }) => {
    const created = createRecordBatch(schema, rows, { seed: "7" });
    assert.deepEqual(rowsOf(created), rows.map((row) => ({ ...row })));
    const { byteLength } = created;
    const bytes = encodeRecordBatch(created);
    assert.equal(bytes.byteLength, byteLength);
    for (const decoded of [decodeRecordBatch(bytes, schema), decodeRecordBatch(bytes)]) {
      assert.deepEqual(rowsOf(decoded), rowsOf(created));
      assert.deepEqual(decoded.schema, schema);
      assert.deepEqual(decoded.metadata, { seed: "7" });
      assert.equal(decoded.byteLength, byteLength);
    }
  }));
});

Deno.test("createRecordBatch() shares the typed arrays of a single row", () => {
  const batch = createRecordBatch(sample, [sampleRow]);
  assert.equal(batch.list("position", 0).buffer, sampleRow.position.buffer);
  assert.equal(batch.values("senders").buffer, sampleRow.senders.buffer);
});

Deno.test("createRecordBatch() completes rows that omit optional columns", () => {
  const columns = {
    id: "utf8",
    count: "int32",
    note: "utf8",
    tags: { list: "utf8" },
    normal: { fixedSizeList: "float32", size: 2 },
    values: { list: "float64" },
  } as const;
  const optional = ["count", "note", "tags", "normal", "values"];
  const batch = createRecordBatch({ name: "grown", columns, optional }, [{ id: "a" }]);
  assert.deepEqual(decodeRecordBatch(encodeRecordBatch(batch)).row(0), {
    id: "a",
    count: 0,
    note: "",
    tags: [],
    normal: new Float32Array(2),
    values: new Float64Array(0),
  });
  assert.throws(() => createRecordBatch({ name: "grown", columns, optional }, [{}]), /"id"/);
});

Deno.test("createRecordBatch() refuses a row that does not match, naming column and row", () => {
  const refused: [Row, RegExp][] = [
    [
      { ...sampleRow, position: Float64Array.of(1) },
      /"position" must be list of float32, row 1 has Float64Array of 1/,
    ],
    [
      { ...sampleRow, normal: Float32Array.of(1) },
      /"normal" must be fixed-size list of 2 float32, row 1/,
    ],
    [{ ...sampleRow, count: 1.5 }, /"count" must be int32, row 1 has number 1.5/],
    [{ ...sampleRow, count: "1" }, /"count" must be int32, row 1 has string "1"/],
    [{ ...sampleRow, tags: [1] as unknown as string[] }, /"tags" must be list of utf8/],
    [
      { ...sampleRow, cuont: 1 },
      /row 1 has a column "cuont" that is not in the schema, did you mean "count"\?/,
    ],
    [{ id: "a" }, /"position" must be list of float32, row 1 has undefined/],
  ];
  for (const [row, message] of refused) {
    assert.throws(() => createRecordBatch(sample, [sampleRow, row]), {
      name: "TypeError",
      message,
    });
  }
  assert.throws(
    () => createRecordBatch(sample, [sampleRow], { "haloflow:schema": "x" }),
    RangeError,
  );
});

Deno.test("encodeRecordBatch() returns new bytes every time", () => {
  const batch = createRecordBatch(sample, [sampleRow]);
  assert.ok(batch.byteLength > 0);
  const first = encodeRecordBatch(batch);
  first.buffer.transfer();
  const second = encodeRecordBatch(batch);
  const decoded = decodeRecordBatch(second, sample);
  const third = encodeRecordBatch(decoded);
  assert.notEqual(third.buffer, second.buffer);
  assert.deepEqual(rowsOf(decodeRecordBatch(third, sample)), [sampleRow]);
});

Deno.test("encodeRecordBatch() accepts any implementation of a record batch", () => {
  const batch = createRecordBatch(sample, [sampleRow, sampleRow], { a: "b" });
  const { schema, rowCount, metadata, byteLength } = batch;
  const { value, list, texts, values, row } = batch;
  const methods = { value, list, texts, values, row };
  const bound = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, method.bind(batch)]),
  );
  const other = { schema, rowCount, metadata, byteLength, ...bound } as unknown as RecordBatch;
  assert.deepEqual(rowsOf(decodeRecordBatch(encodeRecordBatch(other), sample)), [
    sampleRow,
    sampleRow,
  ]);
});

Deno.test("decodeRecordBatch() shares the memory of the bytes, also of a SharedArrayBuffer", () => {
  const bytes = encodeRecordBatch(createRecordBatch(sample, [sampleRow]));
  assert.equal(decodeRecordBatch(bytes, sample).list("position", 0).buffer, bytes.buffer);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  assert.equal(decodeRecordBatch(shared, sample).list("senders", 0).buffer, shared.buffer);
});

Deno.test("decodeRecordBatch() reads bytes at any offset", () => {
  const bytes = encodeRecordBatch(createRecordBatch(sample, [sampleRow]));
  for (const offset of [1, 3, 4, 8]) {
    const moved = new Uint8Array(offset + bytes.byteLength).subarray(offset);
    moved.set(bytes);
    assert.deepEqual(rowsOf(decodeRecordBatch(moved, sample)), [sampleRow]);
  }
});

Deno.test("decodeRecordBatch() refuses a batch of another schema, naming the column", () => {
  const bytes = encodeRecordBatch(createRecordBatch(sample, [sampleRow]));
  const { id: _, ...withoutId } = sample.columns;
  const refused: [Schema, RegExp][] = [
    [{ ...sample, name: "halo" }, /"halo": the bytes hold another one, "sample"/],
    [{ ...sample, columns: { ...sample.columns, owner: "uint32" } }, /column "owner" is missing/],
    [{ ...sample, columns: withoutId }, /column "id" is not in the schema/],
    [
      { ...sample, columns: { ...sample.columns, position: { list: "float64" } } },
      /column "position" must be list of float64, received list of float32/,
    ],
    [
      { ...sample, columns: { ...sample.columns, normal: { fixedSizeList: "float32", size: 3 } } },
      /column "normal" must be fixed-size list of 3 float32, received fixed-size list of 2 float32/,
    ],
  ];
  for (const [schema, message] of refused) {
    assert.throws(() => decodeRecordBatch(bytes, schema), { name: "TypeError", message });
  }
});

Deno.test("decodeUntrustedRecordBatch() refuses bytes that are cut short at any length", () => {
  const bytes = encodeRecordBatch(createRecordBatch(sample, [sampleRow]));
  const endOfStreamBytes = 8;
  for (let length = 0; length < bytes.byteLength - endOfStreamBytes; length++) {
    const cut = bytes.subarray(0, length);
    assert.throws(
      () => decodeUntrustedRecordBatch(cut, sample),
      { name: "SyntaxError" },
      `cut at ${length}`,
    );
  }
});

Deno.test("decodeUntrustedRecordBatch() survives any flipped bit", () => {
  // A reader that trusts a flipped count allocates gigabytes or loops for minutes.
  const secondsForAll = 30;
  const messages = [
    encodeRecordBatch(createRecordBatch(sample, [sampleRow])),
    readFixture("rows.arrow"),
  ];
  const start = performance.now();
  for (const message of messages) {
    for (let bit = 0; bit < 8 * message.length; bit += 3) {
      const flipped = message.with(bit >> 3, message[bit >> 3] ^ 1 << bit % 8);
      try {
        decodeUntrustedRecordBatches(flipped).forEach(rowsOf);
      } catch (error) {
        assert.ok(
          error instanceof SyntaxError || error instanceof TypeError,
          `bit ${bit}: ${error}`,
        );
      }
    }
  }
  assert.ok(performance.now() - start < 1000 * secondsForAll);
});

Deno.test("RecordBatch accessors name the column, schema and row that do not match", () => {
  const batch = createRecordBatch(sample, [sampleRow]);
  const fails = (read: () => unknown, name: string, message: RegExp) =>
    assert.throws(read, { name, message });
  fails(
    () => batch.value("idd", 0),
    "TypeError",
    /"idd" of record batch "sample": .* did you mean "id"\?/,
  );
  fails(
    () => batch.value("position", 0),
    "TypeError",
    /as one value per row: it is list of float32/,
  );
  fails(
    () => batch.value("count", 0, "float64"),
    "TypeError",
    /"count" .* as float64: it is int32/,
  );
  fails(() => batch.list("count", 0), "TypeError", /as a list: it is int32/);
  fails(() => batch.list("tags", 0), "TypeError", /as numbers: it is list of utf8/);
  fails(
    () => batch.list("position", 0, "float64"),
    "TypeError",
    /as float64 numbers: it is list of float32/,
  );
  fails(() => batch.texts("id", 0), "TypeError", /as a list of utf8: it is utf8/);
  fails(() => batch.values("id"), "TypeError", /as numbers: it is utf8/);
  fails(() => batch.value("count", 1), "RangeError", /must be within 0 and 0, received 1/);
  fails(() => batch.row(-1), "RangeError", /received -1/);
});

Deno.test("RecordBatch.list() and values() return the requested typed array", () => {
  const batch = createRecordBatch(sample, [sampleRow, {
    ...sampleRow,
    position: new Float32Array(),
  }]);
  const position: Float32Array = batch.list("position", 0, "float32");
  const all: Float32Array = batch.values("position", "float32");
  const count: number = batch.value("count", 1, "int32");
  assert.deepEqual([position, all, count], [sampleRow.position, sampleRow.position, -3]);
  assert.equal(batch.list("position", 1).length, 0);
});

Deno.test("decodeUntrustedRecordBatch() reads files and streams of pyarrow", () => {
  const expected = JSON.parse(Deno.readTextFileSync(new URL("rows.json", fixtures)));
  const plain = (batch: RecordBatch) =>
    rowsOf(batch).map((row) =>
      Object.fromEntries(
        Object.entries(row).map((
          [name, value],
        ) => [name, ArrayBuffer.isView(value) ? [...value as Float32Array] : value]),
      )
    );
  for (const name of ["rows.arrow", "rows.arrows"]) {
    const batch = decodeUntrustedRecordBatch(readFixture(name), sample);
    assert.deepEqual(plain(batch), expected);
    assert.deepEqual(batch.metadata, { origin: "pyarrow" });
  }
  assert.deepEqual(
    decodeUntrustedRecordBatches(readFixture("two_batches.arrows"), sample).flatMap(plain),
    expected,
  );
  assert.throws(
    () => decodeUntrustedRecordBatch(readFixture("two_batches.arrows")),
    /must hold one, found 2/,
  );
});

Deno.test("decodeUntrustedRecordBatch() refuses unsupported columns of pyarrow", () => {
  const refused: [string, RegExp][] = [
    ["nulls", /"bad": nulls are not supported, it has 1/],
    ["nested_nulls", /"bad": nulls are not supported, it has 1/],
    ["int64", /"bad".* received int64/],
    ["dictionary", /"bad".* received dictionary/],
  ];
  for (const [name, message] of refused) {
    assert.throws(() => decodeUntrustedRecordBatch(readFixture(`${name}.arrows`)), {
      name: "TypeError",
      message,
    });
  }
});

Deno.test("RecordBatchTemplate.encode() returns the bytes of a fresh encoding", () => {
  const schema: Schema = {
    name: "gradient",
    columns: {
      gradient: { fixedSizeList: "float32", size: 5 },
      squaredError: "float64",
      nodeCount: "float64",
    },
  };
  const template = new RecordBatchTemplate(schema, 1, "gradient");
  const into = new Uint8Array(template.byteLength).fill(255);
  for (const first of [1, -2]) {
    const gradient = Float32Array.of(first, 2, 3, 4, 5);
    const fresh = encodeRecordBatch(
      createRecordBatch(schema, [{ gradient, squaredError: 0, nodeCount: 421 }]),
    );
    const others = { nodeCount: Float64Array.of(421) };
    assert.deepEqual(template.encode(gradient, others), fresh);
    assert.equal(template.encode(gradient, others, into), into);
    assert.deepEqual(into, fresh);
  }
});

Deno.test("RecordBatchTemplate.encode() fills every row of a halo, and an empty one", () => {
  const schema: Schema = {
    name: "halo",
    columns: { latent: { fixedSizeList: "float32", size: 3 } },
  };
  for (const rowCount of [0, 1, 7]) {
    const values = Float32Array.from({ length: 3 * rowCount }, (_, i) => i);
    const batch = decodeRecordBatch(
      new RecordBatchTemplate(schema, rowCount, "latent").encode(values),
      schema,
    );
    assert.equal(batch.rowCount, rowCount);
    assert.deepEqual(batch.values("latent"), values);
  }
});

Deno.test("RecordBatchTemplate refuses lists, unknown columns and mismatched values", () => {
  const schema: Schema = {
    name: "halo",
    columns: { latent: { fixedSizeList: "float32", size: 3 } },
  };
  const template = new RecordBatchTemplate(schema, 2, "latent");
  const fails = (run: () => unknown, message: RegExp) =>
    assert.throws(run, { name: "TypeError", message });
  fails(
    () => new RecordBatchTemplate(sample, 1, "position"),
    /"id" must have the same number of numbers/,
  );
  fails(() => new RecordBatchTemplate(schema, 1, "latnt"), /"latnt" .* did you mean "latent"\?/);
  fails(
    () => template.encode(new Float32Array(5)),
    /must be 6 float32 numbers, received Float32Array of 5/,
  );
  fails(
    () => template.encode(new Float64Array(6)),
    /must be 6 float32 numbers, received Float64Array of 6/,
  );
  fails(() => template.encode(new Float32Array(6), { more: new Float32Array(6) }), /"more"/);
  fails(
    () => template.encode(new Float32Array(6), {}, new Uint8Array(3)),
    /aligned bytes, received 3 at offset 0/,
  );
});
