import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber, Numbers } from "./schemas.ts";

export default defineStage({
  name: "add",
  description: "Adds a constant, and rank times another, to every number.",
  options: z.strictObject({ add: z.int().default(1), perRank: z.int().default(0) }),
  inputs: [AnyNumber],
  output: Numbers,
  async *run({ inputs: [numbers], options: { add, perRank }, rank }) {
    for await (const batch of numbers) {
      const n = batch.value("n", 0, "int32") + add + perRank * rank;
      yield createRecordBatch(Numbers, [{ n, payload: new Float32Array(0) }]);
    }
  },
});
