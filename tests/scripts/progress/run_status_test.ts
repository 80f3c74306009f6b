import assert from "node:assert/strict";
import type { RunEventBody } from "../../../pipeline/engine/workers/run_report.ts";
import { RunStatus, sparkline } from "../../../scripts/progress/run_status.ts";

const BYTES = 780e6;

function statusAfter(...events: readonly (readonly [seconds: number, body: RunEventBody])[]) {
  const status = new RunStatus();
  for (const [seconds, body] of events) {
    status.record({ stage: "model", rank: 0, seconds, ...body });
  }
  return status;
}

function step(done: number, total: number, loss: number): RunEventBody[] {
  return [
    { type: "progress", progress: { done, total } },
    { type: "record", entry: { kind: "step", values: { step: done, epoch: 0, loss } } },
  ];
}

function validation(relativeL2: number): RunEventBody {
  return { type: "record", entry: { kind: "validation", values: { relativeL2 } } };
}

Deno.test("RunStatus shows stage, times, losses, validation and memory in one line", () => {
  const status = statusAfter(
    ...step(1, 100, 4).map((body) => [10, body] as const),
    [35, validation(0.05)],
    ...step(50, 100, 1).map((body) => [60, body] as const),
    [61, validation(0.06)],
  );
  const text = status.text(100, BYTES).replaceAll(/[\u00a0\u202f]/g, " ");
  assert.equal(
    text,
    "model 1:01 · 0:51 left · loss 2.50 · validation 6.0 %, best 5.0 % · 780 MB · █▁",
  );
});

Deno.test("RunStatus drops what does not fit, down to no columns", () => {
  const status = statusAfter(...step(1, 9, 0.5).map((body) => [3700, body] as const));
  assert.equal(status.text(80, BYTES).startsWith("model 1:01:40 · loss 0.500 · 780"), true);
  for (let width = 0; width <= 80; width++) {
    assert.ok(status.text(width, BYTES).length <= width);
  }
  assert.equal(new RunStatus().text(80, 1e6).startsWith("start 0:00"), true);
});

Deno.test("sparkline() is logarithmic, and flat for equal losses and zeros", () => {
  assert.equal(sparkline([1, 0.1, 0.01]), "█▅▁");
  assert.equal(sparkline([2, 2]), "▁▁");
  assert.equal(sparkline([1, 0]).length, 2);
});
