/**
 * Types of the columns of a record batch, the rows that match them, and their descriptions.
 *
 * @module
 */

/** Element type of numbers in a column. */
export type NumericType = "int32" | "uint32" | "float32" | "float64";

/** Type of a column with one value per row. */
export type ScalarType = NumericType | "utf8";

/** Type of a column: one value per row, a list, or a list of the same length in every row. */
export type ColumnType =
  | ScalarType
  | { readonly list: ScalarType }
  | { readonly fixedSizeList: NumericType; readonly size: number };

/** The name of a kind of record batch and the types of its columns, in order. */
export interface Schema {
  readonly name: string;
  readonly columns: { readonly [column: string]: ColumnType };
  /**
   * Columns that rows may omit, as stages written before these columns existed do: 0, an empty text
   * or an empty list.
   *
   * @default none
   */
  readonly optional?: readonly string[] | undefined;
  /** Text for reference pages; it is written to no file and no message. */
  readonly documentation?: SchemaDocumentation | undefined;
}

/** Documentation of a schema. */
export interface SchemaDocumentation {
  /** One sentence: the content of a row. */
  readonly summary: string;
  readonly columns: { readonly [column: string]: ColumnDocumentation };
}

/** Documentation of a column. */
export interface ColumnDocumentation {
  /** Shape of a list, such as `[N, D]`. */
  readonly shape?: string | undefined;
  /** One sentence. */
  readonly meaning: string;
}

/** The typed array of an element type @default any of the four */
export type NumericArray<T extends NumericType = NumericType> = {
  int32: Int32Array;
  uint32: Uint32Array;
  float32: Float32Array;
  float64: Float64Array;
}[T];

/** The TypeScript type of a value of a scalar column. */
export type ScalarOf<T extends ScalarType> = T extends "utf8" ? string : number;

/** One row of a record batch, by column. */
export interface Row {
  readonly [column: string]: number | string | NumericArray | readonly string[];
}

const ARRAY_CLASSES = {
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** A new array of `length` zeros. */
export function numericArray(type: NumericType, length: number): NumericArray {
  return new ARRAY_CLASSES[type](length);
}

/** Whether `values` is a typed array of `type`. */
export function isNumericArray<T extends NumericType>(
  values: unknown,
  type: T,
): values is NumericArray<T> {
  return values instanceof ARRAY_CLASSES[type];
}

/** The element type of a column: `float32` for a list of float32. */
export function elementType(type: ColumnType): ScalarType {
  if (typeof type === "string") return type;
  return "list" in type ? type.list : type.fixedSizeList;
}

/** Whether two column types are the same. */
export function sameType(a: ColumnType, b: ColumnType): boolean {
  return describeType(a) === describeType(b);
}

/** Describes a column type: `float32`, `list of uint32`, `fixed-size list of 32 float32`. */
export function describeType(type: ColumnType): string {
  if (typeof type === "string") return type;
  return "list" in type
    ? `list of ${type.list}`
    : `fixed-size list of ${type.size} ${type.fixedSizeList}`;
}

/** Describes a value for error messages: `Float32Array of 3`, `string "a"`, `undefined`. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name} of ${(value as unknown as { length: number }).length}`;
  }
  if (value === undefined || value === null) return String(value);
  return typeof value === "string" ? `string "${value}"` : `${typeof value} ${value}`;
}
