/**
 * Tables of Arrow IPC: Feather files of pandas, files and streams of polars and pyarrow, compressed
 * or not.
 *
 * @module
 */

// @ts-types="@uwdata/flechette"
import {
  type Batch,
  type Column,
  type DataType,
  tableFromIPC,
  Type,
} from "@uwdata/flechette/dist/flechette.mjs";
import { addArrowCodecs } from "../arrow_codecs.ts";
import { checkArrowFrame } from "../arrow_verify.ts";
import { makeTable, type Table, type TableColumn } from "./table.ts";

const NUMBER_TYPES: readonly number[] = [Type.Int, Type.Float, Type.Bool, Type.Decimal];
const TEXT_TYPES: readonly number[] = [Type.Utf8, Type.LargeUtf8, Type.Utf8View];
const LIST_TYPES: readonly number[] = [
  Type.List,
  Type.LargeList,
  Type.ListView,
  Type.LargeListView,
  Type.FixedSizeList,
];

/** Texts may refer to the same bytes, but not this many times: a small file has no endless text. */
const MAX_TEXT_REPEATS = 64;

/** Bytes of a view: the length of a text, then the text itself or its start, buffer and offset. */
const VIEW_BYTES = 16;
const MAX_INLINE_BYTES = 12;

/** Reads the columns of an Arrow file or stream, each when it is asked for. */
export function readArrowTable(path: string, bytes: Uint8Array): Table {
  addArrowCodecs();
  checkArrowFrame(bytes);
  const table = tableFromIPC(bytes, { useBigInt: true });
  const columns = new Map(table.names.map((name, c) => {
    const column = table.getChildAt(c);
    return [String(name), columnOf(column)];
  }));
  return makeTable(path, table.numRows, columns);
}

function columnOf(column: Column<unknown>): TableColumn {
  const { type } = column;
  const read = () => {
    column.data.forEach(checkBatch);
    const values = [...column];
    if (!values.includes(undefined)) return values;
    throw new SyntaxError("it is cut short, or refers to missing values");
  };
  return { kind: kindOf(type), typeName: nameOf(type), read };
}

function kindOf(type: DataType): TableColumn["kind"] {
  const { typeId } = type;
  if (typeId === Type.Dictionary) {
    const kind = kindOf(type.dictionary);
    return kind === "lists" ? "other" : kind;
  }
  if (NUMBER_TYPES.includes(typeId)) return "numbers";
  if (TEXT_TYPES.includes(typeId)) return "texts";
  return LIST_TYPES.includes(typeId) && NUMBER_TYPES.includes(childrenOf(type)[0].type.typeId)
    ? "lists"
    : "other";
}

function nameOf(type: DataType): string {
  const name = Object.entries(Type).find(([, id]) => id === type.typeId)?.[0] ?? "unknown";
  const words = name.replace(/(?<=.)[A-Z]/g, " $&").toLowerCase();
  return LIST_TYPES.includes(type.typeId)
    ? `${words} of ${nameOf(childrenOf(type)[0].type)}`
    : words;
}

function childrenOf(type: DataType): readonly { readonly type: DataType }[] {
  return (type as { readonly children: readonly { readonly type: DataType }[] }).children;
}

/** Parts of a batch that its type does not have in all cases. */
type Parts = Batch<unknown> & {
  readonly dictionary?: Column<unknown> | undefined;
  readonly data?: readonly Uint8Array[] | undefined;
};

/** Throws unless every value lies within its buffers. */
function checkBatch(batch: Batch<unknown>): void {
  const { type, length, children, dictionary } = batch as Parts;
  dictionary?.data.forEach(checkBatch);
  children?.forEach(checkBatch);
  if (length === 0) return;
  if (type.typeId === Type.Utf8View) return checkViews(batch as Parts);
  if (type.typeId === Type.FixedSizeList) {
    return checkEnd(length * type.stride, children?.[0].length ?? 0);
  }
  const isList = LIST_TYPES.includes(type.typeId);
  if (isList || TEXT_TYPES.includes(type.typeId)) checkOffsets(batch, isList);
}

/** Throws unless texts or lists are consecutive: overlapping ones make a small file endless. */
function checkOffsets(
  { length, offsets, sizes, values, children }: Batch<unknown>,
  isList: boolean,
) {
  const end = isList ? children?.[0].length ?? 0 : values?.length ?? 0;
  for (let row = 0; row < length; row++) {
    const from = Number(offsets?.[row]);
    const to = sizes ? from + Number(sizes[row]) : Number(offsets?.[row + 1]);
    if (from >= 0 && from <= to && to <= end) continue;
    const what = isList ? "lists" : "texts";
    throw new SyntaxError(
      `its ${what} must lie within ${end}, row ${row + 1} is ${from} to ${to}`,
    );
  }
}

function checkViews({ length, values, data = [] }: Parts): void {
  const views = values as Uint8Array;
  checkEnd(length * VIEW_BYTES, views.length);
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  let total = 0;
  for (let row = 0; row < length; row++) {
    const at = VIEW_BYTES * row;
    const bytes = view.getInt32(at, true);
    total += bytes;
    if (bytes >= 0 && bytes <= MAX_INLINE_BYTES) continue;
    const buffer = data[view.getInt32(at + 8, true)];
    const start = view.getInt32(at + 12, true);
    if (bytes < 0 || start < 0 || !buffer || start + bytes > buffer.length) {
      throw new SyntaxError(`its texts must lie within their buffers, row ${row + 1} does not`);
    }
  }
  checkEnd(total, MAX_TEXT_REPEATS * data.reduce((sum, { length }) => sum + length, views.length));
}

function checkEnd(end: number, size: number): void {
  if (end > size) throw new SyntaxError(`it is cut short, expected ${end} values, found ${size}`);
}
