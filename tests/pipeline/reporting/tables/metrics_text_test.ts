import assert from "node:assert/strict";
import { MetricsAccumulator } from "../../../../pipeline/reporting/metrics/metrics.ts";
import type { MetricsRow } from "../../../../pipeline/reporting/report_data.ts";
import {
  briefMetricsText,
  metricsText,
} from "../../../../pipeline/reporting/tables/metrics_text.ts";

const fields = [{ name: "velocity", components: 2, unit: "m/s" }, {
  name: "p",
  components: 1,
  unit: "Pa",
}];

function row(method: MetricsRow["method"], label: string, error: number): MetricsRow {
  const errors = new MetricsAccumulator(fields, [1, 1, 10]);
  errors.add({
    id: "a",
    truth: [3, 4, 100],
    predicted: [3 + error, 4, 100 + 10 * error],
    border: [1],
  });
  errors.add({ id: "b", truth: [3, 4, 100], predicted: [3, 4 + error, 100], border: [0] });
  return { method, label, metrics: errors.result() };
}

Deno.test("metricsText() has a line per method in every field and the border ratio", () => {
  const text = metricsText([
    row("network", "Haloflow", 0.5),
    row("trainingMean", "Training mean", 2),
  ]);
  const lines = text.replaceAll("\u202f", " ").split("\n");
  assert.equal(lines.filter((line) => line.includes("Haloflow")).length, 3);
  assert.ok(lines.some((line) => /velocity \(m\/s\)/.test(line)));
  // Velocity: both samples are off by 0.5 of 5; pressure: by 5 of 100 and by nothing.
  assert.match(
    lines[lines.findIndex((line) => line.includes("velocity")) + 1],
    /Haloflow +10\.0 % +10\.0 % +10\.0 %/,
  );
  assert.match(
    lines[lines.findIndex((line) => line.includes("p (Pa)")) + 1],
    /Haloflow +2\.5 % +2\.5 % +5\.0 %/,
  );
  assert.equal(
    lines.at(-1),
    " Normalised RMSE of the network near subdomain borders 0.408, elsewhere 0.289",
  );
});

Deno.test("briefMetricsText() has the network and the best baseline in at most 20 lines", () => {
  const rows = [
    row("network", "Network", 0.5),
    row("trainingMean", "Training mean", 2),
    row("nearestSample", "Nearest training sample", 1),
  ];
  const coefficient = {
    meanAbsoluteError: 0.1,
    rangeError: 0.05,
    meanRelativeError: 0.2,
    rankCorrelation: 1,
    samples: [],
  };
  const forces = {
    friction: true,
    cellHeight: 1,
    reference: { viscosity: 1, chord: 1 },
    coefficients: { lift: coefficient, drag: coefficient },
  };
  const text = briefMetricsText([{ ...rows[0], forces }, ...rows.slice(1)]);
  assert.match(text, /Nearest training sample/);
  assert.doesNotMatch(text, /Training mean/);
  assert.match(text, /^ drag: error 5\.0.% of its range, rank correlation 1\.00$/m);
  assert.ok(text.split("\n").length <= 20);
});

Deno.test("metricsText() fits a terminal of 80 columns", () => {
  const text = metricsText([
    row("network", "Network", 0.5),
    row("nearestSample", "Nearest training sample", 2),
  ]);
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
});

Deno.test("metricsText() removes control sequences from labels", () => {
  const text = metricsText([row("network", "\u001b[2Jgone", 1)]);
  assert.ok(!text.includes("\u001b"));
});

Deno.test("metricsText() says where relative L2 hides the error of a field", () => {
  const pressure = [{ name: "p", components: 1, unit: "Pa" }];
  const textOf = (level: number) => {
    const errors = new MetricsAccumulator(pressure, [1]);
    errors.add({ id: "a", truth: [level, level], predicted: [level + 1, level + 1] });
    return metricsText([{ method: "network", label: "Network", metrics: errors.result() }]);
  };
  assert.match(textOf(101325), /of the full value: p is 101,325 times its deviation in training/);
  assert.doesNotMatch(textOf(2), /full value/);
});
