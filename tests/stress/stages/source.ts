/** Yields rows that count up from the number of the rank. @module */

import { z } from "zod";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";
import { Disturbance, disturbanceOptions } from "./disturbance.ts";
import { inBatches, type Row, Rows } from "./traced_rows.ts";

export default defineStage({
  name: "source",
  description: "Yields rows that count up from the number of the rank.",
  options: z.strictObject({
    rows: z.int().min(0),
    batchRows: z.int().min(1),
    payload: z.int().min(0),
    disturbance: disturbanceOptions,
  }),
  inputs: [],
  output: Rows,
  // Needed for all ranks to read the same input; the ranks send each other nothing.
  peers: true,
  async *run(context) {
    const { options: { rows, batchRows, payload, disturbance: options }, name, rank } = context;
    const disturbance = new Disturbance(options, context);
    async function* count(): AsyncGenerator<Row> {
      for (let i = 0; i < rows; i++) {
        const n = 1000 * rank + i;
        yield {
          path: `${name}.${rank}`,
          n,
          payload: new Float32Array(disturbance.draw(payload + 1)).fill(n),
        };
      }
    }
    yield* inBatches(disturbance.disturb(count()), batchRows, disturbance.draw);
    await disturbance.end();
  },
});
