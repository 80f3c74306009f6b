/** Receives batches and records the time from the first to the last. @module */

import { join } from "node:path";
import { z } from "zod";
import { defineStage } from "../../pipeline/engine/definition/stage.ts";
import { PARCEL } from "./channel_source.ts";

/** Content of `SINK_FILE` in the directory of the run. */
export interface SinkTimes {
  /** Batches after the first. */
  readonly batches: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Name of the sink's file. */
export const SINK_FILE = "sink.json";

export default defineStage({
  name: "bench_sink",
  description: "Measures how fast batches arrive.",
  options: z.strictObject({}),
  inputs: [PARCEL],
  async run({ inputs: [parcels], directory }) {
    let batches = -1, bytes = 0, start = 0;
    for await (const parcel of parcels) {
      if (batches++ < 0) start = performance.now();
      else bytes += parcel.byteLength;
    }
    const times: SinkTimes = { batches, bytes, milliseconds: performance.now() - start };
    await Deno.writeTextFile(join(directory, SINK_FILE), JSON.stringify(times));
  },
});
