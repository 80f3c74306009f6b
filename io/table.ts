/**
 * Tables from other programs: CSV, or Arrow IPC with columns of numbers and texts.
 *
 * @module
 */

import { type Batch, type Column, tableFromIPC, Type } from "@uwdata/flechette";
import { extname } from "node:path";
import { DataError, didYouMean, messageOf } from "../errors.ts";
import { checkArrowFrame } from "./arrow_verify.ts";
import { parseCsv } from "./csv.ts";
import { readWholeFile } from "./whole_file.ts";

/** A table in memory. */
export interface TextTable {
  readonly path: string;
  readonly rowCount: number;
  readonly names: readonly string[];
  /** A column as texts. @throws {DataError} If there is no such column, or it holds lists */
  texts(name: string): readonly string[];
  /** A column as numbers. @throws {DataError} If one of them is not finite; names the row */
  numbers(name: string): Float64Array;
}

/**
 * Reads a table: Arrow IPC with the extension `.arrow`, `.arrows` or `.feather`, otherwise CSV.
 *
 * @throws {DataError} If there is no such file, or it is damaged
 */
export async function readTable(path: string): Promise<TextTable> {
  const bytes = await readWholeFile(path);
  try {
    const isArrow = [".arrow", ".arrows", ".feather"].includes(extname(path).toLowerCase());
    return makeTable(path, isArrow ? arrowColumns(bytes) : parseCsv(decodeText(bytes)));
  } catch (cause) {
    throw new DataError(`Cannot read table "${path}": ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** The columns of a table by name; undefined for other types than numbers and texts. */
type TableColumns = ReadonlyMap<string, ArrayLike<unknown> | undefined>;

function makeTable(path: string, columns: TableColumns): TextTable {
  const names = [...columns.keys()];
  const column = (name: string) => {
    const values = columns.get(name);
    if (values !== undefined) return values;
    if (columns.has(name)) {
      throw new DataError(
        `Cannot read column "${name}" of "${path}": it must be numbers or texts`,
      );
    }
    throw new DataError(
      `Cannot read column "${name}" of "${path}": no column of that name, ` +
        `${didYouMean(name, names)}`,
    );
  };
  return {
    path,
    rowCount: [...columns.values()].find((column) => column !== undefined)?.length ?? 0,
    names,
    texts: (name) => Array.from(column(name), (value) => String(value).trim()),
    numbers: (name) =>
      Float64Array.from(column(name), (value, row) => {
        const number = typeof value === "string" && value.trim() === ""
          ? NaN
          : Number(value ?? NaN);
        if (Number.isFinite(number)) return number;
        throw new DataError(
          `Cannot read column "${name}" of "${path}": it must be finite numbers, row ` +
            `${row + 1} has "${value ?? ""}"`,
        );
      }),
  };
}

/** Arrow types whose values are numbers or texts. */
const SCALAR_TYPES: readonly number[] = [
  Type.Int,
  Type.Float,
  Type.Bool,
  Type.Decimal,
  Type.Date,
  Type.Timestamp,
  Type.Utf8,
  Type.LargeUtf8,
  Type.Dictionary,
];

/** Columns of an Arrow file or stream; 64-bit integers become numbers. */
function arrowColumns(bytes: Uint8Array): TableColumns {
  checkArrowFrame(bytes);
  const table = tableFromIPC(bytes);
  return new Map(table.names.map((name, c) => {
    const column = table.getChildAt(c);
    return [
      String(name),
      SCALAR_TYPES.includes(column.type.typeId) ? scalarsOf(column, String(name)) : undefined,
    ];
  }));
}

function scalarsOf(column: Column<unknown>, name: string): unknown[] {
  column.data.forEach((batch) => checkBatch(batch, name));
  const values = [...column];
  if (!values.includes(undefined)) return values;
  throw new SyntaxError(`column "${name}" is cut short, or refers to missing values`);
}

/** Throws unless texts are consecutive: overlapping ones turn a small file into endless texts. */
function checkBatch(
  { type, length, offsets, values, dictionary }: Batch<unknown> & Dictionary,
  name: string,
): void {
  if (dictionary) {
    if (!SCALAR_TYPES.includes(dictionary.type.typeId)) {
      throw new SyntaxError(`column "${name}" refers to values that are neither numbers nor texts`);
    }
    dictionary.data.forEach((batch) => checkBatch(batch, name));
  }
  if (length === 0 || type.typeId !== Type.Utf8 && type.typeId !== Type.LargeUtf8) return;
  const end = values?.length ?? 0;
  for (let row = 0; row < length; row++) {
    const from = Number(offsets?.[row]);
    const to = Number(offsets?.[row + 1]);
    if (from >= 0 && from <= to && to <= end) continue;
    throw new SyntaxError(
      `column "${name}" must have texts within ${end} bytes, row ${row} is ${from} to ${to}`,
    );
  }
}

/** A batch of a dictionary has the column of its values. */
interface Dictionary {
  readonly dictionary?: Column<unknown> | undefined;
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
