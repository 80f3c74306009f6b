import { z } from "zod";
import { createRecordBatch, type RecordBatch } from "../../../../io/record_batch.ts";
import {
  defineStage,
  type Progress,
  type StageContext,
} from "../../../../pipeline/engine/definition/stage.ts";
import { AnyNumber, Numbers } from "./schemas.ts";

/** Actions of the stage instead of yielding the next number. */
const acts = {
  throw() {
    throw new TypeError("Cannot continue: failed on purpose");
  },
  throwCircular() {
    const error = new Error("\x1b[2Jcircular");
    error.cause = error;
    throw error;
  },
  throwWithoutText() {
    throw Object.create(null);
  },
  progressOfNothing: ({ progress }) => progress(null as unknown as Progress),
  yieldNumber: () => 17,
  throwLater: () =>
    new Promise(() => {
      setTimeout(() => {
        throw new Error("thrown in a timer");
      }, 1);
    }),
  rejectLater: () =>
    new Promise(() => {
      Promise.reject(new Error("rejected without a catch"));
    }),
  exit: () => Deno.exit(7),
  close: () => {
    self.close();
    return new Promise(() => {});
  },
  /**
   * Like an endless loop, but ends some time after the test: a blocked worker cannot be terminated.
   */
  block() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40_000);
  },
  hang: () => new Promise(() => {}),
  /** Computes for 2.5 s without awaiting anything. */
  work: ({ beat }) => {
    for (let k = 0; k < 25; k++) workFor(100, beat);
  },
  workForEver: ({ beat, warn }) => {
    warn("at work");
    while (true) workFor(20, beat);
  },
  otherColumn: () =>
    createRecordBatch(
      { name: "numbers", columns: { n: "float64", payload: { list: "float32" } } },
      [],
    ),
} satisfies Record<string, (context: StageContext) => unknown>;

/** Blocks the event loop without using the processor. */
function workFor(milliseconds: number, beat: () => void): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  beat();
}

type Act = keyof typeof acts;

export default defineStage({
  name: "misbehave",
  description: "Passes some numbers on, then misbehaves.",
  options: z.strictObject({ act: z.enum(Object.keys(acts) as Act[]), after: z.int().default(3) }),
  inputs: [AnyNumber],
  output: Numbers,
  async *run(context) {
    const { inputs: [numbers], options: { act, after } } = context;
    let count = 0;
    for await (const batch of numbers) {
      if (count++ < after) {
        yield createRecordBatch(Numbers, [{
          n: batch.value("n", 0, "int32"),
          payload: new Float32Array(0),
        }]);
        continue;
      }
      const result: unknown = await acts[act](context);
      if (result !== undefined) yield result as RecordBatch;
    }
  },
});
