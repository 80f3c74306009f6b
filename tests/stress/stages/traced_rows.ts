/**
 * Rows that record their path, for pipelines in which every row is accounted for.
 *
 * @module
 */

import { createRecordBatch, type RecordBatch, type Schema } from "../../../io/record_batch.ts";

/** A row and its path. */
export type Row = {
  /** Ranks that it has passed, such as `"s0.0>s2.1"`; rows of one path stay in order. */
  readonly path: string;
  readonly n: number;
  /** Every value is `n`. */
  readonly payload: Float32Array;
};

/** Rows as they are sent. */
export const Rows = {
  name: "rows",
  columns: { path: "utf8", n: "int32", payload: { list: "float32" } },
} as const satisfies Schema;

/** A row for one rank. */
export const RoutedRow = {
  name: "routed row",
  columns: { rank: "int32", ...Rows.columns },
} as const satisfies Schema;

/** The columns that stages read of either schema. */
export const AnyRows = { name: "any rows", columns: Rows.columns } as const satisfies Schema;

/** The rows of a batch. @throws {Error} If a payload is not that of its row */
export function rowsOf(batch: RecordBatch): readonly Row[] {
  return Array.from({ length: batch.rowCount }, (_, k) => {
    const n = batch.value("n", k, "int32");
    const payload = batch.list("payload", k, "float32");
    if (payload.some((value) => value !== n)) {
      throw new Error(`the payload of row ${n} is another's`);
    }
    return { path: String(batch.value("path", k)), n, payload };
  });
}

/** The row as a rank passes it on, with a new number. */
export function passed(row: Row, where: string, n: number): Row {
  return { path: `${row.path}>${where}`, n, payload: row.payload.slice().fill(n) };
}

/** Rows in batches of drawn sizes. @param draw An integer below a bound */
export async function* inBatches(
  rows: AsyncIterable<Row>,
  maxRows: number,
  draw: (bound: number) => number,
): AsyncGenerator<RecordBatch> {
  let waiting: Row[] = [];
  let size = 1 + draw(maxRows);
  for await (const row of rows) {
    waiting.push(row);
    if (waiting.length < size) continue;
    yield createRecordBatch(Rows, waiting);
    waiting = [];
    size = 1 + draw(maxRows);
  }
  if (waiting.length > 0) yield createRecordBatch(Rows, waiting);
}
