import { z } from "zod";
import { createRecordBatch, type RecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber, Numbers } from "./schemas.ts";

export default defineStage({
  name: "join",
  description:
    "Pairs the numbers of two inputs as (1000 a + b) mod 1000003, reading in step or one " +
    "input after the other.",
  options: z.strictObject({ inStep: z.boolean().default(true) }),
  inputs: [AnyNumber, AnyNumber],
  output: Numbers,
  async *run({ inputs: [first, second], options: { inStep } }) {
    const ahead = inStep ? first : await Array.fromAsync(first);
    const reader = second[Symbol.asyncIterator]();
    for await (const a of ahead) {
      const b = await reader.next();
      if (b.done) throw new Error("the second input is shorter");
      yield createRecordBatch(Numbers, [{
        n: (1000 * number(a) + number(b.value)) % 1_000_003,
        payload: new Float32Array(0),
      }]);
    }
    if (!(await reader.next()).done) throw new Error("the second input is longer");
  },
});

function number(batch: RecordBatch): number {
  return batch.value("n", 0, "int32");
}
