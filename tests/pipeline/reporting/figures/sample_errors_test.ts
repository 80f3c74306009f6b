import assert from "node:assert/strict";
import { DOMParser } from "linkedom";
import { loadChartLibrary } from "../../../../pipeline/reporting/figures/chart.ts";
import { sampleErrors } from "../../../../pipeline/reporting/figures/sample_errors.ts";
import { MetricsAccumulator } from "../../../../pipeline/reporting/metrics/metrics.ts";

const library = await loadChartLibrary();

/** Labels of the axis for samples with such relative errors. */
function axisLabels(...errors: readonly number[]): string[] {
  const metrics = new MetricsAccumulator([{ name: "u", components: 1, unit: "" }], [1]);
  for (const [k, error] of errors.entries()) {
    metrics.add({ id: `${k}`, truth: [1], predicted: [1 + error] });
  }
  const text = String(
    sampleErrors(library, [{ method: "network", label: "Network", metrics: metrics.result() }]),
  );
  const document = new DOMParser().parseFromString(
    `<html><body>${text}</body></html>`,
    "text/html",
  );
  // The same chart follows for narrow screens.
  return [...document.querySelector("svg")!.querySelectorAll("text")].map((label) =>
    label.textContent.replace("\u202f", " ")
  )
    .filter((label) => label.endsWith("%"));
}

Deno.test("sampleErrors() labels round percentages, closer ones for similar errors", () => {
  assert.deepEqual(axisLabels(0.01, 0.3), ["1 %", "2 %", "5 %", "10 %", "20 %"]);
  assert.deepEqual(axisLabels(0.61, 0.82), ["60 %", "70 %", "80 %", "90 %"]);
  assert.ok(axisLabels(0.7).length >= 2);
});
