/**
 * Record batches, the messages between stages: rows of a declared schema in flat columns. On the
 * wire, a batch is an Arrow IPC stream; a decoded batch shares the memory of its bytes.
 *
 * @module
 */

import { didYouMean } from "../errors.ts";
import { type ArrowColumns, readArrow, readUntrustedArrow } from "./arrow_ipc.ts";
import { ColumnBatch, type RecordBatch, SCHEMA_NAME_KEY } from "./column_batch.ts";
import { columnsOfRows } from "./columns.ts";
import { describeType, type Row, sameType, type Schema } from "./schema.ts";

export type { RecordBatch } from "./column_batch.ts";
export { RecordBatchTemplate } from "./record_batch_template.ts";
export type {
  ColumnDocumentation,
  ColumnType,
  NumericArray,
  NumericType,
  Row,
  ScalarOf,
  ScalarType,
  Schema,
} from "./schema.ts";

/**
 * Creates a record batch. It is encoded when it is sent.
 *
 * The typed arrays of a single row are not copied: the batch owns them from then on.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const schema = { name: "field", columns: { id: "utf8", value: { list: "float32" } } } as const;
 * const batch = createRecordBatch(schema, [{ id: "a", value: Float32Array.of(1, 2) }]);
 * assert.deepEqual(batch.list("value", 0), Float32Array.of(1, 2));
 * ```
 *
 * @param metadata Texts that are sent with the batch
 * @throws {TypeError} If a row does not match the schema; names the column and the row
 */
export function createRecordBatch(
  schema: Schema,
  rows: readonly Row[],
  metadata: Readonly<Record<string, string>> = {},
): RecordBatch {
  if (Object.hasOwn(metadata, SCHEMA_NAME_KEY)) {
    throw new RangeError(
      `Cannot create record batch "${schema.name}": the metadata key "${SCHEMA_NAME_KEY}" ` +
        "is reserved",
    );
  }
  return new ColumnBatch(schema, {
    columns: columnsOfRows(schema, rows),
    rowCount: rows.length,
    metadata,
  });
}

/** Encodes a record batch as an Arrow IPC stream, which the caller owns and may transfer. */
export function encodeRecordBatch(batch: RecordBatch): Uint8Array<ArrayBuffer> {
  if (batch instanceof ColumnBatch) return batch.encode();
  const rows = Array.from({ length: batch.rowCount }, (_, row) => batch.row(row));
  return new ColumnBatch(batch.schema, {
    columns: columnsOfRows(batch.schema, rows),
    rowCount: batch.rowCount,
    metadata: batch.metadata,
  }).encode();
}

/**
 * Decodes a message of another worker of the same pipeline, whose arrays share the memory of
 * `bytes`. The message is trusted, as `encodeRecordBatch` or a template made it: its frame is not
 * verified. Bytes from files and from other programs go through `decodeUntrustedRecordBatch`.
 *
 * @param schema Schema that the batch must match. Names are compared only where the bytes carry
 *   one, which streams of other programs do not. By default, the schema is read from the bytes.
 * @throws {SyntaxError} If the bytes are not one Arrow IPC record batch
 * @throws {TypeError} If the batch does not match the schema; names the column
 */
export function decodeRecordBatch(bytes: Uint8Array, schema?: Schema): RecordBatch {
  return onlyBatch(batchesOf(readArrow(bytes), bytes, schema));
}

/**
 * Decodes a record batch of any origin as `decodeRecordBatch` does, after its frame has been
 * verified.
 */
export function decodeUntrustedRecordBatch(bytes: Uint8Array, schema?: Schema): RecordBatch {
  return onlyBatch(decodeUntrustedRecordBatches(bytes, schema));
}

/** Decodes every record batch of an Arrow IPC stream or file, after the frame has been verified. */
export function decodeUntrustedRecordBatches(bytes: Uint8Array, schema?: Schema): RecordBatch[] {
  return batchesOf(readUntrustedArrow(bytes), bytes, schema);
}

function onlyBatch(batches: readonly RecordBatch[]): RecordBatch {
  if (batches.length === 1) return batches[0];
  throw new SyntaxError(
    `Cannot decode record batch: the bytes must hold one, found ${batches.length}`,
  );
}

function batchesOf(
  decoded: readonly ArrowColumns[],
  bytes: Uint8Array,
  schema: Schema | undefined,
): RecordBatch[] {
  return decoded.map((arrow) => {
    const { [SCHEMA_NAME_KEY]: name = schema?.name ?? "", ...metadata } = arrow.metadata;
    const found: Schema = {
      name,
      columns: Object.fromEntries([...arrow.columns].map(([column, { type }]) => [column, type])),
    };
    if (schema) checkSchema(found, schema);
    return new ColumnBatch(
      schema ?? found,
      { ...arrow, metadata },
      decoded.length === 1 ? bytes : undefined,
    );
  });
}

function checkSchema(found: Schema, expected: Schema): void {
  const action = `Cannot decode record batch "${expected.name}"`;
  if (found.name !== expected.name) {
    throw new TypeError(`${action}: the bytes hold another one, "${found.name}"`);
  }
  for (const [name, type] of Object.entries(expected.columns)) {
    if (!Object.hasOwn(found.columns, name)) {
      throw new TypeError(
        `${action}: column "${name}" is missing, ${didYouMean(name, Object.keys(found.columns))}`,
      );
    }
    if (!sameType(found.columns[name], type)) {
      throw new TypeError(
        `${action}: column "${name}" must be ${describeType(type)}, received ` +
          `${describeType(found.columns[name])}`,
      );
    }
  }
  for (const name of Object.keys(found.columns)) {
    if (!Object.hasOwn(expected.columns, name)) {
      throw new TypeError(`${action}: column "${name}" is not in the schema`);
    }
  }
}
