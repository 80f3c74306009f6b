import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { Numbers } from "./schemas.ts";

export default defineStage({
  name: "count",
  description: "Yields consecutive numbers from `start`, one per batch.",
  options: z.strictObject({
    start: z.int().default(0),
    count: z.int().min(0).default(10),
    payload: z.int().min(0).default(0),
    delay: z.number().min(0).default(0),
    progress: z.boolean().default(false),
  }),
  inputs: [],
  output: Numbers,
  async *run({ options: { start, count, payload, delay, progress }, progress: report }) {
    for (let i = 0; i < count; i++) {
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      yield createRecordBatch(Numbers, [{ n: start + i, payload: new Float32Array(payload) }]);
      if (progress) report({ done: i + 1, total: count, values: { sum: start + i } });
    }
  },
});
