/**
 * The one implementation of `RecordBatch`, over columns in memory.
 *
 * @module
 */

import { didYouMean } from "../errors.ts";
import { type ArrowColumns, writeArrow } from "./arrow_ipc.ts";
import { type Column, rowRange } from "./columns.ts";
import {
  describeType,
  elementType,
  type NumericArray,
  type NumericType,
  type Row,
  type ScalarOf,
  type ScalarType,
  type Schema,
} from "./schema.ts";

/** Key of the schema name in the Arrow schema metadata. */
export const SCHEMA_NAME_KEY = "haloflow:schema";

/** Rows of one schema in flat columns. Returned arrays share its memory: do not modify them. */
export interface RecordBatch {
  readonly schema: Schema;
  readonly rowCount: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Size of the encoded message. The first use encodes a created batch. */
  readonly byteLength: number;
  /**
   * The value of a column with one value per row.
   *
   * @param type Expected type of the column @default any
   * @throws {TypeError} If there is no such column or it has another type
   * @throws {RangeError} If there is no such row
   */
  value<T extends ScalarType = ScalarType>(column: string, row: number, type?: T): ScalarOf<T>;
  /** The numbers of one row of a list column, without a copy. Throws as `value` does. */
  list<T extends NumericType = NumericType>(column: string, row: number, type?: T): NumericArray<T>;
  /** The texts of one row of a list of utf8. Throws as `value` does. */
  texts(column: string, row: number): readonly string[];
  /** All numbers of a column, row after row, without a copy. Throws as `value` does. */
  values<T extends NumericType = NumericType>(column: string, type?: T): NumericArray<T>;
  /** All columns of one row. */
  row(row: number): Row;
}

/** A record batch over columns, with the message from which it was decoded or that it encodes. */
export class ColumnBatch implements RecordBatch {
  readonly schema: Schema;
  readonly rowCount: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #source: Uint8Array | undefined;
  #unclaimed: Uint8Array<ArrayBuffer> | undefined;
  #byteLength: number | undefined;

  constructor(schema: Schema, { columns, rowCount, metadata }: ArrowColumns, source?: Uint8Array) {
    this.schema = schema;
    this.rowCount = rowCount;
    this.metadata = metadata;
    this.#columns = columns;
    this.#source = source;
    this.#byteLength = source?.byteLength;
  }

  get byteLength(): number {
    if (this.#byteLength === undefined) this.#unclaimed = this.encode();
    return this.#byteLength!;
  }

  /** The message from which the batch was decoded, or a new one: do not modify. */
  message(): Uint8Array {
    return this.#source ?? this.encode();
  }

  /** The message in new memory, which the caller owns and may transfer. */
  encode(): Uint8Array<ArrayBuffer> {
    if (this.#source) return new Uint8Array(this.#source);
    const { rowCount } = this;
    const metadata = { ...this.metadata, [SCHEMA_NAME_KEY]: this.schema.name };
    const bytes = this.#unclaimed ??
      writeArrow([{ columns: this.#columns, rowCount, metadata }], "stream");
    this.#unclaimed = undefined;
    this.#byteLength = bytes.byteLength;
    return bytes;
  }

  value<T extends ScalarType = ScalarType>(name: string, row: number, type?: T): ScalarOf<T> {
    const column = this.#column(name, row);
    if (typeof column.type === "object") throw this.#mismatch(name, "one value per row");
    if (type !== undefined && column.type !== type) throw this.#mismatch(name, type);
    return column.values[row] as ScalarOf<T>;
  }

  list<T extends NumericType = NumericType>(name: string, row: number, type?: T): NumericArray<T> {
    const column = this.#column(name, row);
    if (typeof column.type === "string") throw this.#mismatch(name, "a list");
    const [start, end] = rowRange(column, row);
    return this.#numbers(name, column, type).subarray(start, end) as NumericArray<T>;
  }

  texts(name: string, row: number): readonly string[] {
    const column = this.#column(name, row);
    const { type, values } = column;
    if (typeof type === "string" || elementType(type) !== "utf8") {
      throw this.#mismatch(name, "a list of utf8");
    }
    return (values as readonly string[]).slice(...rowRange(column, row));
  }

  values<T extends NumericType = NumericType>(name: string, type?: T): NumericArray<T> {
    const column = this.#column(name);
    const values = this.#numbers(name, column, type);
    const { offsets } = column;
    return offsets
      ? values.subarray(offsets[0], offsets[this.rowCount]) as NumericArray<T>
      : values;
  }

  row(row: number): Row {
    const entries = Object.entries(this.schema.columns).map(
      ([name, type]): [string, Row[string]] => {
        if (typeof type === "string") return [name, this.value(name, row)];
        return [name, elementType(type) === "utf8" ? this.texts(name, row) : this.list(name, row)];
      },
    );
    return Object.fromEntries(entries);
  }

  #numbers<T extends NumericType>(
    name: string,
    { type, values }: Column,
    expected?: T,
  ): NumericArray<T> {
    const element = elementType(type);
    if (element === "utf8") throw this.#mismatch(name, "numbers");
    if (expected !== undefined && element !== expected) {
      throw this.#mismatch(name, `${expected} numbers`);
    }
    return values as NumericArray<T>;
  }

  #column(name: string, row?: number): Column {
    const column = this.#columns.get(name);
    if (!column) {
      throw new TypeError(
        `Cannot read column "${name}" of record batch "${this.schema.name}": no column of ` +
          `that name, ${didYouMean(name, this.#columns.keys())}`,
      );
    }
    if (row !== undefined && !(Number.isInteger(row) && row >= 0 && row < this.rowCount)) {
      throw new RangeError(
        `Cannot read row of record batch "${this.schema.name}": its number must be within 0 and ` +
          `${this.rowCount - 1}, received ${row}`,
      );
    }
    return column;
  }

  #mismatch(name: string, expected: string): TypeError {
    return new TypeError(
      `Cannot read column "${name}" of record batch "${this.schema.name}" as ${expected}: it ` +
        `is ${describeType(this.schema.columns[name])}`,
    );
  }
}
