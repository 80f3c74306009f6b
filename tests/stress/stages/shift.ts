/** Sends every row to the next rank, which yields it. @module */

import { z } from "zod";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { Disturbance, disturbanceOptions } from "./disturbance.ts";
import { AnyRows, inBatches, passed, type Row, Rows, rowsOf } from "./traced_rows.ts";

export default defineStage({
  name: "shift",
  description: "Sends every row to the next rank, which yields it.",
  options: z.strictObject({ batchRows: z.int().min(1), disturbance: disturbanceOptions }),
  inputs: [AnyRows],
  output: Rows,
  peers: true,
  async *run(context) {
    const { inputs: [input], options, name, rank, ranks, peers } = context;
    const disturbance = new Disturbance(options.disturbance, context);
    async function send(batches: AsyncIterable<RecordBatch>): Promise<void> {
      const next = (rank + 1) % ranks;
      for await (const batch of batches) {
        const rows = rowsOf(batch).map((row) => passed(row, `${name}.${rank}`, row.n));
        await peers.send(next, createRecordBatch(Rows, rows));
      }
      // No batch of a stage is empty.
      await peers.send(next, createRecordBatch(Rows, []));
    }
    async function* receive(): AsyncGenerator<Row> {
      for (;;) {
        const batch = await peers.receive((rank + ranks - 1) % ranks);
        if (batch.rowCount === 0) return;
        for (const row of rowsOf(batch)) yield passed(row, `${name}.${rank}`, (row.n + 1) % 9973);
      }
    }
    const sending = send(disturbance.disturb(input));
    yield* inBatches(receive(), options.batchRows, disturbance.draw);
    await sending;
    await disturbance.end();
  },
});
