import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber, Numbers } from "./schemas.ts";

export default defineStage({
  name: "tally",
  description:
    "Reads its second input to the end, and then yields the numbers of the first plus their count.",
  options: z.strictObject({}),
  inputs: [AnyNumber, AnyNumber],
  output: Numbers,
  async *run({ inputs: [first, second] }) {
    const { length } = await Array.fromAsync(second);
    for await (const batch of first) {
      const n = batch.value("n", 0, "int32") + length;
      yield createRecordBatch(Numbers, [{ n, payload: new Float32Array(0) }]);
    }
  },
});
