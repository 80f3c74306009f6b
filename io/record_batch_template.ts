/**
 * Encoded messages for frequent exchanges (halo, gradients), refilled by one memcpy.
 *
 * @module
 */

import { didYouMean } from "../errors.ts";
import { readArrow } from "./arrow_ipc.ts";
import { ColumnBatch } from "./column_batch.ts";
import { type Column, rowWidth } from "./columns.ts";
import {
  describeType,
  describeValue,
  elementType,
  isNumericArray,
  type NumericArray,
  numericArray,
  type NumericType,
  type Schema,
} from "./schema.ts";

/**
 * A message of fixed schema and row count, encoded once and then refilled.
 *
 * Every column has the same number of numbers in each row (no lists). A vector with a few more
 * numbers is one row:
 * `{ gradient: { fixedSizeList: "float32", size: n }, squaredError: "float64" }`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeRecordBatch } from "./record_batch.ts";
 * const latent = { fixedSizeList: "float32", size: 2 } as const;
 * const schema = { name: "halo", columns: { latent } };
 * const template = new RecordBatchTemplate(schema, 2, "latent");
 * const message = template.encode(Float32Array.of(1, 2, 3, 4));
 * assert.deepEqual(decodeRecordBatch(message, schema).list("latent", 1), Float32Array.of(3, 4));
 * ```
 */
export class RecordBatchTemplate {
  readonly schema: Schema;
  readonly rowCount: number;
  /** Size of every message. */
  readonly byteLength: number;
  readonly #column: string;
  readonly #message: Uint8Array<ArrayBuffer>;
  readonly #windows = new Map<string, { type: NumericType; byteOffset: number; length: number }>();

  /**
   * @param column The column that every message fills
   * @throws {TypeError} If a column holds lists or texts, or there is no column of that name
   */
  constructor(schema: Schema, rowCount: number, column: string) {
    const zeros = Object.entries(schema.columns).map(([name, type]): [string, Column] => {
      const element = elementType(type);
      if (element === "utf8" || typeof type === "object" && "list" in type) {
        throw new TypeError(
          `Cannot create template of "${schema.name}": column "${name}" must have the same ` +
            `number of numbers in every row, it is ${describeType(type)}; use a fixed-size list`,
        );
      }
      return [name, { type, values: numericArray(element, rowCount * rowWidth(type)) }];
    });
    this.schema = schema;
    this.rowCount = rowCount;
    this.#column = column;
    this.#message = new ColumnBatch(schema, { columns: new Map(zeros), rowCount, metadata: {} })
      .encode();
    this.byteLength = this.#message.byteLength;
    for (const [name, { type, values }] of readArrow(this.#message)[0].columns) {
      const { byteOffset, length } = values as NumericArray;
      this.#windows.set(name, { type: elementType(type) as NumericType, byteOffset, length });
    }
    this.#window(column);
  }

  /**
   * The message with `values` in the column of the template.
   *
   * @param values All rows of the column, `[rowCount · size]`
   * @param others Values of other columns; columns that are not given are 0
   * @param into Memory of the message, overwritten @default new memory, owned by the caller
   * @throws {TypeError} If values are not of the column's type and length
   */
  encode(
    values: NumericArray,
    others: Readonly<Record<string, NumericArray>> = {},
    into?: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> {
    if (into && (into.byteLength !== this.byteLength || into.byteOffset % 8 !== 0)) {
      throw new TypeError(
        `Cannot encode "${this.schema.name}": its memory must have ${this.byteLength} aligned ` +
          `bytes, received ${into.byteLength} at offset ${into.byteOffset}`,
      );
    }
    const message = into ?? new Uint8Array(this.byteLength);
    const { byteOffset, length, type } = this.#window(this.#column);
    const end = byteOffset + length * numericArray(type, 0).BYTES_PER_ELEMENT;
    message.set(this.#message.subarray(0, byteOffset));
    message.set(this.#message.subarray(end), end);
    this.#fill(message, this.#column, values);
    for (const [name, other] of Object.entries(others)) this.#fill(message, name, other);
    return message;
  }

  #fill(message: Uint8Array<ArrayBuffer>, name: string, values: NumericArray): void {
    const { type, byteOffset, length } = this.#window(name);
    if (!isNumericArray(values, type) || values.length !== length) {
      throw new TypeError(
        `Cannot encode column "${name}" of "${this.schema.name}": it must be ${length} ` +
          `${type} numbers, received ${describeValue(values)}`,
      );
    }
    message.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), byteOffset);
  }

  #window(name: string) {
    const window = this.#windows.get(name);
    if (window) return window;
    throw new TypeError(
      `Cannot fill column "${name}" of "${this.schema.name}": no column of that name, ` +
        `${didYouMean(name, this.#windows.keys())}`,
    );
  }
}
