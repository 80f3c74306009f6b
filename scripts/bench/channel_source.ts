/** Yields batches of one size. @module */

import { z } from "zod";
import { createRecordBatch, type Schema } from "../../io/record_batch.ts";
import { defineStage } from "../../pipeline/engine/definition/stage.ts";

/** Schema of the batches: a number and values. */
export const PARCEL = {
  name: "parcel",
  columns: { number: "int32", values: { list: "float32" } },
} as const satisfies Schema;

export default defineStage({
  name: "bench_source",
  description: "Yields batches of numbers.",
  options: z.strictObject({ batches: z.int().min(1), values: z.int().min(0) }),
  inputs: [],
  output: PARCEL,
  async *run({ options }) {
    const values = new Float32Array(options.values).fill(1);
    for (let number = 0; number < options.batches; number++) {
      yield createRecordBatch(PARCEL, [{ number, values }]);
    }
  },
});
