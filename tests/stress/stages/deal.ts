/** Sends every row to the rank given by its number. @module */

import { z } from "zod";
import { createRecordBatch } from "../../../io/record_batch.ts";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { Disturbance, disturbanceOptions } from "./disturbance.ts";
import { AnyRows, passed, RoutedRow, rowsOf } from "./traced_rows.ts";

export default defineStage({
  name: "deal",
  description: "Sends every row to the rank given by its number.",
  options: z.strictObject({ to: z.int().min(1), disturbance: disturbanceOptions }),
  inputs: [AnyRows],
  output: RoutedRow,
  routeByRank: true,
  // Needed for all ranks to read the same input; the ranks send each other nothing.
  peers: true,
  async *run(context) {
    const { inputs: [input], options: { to, disturbance: options }, name, rank } = context;
    const disturbance = new Disturbance(options, context);
    for await (const batch of disturbance.disturb(input)) {
      for (const row of rowsOf(batch)) {
        yield createRecordBatch(RoutedRow, [{
          ...passed(row, `${name}.${rank}`, row.n),
          rank: row.n % to,
        }]);
      }
    }
    await disturbance.end();
  },
});
