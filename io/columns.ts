/**
 * The columns of a record batch in memory: flat values, and offsets where rows have different
 * lengths.
 *
 * @module
 */

import { didYouMean } from "../errors.ts";
import {
  type ColumnType,
  describeType,
  describeValue,
  elementType,
  isNumericArray,
  type NumericArray,
  numericArray,
  type NumericType,
  type Row,
  type ScalarType,
  type Schema,
} from "./schema.ts";

/** One column in memory. */
export interface Column {
  readonly type: ColumnType;
  /** All values, row after row. */
  readonly values: NumericArray | readonly string[];
  /** Where each row starts in `values` `[rows + 1]`; only for lists. */
  readonly offsets?: Int32Array | undefined;
}

/** Maximum number of values of a list column: Arrow list offsets are int32. */
const MAX_LIST_VALUES = 2 ** 31 - 1;

/** The range `[start, end)` of the values of a row. */
export function rowRange(column: Column, row: number): [start: number, end: number] {
  if (column.offsets) return [column.offsets[row], column.offsets[row + 1]];
  const width = rowWidth(column.type);
  return [row * width, (row + 1) * width];
}

/** The number of values per row of a column that is not a list. */
export function rowWidth(type: ColumnType): number {
  return typeof type === "object" && "fixedSizeList" in type ? type.size : 1;
}

/** Gathers rows into columns. Arrays of a single row are shared; those of several are copied. */
export function columnsOfRows(schema: Schema, rows: readonly Row[]): Map<string, Column> {
  const action = `Cannot create record batch "${schema.name}"`;
  for (const [index, row] of rows.entries()) {
    for (const name of Object.keys(row)) {
      if (!Object.hasOwn(schema.columns, name)) {
        throw new TypeError(
          `${action}: row ${index} has a column "${name}" that is not in the schema, ` +
            `${didYouMean(name, Object.keys(schema.columns))}`,
        );
      }
    }
  }
  return new Map(
    Object.entries(schema.columns).map(([name, type]) => {
      const values = rows.map((row, index) => {
        const omitted = schema.optional?.includes(name) ? emptyValue(type) : undefined;
        const value = Object.hasOwn(row, name) ? row[name] : omitted;
        if (!matches(value, type)) {
          throw new TypeError(
            `${action}: column "${name}" must be ${describeType(type)}, row ${index} has ` +
              `${describeValue(value)}`,
          );
        }
        return value;
      });
      return [name, gather(type, values as Row[string][], `${action}: column "${name}"`)];
    }),
  );
}

/** The value of an optional column in a row that omits it. */
function emptyValue(type: ColumnType): Row[string] {
  const element = elementType(type);
  if (typeof type === "string") return element === "utf8" ? "" : 0;
  if (element === "utf8") return [];
  return numericArray(element, "fixedSizeList" in type ? type.size : 0);
}

/** Whether a row may have `value` in a column of `type`. */
function matches(value: unknown, type: ColumnType): boolean {
  if (typeof type === "string") return isScalar(value, type);
  if ("fixedSizeList" in type) {
    return isNumericArray(value, type.fixedSizeList) && value.length === type.size;
  }
  if (type.list !== "utf8") return isNumericArray(value, type.list);
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isScalar(value: unknown, type: ScalarType): boolean {
  if (type === "utf8") return typeof value === "string";
  if (type === "int32") return value === (Number(value) | 0);
  if (type === "uint32") return value === Number(value) >>> 0;
  return typeof value === "number";
}

function gather(type: ColumnType, rows: readonly Row[string][], action: string): Column {
  const element = elementType(type);
  if (typeof type === "string") {
    if (element === "utf8") return { type, values: rows as string[] };
    const values = numericArray(element, rows.length);
    values.set(rows as number[]);
    return { type, values };
  }
  const lists = rows as readonly (NumericArray | readonly string[])[];
  if ("fixedSizeList" in type) {
    return {
      type,
      values: concatenate(type.fixedSizeList, lists as readonly NumericArray[], action),
    };
  }
  const values = element === "utf8"
    ? (lists as readonly (readonly string[])[]).flat()
    : concatenate(element, lists as readonly NumericArray[], action);
  const offsets = new Int32Array(lists.length + 1);
  lists.forEach((list, row) => offsets[row + 1] = offsets[row] + list.length);
  return { type, values, offsets };
}

function concatenate(
  type: NumericType,
  arrays: readonly NumericArray[],
  action: string,
): NumericArray {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  if (length > MAX_LIST_VALUES) {
    throw new RangeError(
      `${action} can hold at most ${MAX_LIST_VALUES} values, received ${length}; send fewer ` +
        "rows per batch",
    );
  }
  if (arrays.length === 1) return arrays[0];
  const all = numericArray(type, length);
  let start = 0;
  for (const array of arrays) {
    all.set(array, start);
    start += array.length;
  }
  return all;
}
