import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { Numbers } from "./schemas.ts";

export default defineStage({
  name: "total",
  description:
    "Yields the sum of all numbers at the end, and optionally reports progress for each.",
  options: z.strictObject({ progress: z.boolean().default(true) }),
  inputs: [Numbers],
  output: Numbers,
  yieldsAtEnd: true,
  async *run({ inputs: [numbers], options, progress }) {
    let sum = 0;
    let done = 0;
    for await (const batch of numbers) {
      sum += batch.value("n", 0, "int32");
      if (options.progress) progress({ done: ++done, total: 10 });
    }
    yield createRecordBatch(Numbers, [{ n: sum, payload: new Float32Array(0) }]);
  },
});
