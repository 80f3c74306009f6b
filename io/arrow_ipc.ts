/**
 * Columns to Arrow IPC bytes and back by flechette. Writing copies each column once; decoded
 * columns share the memory of the bytes.
 *
 * @module
 */

// @ts-types="@uwdata/flechette"
import {
  type Batch,
  batchType,
  Column as FlechetteColumn,
  type DataType as FlechetteType,
  Endianness,
  field,
  fixedSizeList,
  float32,
  float64,
  int32,
  list,
  Table,
  tableFromIPC,
  tableToIPC,
  Type,
  uint32,
  utf8,
  Version,
} from "@uwdata/flechette/dist/flechette.mjs";
import { messageOf } from "../errors.ts";
import { addArrowCodecs } from "./arrow_codecs.ts";
import { checkArrowFrame } from "./arrow_verify.ts";
import { type Column, rowWidth } from "./columns.ts";
import {
  type ColumnType,
  describeType,
  isNumericArray,
  type NumericArray,
  numericArray,
  type NumericType,
  type ScalarType,
} from "./schema.ts";

/** The columns of one Arrow record batch, with the metadata of its schema. */
export interface ArrowColumns {
  readonly columns: ReadonlyMap<string, Column>;
  readonly rowCount: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Encodes record batches of the same columns as one Arrow IPC stream, or as an Arrow IPC file. */
export function writeArrow(
  batches: readonly ArrowColumns[],
  format: "stream" | "file",
): Uint8Array<ArrayBuffer> {
  const [{ columns, metadata }] = batches;
  const types = new Map([...columns].map(([name, { type }]) => [name, arrowType(type)]));
  const schema = {
    version: Version.V5,
    endianness: Endianness.Little,
    fields: [...types].map(([name, type]) => field(name, type, false)),
    metadata: new Map(Object.entries(metadata)),
    dictionaryTypes: new Map(),
  };
  const children = [...types].map(([name, type]) =>
    new FlechetteColumn(
      batches.map((batch) => arrowBatch(batch.columns.get(name)!, type, batch.rowCount)),
      type,
    )
  );
  return tableToIPC(new Table(schema, children), { format }) as Uint8Array<ArrayBuffer>;
}

function arrowType(type: ColumnType): FlechetteType {
  if (typeof type === "string") return SCALAR_TYPES[type]();
  if ("list" in type) return list(field("item", arrowType(type.list), false));
  return fixedSizeList(field("item", arrowType(type.fixedSizeList), false), type.size);
}

const SCALAR_TYPES: Readonly<Record<ScalarType, () => FlechetteType>> = {
  int32,
  uint32,
  float32,
  float64,
  utf8,
};

/** No bitmap: no value is null. */
const ALL_VALID = new Uint8Array(0);

function arrowBatch(
  { type, values, offsets }: Column,
  arrow: FlechetteType,
  length: number,
): Batch<unknown> {
  if (typeof type === "string") return scalarBatch(arrow, values);
  const [{ type: itemType }] =
    (arrow as { readonly children: readonly { readonly type: FlechetteType }[] }).children;
  const parts = { length, children: [scalarBatch(itemType, values)] };
  return makeBatch(arrow, offsets ? { ...parts, offsets } : parts);
}

function scalarBatch(
  arrow: FlechetteType,
  values: NumericArray | readonly string[],
): Batch<unknown> {
  const { length } = values;
  if (ArrayBuffer.isView(values)) return makeBatch(arrow, { length, values });
  const encoder = new TextEncoder();
  const texts = values.map((text) => encoder.encode(text));
  const offsets = new Int32Array(length + 1);
  texts.forEach((text, i) => offsets[i + 1] = offsets[i] + text.length);
  const bytes = new Uint8Array(offsets[length]);
  texts.forEach((text, i) => bytes.set(text, offsets[i]));
  return makeBatch(arrow, { length, offsets, values: bytes });
}

type BatchParts = Omit<ConstructorParameters<typeof Batch>[0], "type" | "nullCount" | "validity">;

function makeBatch(type: FlechetteType, parts: BatchParts): Batch<unknown> {
  const Constructor = batchType(type) as unknown as typeof Batch;
  return new Constructor({ ...parts, type, nullCount: 0, validity: ALL_VALID });
}

/**
 * Decodes an Arrow IPC stream or file of any origin, whose frame is verified first; otherwise as
 * `readArrow`.
 *
 * @throws {SyntaxError} If the bytes are not well-formed Arrow IPC data, or are cut short
 */
export function readUntrustedArrow(bytes: Uint8Array): ArrowColumns[] {
  addArrowCodecs();
  try {
    checkArrowFrame(bytes);
  } catch (cause) {
    throw notArrow(bytes, cause);
  }
  return readArrow(bytes);
}

/**
 * Decodes an Arrow IPC stream or file that this program encoded; numbers share the memory of
 * `bytes` where its alignment allows it. The frame is trusted: data from files and from other
 * programs go through `readUntrustedArrow`.
 *
 * @throws {SyntaxError} If the bytes are not Arrow IPC data, or a column is cut short
 * @throws {TypeError} If a column has nulls, or a type that record batches do not have
 */
export function readArrow(bytes: Uint8Array): ArrowColumns[] {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const table = parse(aligned);
  const metadata = Object.fromEntries(table.schema.metadata ?? []);
  const batchCount = table.children[0]?.data.length ?? 0;
  return Array.from({ length: batchCount }, (_, b) => {
    const rowCount = table.children[0].data[b].length;
    const columns = table.children.map((child: FlechetteColumn<unknown>, c): [string, Column] => {
      const name = table.names[c] as string;
      return [name, decodeColumn(name, child.data[b], rowCount)];
    });
    return { columns: new Map(columns), rowCount, metadata };
  });
}

function parse(bytes: Uint8Array) {
  let table: ReturnType<typeof tableFromIPC>;
  try {
    table = tableFromIPC(bytes);
  } catch (cause) {
    throw notArrow(bytes, cause);
  }
  if (table.schema.version === undefined) {
    throw new SyntaxError(
      `Cannot decode record batch: its ${bytes.byteLength} bytes must be Arrow IPC data, ` +
        "they have no schema",
    );
  }
  return table;
}

function notArrow(bytes: Uint8Array, cause: unknown): SyntaxError {
  return new SyntaxError(
    `Cannot decode record batch: its ${bytes.byteLength} bytes must be complete Arrow IPC data: ` +
      messageOf(cause),
    { cause },
  );
}

function decodeColumn(name: string, batch: Batch<unknown>, rowCount: number): Column {
  const type = columnType(name, batch.type);
  const checkNulls = ({ nullCount }: Batch<unknown>) => {
    if (nullCount > 0) {
      throw new TypeError(
        `Cannot decode column "${name}": nulls are not supported, it has ${nullCount}`,
      );
    }
  };
  checkNulls(batch);
  if (typeof type === "string") return { type, values: scalarValues(name, type, batch, rowCount) };
  const child = batch.children![0] as Batch<unknown>;
  checkNulls(child);
  if ("fixedSizeList" in type) {
    const values = scalarValues(name, type.fixedSizeList, child, rowCount * rowWidth(type));
    return { type, values };
  }
  const offsets = rowCount === 0
    ? new Int32Array(1)
    : offsetsOf(name, batch, rowCount, child.length);
  const values = scalarValues(name, type.list, child, offsets[rowCount]);
  return { type, values, offsets };
}

/** The `length` values of a batch of numbers or texts. */
function scalarValues(
  name: string,
  type: ScalarType,
  batch: Batch<unknown>,
  length: number,
): NumericArray | string[] {
  if (type === "utf8") {
    if (length > 0) offsetsOf(name, batch, length, batch.values!.length);
    return Array.from({ length }, (_, i) => batch.value(i) as string);
  }
  if (length === 0) return numericArray(type, 0);
  const values = batch.values;
  if (!isNumericArray(values, type) || values.length < length) {
    throw new SyntaxError(
      `Cannot decode column "${name}": it is cut short, expected ${length} values, found ` +
        values?.length,
    );
  }
  return values.subarray(0, length);
}

/** The list or text offsets of a batch, checked: ascending from at least 0 to at most `end`. */
function offsetsOf(
  name: string,
  batch: Batch<unknown>,
  rows: number,
  end: number,
): Int32Array {
  const offsets = batch.offsets as Int32Array;
  if (offsets.length <= rows) {
    throw new SyntaxError(
      `Cannot decode column "${name}": it is cut short, ${offsets.length} offsets for ` +
        `${rows} rows`,
    );
  }
  for (let row = 0; row < rows; row++) {
    if (offsets[row] < 0 || offsets[row] > offsets[row + 1] || offsets[row + 1] > end) {
      throw new SyntaxError(
        `Cannot decode column "${name}": its offsets must ascend within 0 and ${end}, ` +
          `row ${row} is ${offsets[row]} to ${offsets[row + 1]}`,
      );
    }
  }
  return offsets.subarray(0, rows + 1);
}

function columnType(name: string, type: FlechetteType): ColumnType {
  switch (type.typeId) {
    case Type.List:
      return { list: scalarType(name, type.children[0].type, "list of ") };
    case Type.FixedSizeList: {
      const element = scalarType(name, type.children[0].type, "fixed-size list of ");
      if (element !== "utf8") return { fixedSizeList: element, size: type.stride };
      throw unsupported(name, describeType({ list: element }));
    }
    default:
      return scalarType(name, type, "");
  }
}

function scalarType(name: string, type: FlechetteType, prefix: string): ScalarType {
  switch (type.typeId) {
    case Type.Int:
      if (type.bitWidth === 32) return type.signed ? "int32" : "uint32";
      throw unsupported(name, `${prefix}${type.signed ? "int" : "uint"}${type.bitWidth}`);
    case Type.Float: {
      const precision: (NumericType | "float16")[] = ["float16", "float32", "float64"];
      const float = precision[type.precision];
      if (float !== "float16") return float;
      throw unsupported(name, `${prefix}float16`);
    }
    case Type.Utf8:
      return "utf8";
    default: {
      const known = Object.entries(Type).find(([, id]) => id === type.typeId);
      throw unsupported(name, `${prefix}${known?.[0].toLowerCase() ?? `type ${type.typeId}`}`);
    }
  }
}

function unsupported(name: string, type: string): TypeError {
  return new TypeError(
    `Cannot decode column "${name}": its type must be int32, uint32, float32, float64, ` +
      "utf8 or a list of these, " +
      `received ${type}`,
  );
}
