/**
 * Tables from other programs in memory: columns of numbers, texts and lists of numbers.
 *
 * @module
 */

import { DataError, didYouMean, messageOf } from "../../errors.ts";
import type { FileArray } from "../mesh_file/mesh_file.ts";

/** A column as its file has it. */
export interface TableColumn {
  /** Numbers; texts that may be numbers, as in CSV; lists of numbers; or another type. */
  readonly kind: "numbers" | "texts" | "untyped" | "lists" | "other";
  /** Name of the type, for errors, such as `timestamp`. */
  readonly typeName: string;
  /** The value of each row; null or undefined where it is missing. */
  read(): ArrayLike<unknown>;
}

/** A table in memory. */
export interface Table {
  readonly path: string;
  readonly rowCount: number;
  readonly names: readonly string[];
  /** Whether a column holds numbers or lists of numbers. @throws {DataError} If there is none */
  holdsNumbers(name: string): boolean;
  /**
   * A column as texts.
   *
   * @throws {DataError} If there is no such column, it holds something else, or a row has no value
   */
  texts(name: string): readonly string[];
  /** A column as numbers. @throws {DataError} If a row is not a finite number; names the row */
  numbers(name: string): Float64Array;
  /**
   * A column of numbers, or of lists of equal lengths.
   *
   * @param allowMissing Whether a missing value is NaN instead of an error. @default false
   * @throws {DataError} If a value is not a finite number, or lists differ in length
   */
  tuples(name: string, allowMissing?: boolean): FileArray & { readonly values: Float64Array };
}

/** A number as programs write it; `Number()` also takes hexadecimal ones and empty texts. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number with a decimal comma, or with separators of thousands. */
const COMMA_NUMBER = /^[+-]?[\d.]*,[\d.,]*\d(e[+-]?\d+)?$/i;

/** Makes a table of columns of equal lengths. */
export function makeTable(
  path: string,
  rowCount: number,
  columns: ReadonlyMap<string, TableColumn>,
): Table {
  const names = [...columns.keys()];
  const columnOf = (name: string) => {
    const column = columns.get(name);
    if (column !== undefined) return column;
    throw new DataError(
      `Cannot read column "${name}" of "${path}": no column of that name, ` +
        `${didYouMean(name, names)}`,
    );
  };
  const read = (name: string) => {
    try {
      return columnOf(name).read();
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw new DataError(`Cannot read column "${name}" of "${path}": ${messageOf(cause)}`, {
        cause,
      });
    }
  };
  const fail = (name: string, rule: string): never => {
    throw new DataError(`Cannot read column "${name}" of "${path}": ${rule}`);
  };
  const toNumber = (name: string, value: unknown, row: number, allowMissing: boolean): number => {
    if (allowMissing && isMissing(value)) return NaN;
    const number = numberOf(value);
    const isExact = typeof value !== "bigint" || Number.isSafeInteger(number);
    return Number.isFinite(number) && isExact ? number : fail(name, reasonOf(value, row));
  };
  const numbers = (name: string, allowMissing = false): Float64Array => {
    const { kind, typeName } = columnOf(name);
    if (kind !== "numbers" && kind !== "untyped") {
      fail(name, `it must be numbers, it is of type ${typeName}`);
    }
    return Float64Array.from(read(name), (value, row) => toNumber(name, value, row, allowMissing));
  };
  const lists = (name: string, allowMissing: boolean) => {
    const rows = read(name) as ArrayLike<ArrayLike<unknown> | null | undefined>;
    const components = Array.prototype.find.call(rows, (row) => row)?.length ?? 0;
    const values = new Float64Array(rowCount * components);
    for (let row = 0; row < rowCount; row++) {
      const list = rows[row] ??
        (allowMissing ? Array(components).fill(NaN) : fail(name, reasonOf(null, row)));
      if (list.length !== components || components === 0) {
        fail(
          name,
          `its lists must have the same number of values, row ${row + 1} has ${list.length}, ` +
            `row 1 has ${components}`,
        );
      }
      for (let c = 0; c < components; c++) {
        values[row * components + c] = toNumber(name, list[c], row, allowMissing);
      }
    }
    return { values, components };
  };
  return {
    path,
    rowCount,
    names,
    holdsNumbers: (name) => {
      const { kind } = columnOf(name);
      return kind === "numbers" || kind === "lists" ||
        kind === "untyped" && startsAsNumber(read(name));
    },
    texts: (name) => {
      const { kind, typeName } = columnOf(name);
      if (kind === "lists" || kind === "other") {
        fail(name, `it must be numbers or texts, it is of type ${typeName}`);
      }
      return Array.from(read(name), (value, row) => {
        const text = String(value ?? "").trim();
        // In CSV, an empty text is how a missing value is written.
        const isMissing = value === null || kind === "untyped" && text === "";
        return isMissing ? fail(name, reasonOf(null, row)) : text;
      });
    },
    numbers: (name) => numbers(name),
    tuples: (name, allowMissing = false) =>
      columnOf(name).kind === "lists"
        ? lists(name, allowMissing)
        : { values: numbers(name, allowMissing), components: 1 },
  };
}

function numberOf(value: unknown): number {
  if (typeof value !== "string") return Number(value ?? NaN);
  const text = value.trim();
  return NUMBER.test(text) ? Number(text) : NaN;
}

/** Texts of missing values, as numpy, R and spreadsheets write them. */
const MISSING_TEXT = /^\s*(nan|na|n\/a|null)?\s*$/i;

/** Whether there is no value. */
function isMissing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value) ||
    typeof value === "string" && MISSING_TEXT.test(value);
}

function reasonOf(value: unknown, row: number): string {
  const rule = `it must be finite numbers, row ${row + 1}`;
  const isEmpty = value === null || value === undefined ||
    typeof value === "string" && value.trim() === "";
  if (isEmpty) return `row ${row + 1} has no value; fill it in or leave the row out`;
  if (typeof value === "bigint") {
    return `64-bit integers must be below 2^53, row ${row + 1} has ${value}`;
  }
  if (typeof value === "string" && COMMA_NUMBER.test(value.trim())) {
    return `${rule} has "${value}"; write decimal points and no other separators`;
  }
  if (typeof value === "string" && !/\d/.test(value) && !isMissing(value)) {
    return `${rule} has "${value}"; write a number for each text, which --categorical makes inputs`;
  }
  return `${rule} has "${value}"`;
}

/** Whether the first value that is not missing is a number. */
function startsAsNumber(values: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (!isMissing(value)) return Number.isFinite(numberOf(value));
  }
  return false;
}
