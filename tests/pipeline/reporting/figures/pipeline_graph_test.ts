import assert from "node:assert/strict";
import { pipelineGraph } from "../../../../pipeline/reporting/figures/pipeline_graph.ts";
import type { StageSummary } from "../../../../pipeline/reporting/report_data.ts";

const MODEL: StageSummary = {
  name: "model",
  run: "train",
  ranks: 2,
  from: [],
  rows: 1,
  bytesIn: 0,
  bytesOut: 2000,
  busySeconds: 12,
  waitSeconds: 3,
};

Deno.test("pipelineGraph() shows the times of stages that ran, and marks cached ones", () => {
  const graph = (stage: StageSummary) => String(pipelineGraph([stage]));
  const ran = graph(MODEL);
  for (const text of ["1 row · 2.00", ">12\u202fs<", ">3.0\u202fs<"]) {
    assert.ok(ran.includes(text), text);
  }
  assert.ok(!ran.includes("cached"));
  const taken = graph({ ...MODEL, cached: true, busySeconds: 0, waitSeconds: 0 });
  assert.ok(taken.includes("1 row · 2.00"));
  assert.ok(taken.includes(">cached</text>"));
  assert.ok(!taken.includes('class="busy"'));
  // Nothing is known of a stage that no other stage read.
  const skipped = graph({
    ...MODEL,
    cached: true,
    rows: 0,
    bytesOut: 0,
    busySeconds: 0,
    waitSeconds: 0,
  });
  assert.ok(!skipped.includes("0 rows"));
});
