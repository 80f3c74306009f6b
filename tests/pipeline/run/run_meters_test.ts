import assert from "node:assert/strict";
import { RunMeters } from "../../../pipeline/run/run_meters.ts";

Deno.test("RunMeters averages the time from step to step of rank 0 of the training", () => {
  const meters = new RunMeters("model");
  const record = (stage: string, rank: number, done: number, seconds: number) =>
    meters.record({ stage, rank, seconds, type: "progress", progress: { done, total: 9 } });
  assert.equal(meters.figures.stepSeconds, undefined);
  record("model", 0, 1, 10);
  assert.equal(meters.figures.stepSeconds, undefined);
  record("model", 1, 2, 11);
  record("graphs", 0, 7, 12);
  record("model", 0, 2, 13);
  record("model", 0, 4, 20);
  assert.equal(meters.figures.stepSeconds, 10 / 3);
  assert.equal(meters.figures.progress?.done, 4);
});
