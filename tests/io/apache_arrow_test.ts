/**
 * Record batches, which flechette encodes and decodes, against apache-arrow, the reference
 * implementation of Arrow in JavaScript: both directions, every column type, stream and file.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  Bool,
  type DataType,
  DateMillisecond,
  Decimal,
  Dictionary,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  List,
  Schema as ApacheSchema,
  Table,
  tableFromIPC,
  tableToIPC,
  TimestampMicrosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { writeArrow } from "../../io/arrow_ipc.ts";
import { columnsOfRows } from "../../io/columns.ts";
import {
  type ColumnType,
  decodeUntrustedRecordBatches,
  type RecordBatch,
  type Row,
  type ScalarType,
  type Schema,
} from "../../io/record_batch.ts";
import { readTable } from "../../io/tables/read_table.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

const FORMATS = ["stream", "file"] as const;

const SCALARS: Readonly<Record<ScalarType, () => DataType>> = {
  int32: () => new Int32(),
  uint32: () => new Uint32(),
  float32: () => new Float32(),
  float64: () => new Float64(),
  utf8: () => new Utf8(),
};

/** A column of every type that record batches have. */
const SCHEMA: Schema = {
  name: "everything",
  columns: {
    id: "utf8",
    rank: "int32",
    node: "uint32",
    weight: "float32",
    loss: "float64",
    names: { list: "utf8" },
    ranks: { list: "int32" },
    nodes: { list: "uint32" },
    weights: { list: "float32" },
    losses: { list: "float64" },
    fixedRanks: { fixedSizeList: "int32", size: 2 },
    fixedNodes: { fixedSizeList: "uint32", size: 1 },
    fixedWeights: { fixedSizeList: "float32", size: 3 },
    fixedLosses: { fixedSizeList: "float64", size: 2 },
  },
};

/** Rows with extreme numbers, and with empty and long texts and lists. */
const ROWS: readonly Row[] = [
  {
    id: "å",
    rank: -(2 ** 31),
    node: 2 ** 32 - 1,
    weight: Math.fround(0.1),
    loss: 0.1,
    names: ["wall", "", "ü".repeat(300)],
    ranks: Int32Array.of(-1, 2 ** 31 - 1),
    nodes: Uint32Array.of(0, 2 ** 32 - 1),
    weights: Float32Array.of(-0, NaN, 1e-45),
    losses: new Float64Array(1000).map((_, i) => i / 7),
    fixedRanks: Int32Array.of(1, -2),
    fixedNodes: Uint32Array.of(7),
    fixedWeights: Float32Array.of(1, 2, Infinity),
    fixedLosses: Float64Array.of(-Infinity, 5e-324),
  },
  {
    id: "",
    rank: 0,
    node: 0,
    weight: -Infinity,
    loss: NaN,
    names: [],
    ranks: new Int32Array(),
    nodes: new Uint32Array(),
    weights: new Float32Array(),
    losses: new Float64Array(),
    fixedRanks: Int32Array.of(3, 4),
    fixedNodes: Uint32Array.of(8),
    fixedWeights: new Float32Array(3),
    fixedLosses: new Float64Array(2),
  },
];
/** The rows of each batch. */
const BATCHES: readonly (readonly Row[])[] = [ROWS, [ROWS[1]], [ROWS[1], ROWS[0]]];
const METADATA = { origin: "a test", empty: "" };

function apacheType(type: ColumnType): DataType {
  if (typeof type === "string") return SCALARS[type]();
  if ("list" in type) return new List(new Field("item", SCALARS[type.list](), false));
  return new FixedSizeList(type.size, new Field("item", SCALARS[type.fixedSizeList](), false));
}

/** A value with its lists as arrays, whatever class they are. */
function plain(value: unknown): unknown {
  return typeof value === "object" ? [...value as Iterable<unknown>] : value;
}

function plainRow(row: Row): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}

function rowsOf(batch: RecordBatch): Row[] {
  return Array.from({ length: batch.rowCount }, (_, row) => batch.row(row));
}

function apacheTable(rows: readonly Row[]): Table {
  const columns = Object.entries(SCHEMA.columns).map(([name, type]): [string, Vector] => {
    const values = rows.map((row) => plain(row[name]));
    return [name, vectorFromArray(values, apacheType(type))];
  });
  const { schema, batches } = new Table(Object.fromEntries(columns));
  const metadata = new Map(Object.entries(METADATA));
  return new Table(new ApacheSchema(schema.fields, metadata), batches);
}

for (const format of FORMATS) {
  Deno.test(`apache-arrow reads every column type of a ${format} that flechette writes`, () => {
    const batches = BATCHES.map((rows) => ({
      columns: columnsOfRows(SCHEMA, rows),
      rowCount: rows.length,
      metadata: METADATA,
    }));
    const table = tableFromIPC(writeArrow(batches, format));
    assert.deepEqual(Object.fromEntries(table.schema.metadata), METADATA);
    assert.deepEqual(table.batches.map(({ numRows }) => numRows), [2, 1, 2]);
    for (const [name, type] of Object.entries(SCHEMA.columns)) {
      const column = table.getChild(name)!;
      assert.equal(String(column.type), String(apacheType(type)), name);
      assert.deepEqual(
        Array.from(column, plain),
        BATCHES.flat().map((row) => plain(row[name])),
        name,
      );
    }
  });

  Deno.test(`flechette reads every column type of a ${format} that apache-arrow writes`, () => {
    const tables = BATCHES.map(apacheTable);
    const bytes = tableToIPC(tables[0].concat(...tables.slice(1)), format);
    const batches = decodeUntrustedRecordBatches(bytes, SCHEMA);
    assert.deepEqual(batches.map(({ rowCount }) => rowCount), [2, 1, 2]);
    assert.deepEqual(batches.map(({ metadata }) => metadata), [METADATA, METADATA, METADATA]);
    assert.deepEqual(batches.flatMap(rowsOf).map(plainRow), BATCHES.flat().map(plainRow));
  });
}

Deno.test("readTable() reads every type of numbers and texts that apache-arrow writes", () =>
  inTemporaryDirectory(async (directory) => {
    const numbers = [7, 0, 1];
    const bigints = numbers.map(BigInt);
    const columns: Readonly<Record<string, readonly [DataType, readonly unknown[], number[]?]>> = {
      int8: [new Int8(), numbers],
      int16: [new Int16(), numbers],
      int32: [new Int32(), numbers],
      int64: [new Int64(), bigints],
      uint8: [new Uint8(), numbers],
      uint16: [new Uint16(), numbers],
      uint32: [new Uint32(), numbers],
      uint64: [new Uint64(), bigints],
      float16: [new Float16(), numbers],
      float32: [new Float32(), numbers],
      float64: [new Float64(), numbers],
      bool: [new Bool(), [true, false, true], [1, 0, 1]],
      decimal: [new Decimal(2, 10), [700, 0, 100].map(decimalWords)],
    };
    const texts = ["wall", "", "wall"];
    const textTypes = {
      utf8: new Utf8(),
      largeUtf8: new LargeUtf8(),
      dictionary: new Dictionary(new Utf8(), new Int32()),
    };
    const times = [
      ["date", new DateMillisecond(), [new Date(0), new Date(0), new Date(0)]],
      ["timestamp", new TimestampMicrosecond(), [1, 0, 1500]],
    ] as const;
    const vectors = [
      ...Object.entries(columns).map(([name, [type, values]]) => [name, type, values] as const),
      ...Object.entries(textTypes).map(([name, type]) => [name, type, texts] as const),
      ...times,
    ].map(([name, type, values]): [string, Vector] => [name, vectorFromArray(values, type)]);
    const path = join(directory, "table.arrow");
    await Deno.writeFile(path, tableToIPC(new Table(Object.fromEntries(vectors)), "file"));
    const table = await readTable(path);
    for (const [name, [, , expected = numbers]] of Object.entries(columns)) {
      assert.deepEqual([...table.numbers(name)], expected, name);
    }
    for (const name of Object.keys(textTypes)) assert.deepEqual(table.texts(name), texts, name);
    // Their unit would be a guess.
    for (const [name] of times) {
      assert.equal(table.holdsNumbers(name), false);
      assert.throws(() => table.numbers(name), { message: new RegExp(`is of type ${name}$`) });
    }
  }));

/** The 128 bits of a small decimal. */
function decimalWords(value: number): Uint32Array {
  return Uint32Array.of(value, 0, 0, 0);
}
