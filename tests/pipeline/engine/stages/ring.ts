import { z } from "zod";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { allReduce } from "../../../../pipeline/engine/channels/collective.ts";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber, Numbers } from "./schemas.ts";

export default defineStage({
  name: "ring",
  description:
    "Passes every number around all ranks, each of which adds its own, and checks the sum with " +
    "allReduce().",
  options: z.strictObject({ gradient: z.int().default(100), failAtRank: z.int().default(-1) }),
  inputs: [AnyNumber],
  output: Numbers,
  peers: true,
  async *run({ inputs: [numbers], options: { gradient: length, failAtRank }, rank, ranks, peers }) {
    for await (const batch of numbers) {
      if (rank === failAtRank) {
        throw new RangeError(`Cannot continue: failed on purpose at rank ${rank}`);
      }
      const own = batch.value("n", 0, "int32");
      const gradient = Float32Array.from({ length }, (_, i) => own * (i + 1));
      const totals = Float64Array.of(own, 1);
      let sum = own;
      if (ranks > 1) {
        if (rank > 0) sum += (await peers.receive(rank - 1)).value("n", 0, "int32");
        await peers.send((rank + 1) % ranks, createRecordBatch(AnyNumber, [{ n: sum }]));
        if (rank === 0) sum = (await peers.receive(ranks - 1)).value("n", 0, "int32");
        await allReduce(peers, gradient, totals);
        if (totals[1] !== ranks) throw new Error(`${totals[1]} ranks took part in the sum`);
        if (rank === 0 && totals[0] !== sum) {
          throw new Error(`the ring gave ${sum}, allReduce() ${totals[0]}`);
        }
      }
      if (gradient.some((value, i) => value !== totals[0] * (i + 1))) {
        throw new Error("wrong gradient sum");
      }
      yield createRecordBatch(Numbers, [{ n: totals[0], payload: gradient }]);
    }
  },
});
