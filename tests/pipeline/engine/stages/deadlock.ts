import { z } from "zod";
import { defineStage } from "../../../../pipeline/engine/definition/stage.ts";

export default defineStage({
  name: "deadlock",
  description: "Each rank waits for a message of the next, which none of them sends.",
  options: z.strictObject({}),
  inputs: [],
  peers: true,
  async run({ peers, rank, ranks }) {
    await peers.receive((rank + 1) % ranks);
  },
});
