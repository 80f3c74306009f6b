import assert from "node:assert/strict";
import { MetricsAccumulator } from "../../../../pipeline/reporting/metrics/metrics.ts";
import { metricsJson } from "../../../../pipeline/reporting/metrics/metrics_json.ts";
import { darcyReport } from "../report_fixture.ts";

Deno.test("metricsJson() gives the shape that other programs read", async () => {
  const data = await darcyReport(9, 4, 3);
  const run = JSON.parse(JSON.stringify(metricsJson(data)));
  assert.deepEqual(Object.keys(run.test.baselines), ["nearestSample", "trainingMean"]);
  const network = data.metrics[0].metrics;
  assert.equal(run.test.rmse, network.rmse);
  assert.equal(run.test.relativeL2.worst, network.relativeL2.worst);
  assert.equal(run.test.fields["solution u"].relativeL2.mean, network.relativeL2.mean);
  assert.equal(run.test.borders.ratio, network.borders?.ratio);
  assert.equal(run.test.baselines.trainingMean.rmse, data.metrics[2].metrics.rmse);
  assert.equal(run.test.samples.length, 4);
  assert.deepEqual([run.steps.total, run.steps.run, run.ranks, run.device], [
    4800,
    4800,
    4,
    "WebAssembly SIMD, 4 workers",
  ]);
  assert.equal(run.finalLoss, data.lossCurve.at(-1)?.loss);
});

Deno.test("metricsJson() gives null for an undefined relative error", async () => {
  const errors = new MetricsAccumulator([{ name: "u", components: 1, unit: "" }], [1]);
  errors.add({ id: "rest", truth: [0], predicted: [1] });
  const data = await darcyReport(5, 1, 1);
  const run = metricsJson({
    ...data,
    metrics: [{ method: "network", label: "n", metrics: errors.result() }],
  });
  assert.deepEqual([run.test.relativeL2.mean, run.test.relativeL2.zeroTruthIds], [null, ["rest"]]);
  assert.throws(() => metricsJson({ ...data, metrics: [] }), /row "network"/);
});
