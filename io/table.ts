/**
 * Tables of other programs: CSV, or Arrow IPC with columns of numbers and texts.
 *
 * @module
 */

import { tableFromIPC } from "@uwdata/flechette";
import { extname } from "node:path";
import { DataError, didYouMean } from "../errors.ts";
import { checkArrowFrame } from "./arrow_verify.ts";
import { parseCsv } from "./csv.ts";
import { readWholeFile } from "./whole_file.ts";

/** A table in memory. */
export interface TextTable {
  readonly path: string;
  readonly rowCount: number;
  readonly names: readonly string[];
  /** A column as texts. @throws {DataError} when there is no such column */
  texts(name: string): readonly string[];
  /** A column as numbers. @throws {DataError} also when one is not a finite number; names the row */
  numbers(name: string): Float64Array;
}

/** Reads a table: Arrow IPC by its ending `.arrow`, `.arrows` or `.feather`, else CSV. @throws {DataError} */
export async function readTable(path: string): Promise<TextTable> {
  const bytes = await readWholeFile(path);
  try {
    const isArrow = [".arrow", ".arrows", ".feather"].includes(extname(path).toLowerCase());
    return makeTable(path, isArrow ? arrowColumns(bytes) : parseCsv(decodeText(bytes)));
  } catch (cause) {
    throw new DataError(`Cannot read table "${path}": ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

function makeTable(path: string, columns: ReadonlyMap<string, ArrayLike<unknown>>): TextTable {
  const names = [...columns.keys()];
  const column = (name: string) => {
    const values = columns.get(name);
    if (values !== undefined) return values;
    throw new DataError(
      `Cannot read column "${name}" of "${path}": no column of that name, ${didYouMean(name, names)}`,
    );
  };
  return {
    path,
    rowCount: columns.get(names[0])?.length ?? 0,
    names,
    texts: (name) => Array.from(column(name), (value) => String(value).trim()),
    numbers: (name) =>
      Float64Array.from(column(name), (value, row) => {
        const number = typeof value === "string" && value.trim() === "" ? NaN : Number(value ?? NaN);
        if (Number.isFinite(number)) return number;
        throw new DataError(
          `Cannot read column "${name}" of "${path}" as it must be finite numbers: row ${row + 1} has "${
            value ?? ""
          }"`,
        );
      }),
  };
}

/** Columns of an Arrow file or stream, 64-bit integers as numbers. */
function arrowColumns(bytes: Uint8Array): Map<string, ArrayLike<unknown>> {
  checkArrowFrame(bytes);
  const table = tableFromIPC(bytes);
  return new Map(table.names.map((name, column) => [String(name), [...table.getChildAt(column)]]));
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
