import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber, Dealt } from "./schemas.ts";

export default defineStage({
  name: "deal",
  description: "Routes numbers to the ranks in turn.",
  options: z.strictObject({ ranks: z.int().min(1) }),
  inputs: [AnyNumber],
  output: Dealt,
  routeByRank: true,
  async *run({ inputs: [numbers], options: { ranks } }) {
    for await (const batch of numbers) {
      const n = batch.value("n", 0, "int32");
      yield createRecordBatch(Dealt, [{ rank: n % ranks, n }]);
    }
  },
});
