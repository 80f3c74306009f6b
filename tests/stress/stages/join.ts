/** Yields the rows of two inputs, read in one of several orders. @module */

import { z } from "zod";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { Disturbance, disturbanceOptions } from "./disturbance.ts";
import { AnyRows, inBatches, passed, type Row, Rows, rowsOf } from "./traced_rows.ts";

/** The order in which the inputs are read. */
export const READING_ORDERS = ["in turn", "one after the other", "as they come"] as const;

export default defineStage({
  name: "join",
  description: "Yields the rows of two inputs, read in one of several orders.",
  options: z.strictObject({
    order: z.enum(READING_ORDERS),
    batchRows: z.int().min(1),
    disturbance: disturbanceOptions,
  }),
  inputs: [AnyRows, AnyRows],
  output: Rows,
  // Needed for all ranks to read the same input; the ranks send each other nothing.
  peers: true,
  async *run(context) {
    const { inputs: [first, second], options, name, rank } = context;
    const disturbance = new Disturbance(options.disturbance, context);
    const readers = {
      "in turn": inTurn,
      "one after the other": oneAfterTheOther,
      "as they come": asTheyCome,
    };
    async function* join(): AsyncGenerator<Row> {
      for await (const batch of readers[options.order](first, second)) {
        for (const row of rowsOf(batch)) yield passed(row, `${name}.${rank}`, (row.n + 5) % 9973);
      }
    }
    yield* inBatches(disturbance.disturb(join()), options.batchRows, disturbance.draw);
    await disturbance.end();
  },
});

async function* inTurn(...inputs: AsyncIterable<RecordBatch>[]): AsyncGenerator<RecordBatch> {
  for (let open = inputs.map((input) => input[Symbol.asyncIterator]()); open.length > 0;) {
    const ended = new Set<AsyncIterator<RecordBatch>>();
    for (const input of open) {
      const { done, value } = await input.next();
      if (done) ended.add(input);
      else yield value;
    }
    open = open.filter((input) => !ended.has(input));
  }
}

/** All batches of the first, then all of the second, whose channel must buffer them meanwhile. */
async function* oneAfterTheOther(
  ...inputs: AsyncIterable<RecordBatch>[]
): AsyncGenerator<RecordBatch> {
  for (const input of inputs) yield* input;
}

async function* asTheyCome(...inputs: AsyncIterable<RecordBatch>[]): AsyncGenerator<RecordBatch> {
  const next = async (input: AsyncIterator<RecordBatch>) => ({ input, result: await input.next() });
  const coming = new Map(inputs.map((iterable) => {
    const input = iterable[Symbol.asyncIterator]();
    return [input, next(input)] as const;
  }));
  while (coming.size > 0) {
    const { input, result } = await Promise.race(coming.values());
    if (result.done) {
      coming.delete(input);
    } else {
      coming.set(input, next(input));
      yield result.value;
    }
  }
}
