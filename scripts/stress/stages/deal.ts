/** Sends every row to the rank that its number says. @module */

import { z } from "zod";
import { createRecordBatch } from "../../../io/record_batch.ts";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { Disturbance, disturbanceOptions } from "./disturbance.ts";
import { AnyRows, passed, RoutedRow, rowsOf } from "./traced_rows.ts";

export default defineStage({
  name: "deal",
  description: "Sends every row to the rank that its number says.",
  options: z.strictObject({ to: z.int().min(1), disturbance: disturbanceOptions }),
  inputs: [AnyRows],
  output: RoutedRow,
  routeByRank: true,
  // Its ranks need not talk; without it, they may not all read the same.
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
