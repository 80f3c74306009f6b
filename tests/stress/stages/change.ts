/** Changes every row in a way that depends on the rank. @module */

import { z } from "zod";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { Disturbance, disturbanceOptions } from "./disturbance.ts";
import { AnyRows, inBatches, passed, type Row, Rows, rowsOf } from "./traced_rows.ts";

export default defineStage({
  name: "change",
  description: "Changes every row in a way that depends on the rank.",
  options: z.strictObject({ batchRows: z.int().min(1), disturbance: disturbanceOptions }),
  inputs: [AnyRows],
  output: Rows,
  // Needed for all ranks to read the same input; the ranks send each other nothing.
  peers: true,
  async *run(context) {
    const { inputs: [input], options, name, rank } = context;
    const disturbance = new Disturbance(options.disturbance, context);
    async function* change(batches: AsyncIterable<RecordBatch>): AsyncGenerator<Row> {
      for await (const batch of batches) {
        for (const row of rowsOf(batch)) {
          yield passed(row, `${name}.${rank}`, (3 * row.n + rank) % 9973);
        }
      }
    }
    yield* inBatches(disturbance.disturb(change(input)), options.batchRows, disturbance.draw);
    await disturbance.end();
  },
});
