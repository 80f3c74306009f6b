import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber, Numbers } from "./schemas.ts";

export default defineStage({
  name: "slow",
  description:
    "Passes numbers on after a delay, and appends a byte to a file for each that it receives.",
  options: z.strictObject({
    delay: z.number().min(0).default(0),
    payload: z.int().min(0).default(500),
  }),
  inputs: [AnyNumber],
  output: Numbers,
  peers: true,
  async *run({ inputs: [numbers], options: { delay, payload }, name, rank, directory }) {
    for await (const batch of numbers) {
      Deno.writeTextFileSync(`${directory}/${name}-${rank}.received`, ".", { append: true });
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      yield createRecordBatch(Numbers, [{
        n: batch.value("n", 0, "int32"),
        payload: new Float32Array(payload),
      }]);
    }
  },
});
