import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { Numbers } from "./schemas.ts";

export default defineStage({
  name: "burst",
  description: "Yields batches of the given sizes, over and over, as fast as it can.",
  options: z.strictObject({ count: z.int().min(0), payloads: z.array(z.int().min(0)) }),
  inputs: [],
  output: Numbers,
  async *run({ options: { count, payloads } }) {
    for (let n = 0; n < count; n++) {
      yield createRecordBatch(Numbers, [{
        n,
        payload: new Float32Array(payloads[n % payloads.length]),
      }]);
    }
  },
});
