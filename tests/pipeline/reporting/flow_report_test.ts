import assert from "node:assert/strict";
import { DOMParser } from "linkedom";
import { renderReport } from "../../../pipeline/reporting/html_report.ts";
import { metricsJson } from "../../../pipeline/reporting/metrics/metrics_json.ts";
import { metricsText } from "../../../pipeline/reporting/tables/metrics_text.ts";
import { flowReport } from "./flow_report.ts";

const data = await flowReport();

Deno.test("renderReport() shows wall errors, lift, drag and chord pressure", async () => {
  const html = await renderReport(data);
  const page = new DOMParser().parseFromString(html, "text/html");
  const text = page.body.textContent.replaceAll("\u202f", " ").replaceAll(/\s+/g, " ");
  assert.match(text, /At the wall/);
  assert.match(
    text,
    /Only pressure is integrated over the wall: .*first cells .* y⁺ ≥ 291 high, too high/,
  );
  assert.match(
    text,
    /pressure lift coefficient ?Network ?0\.125 ?8\.3 % ?10\.0 % ?1\.00 ?Nearest training sample ?1\.50 ?100 %/,
  );
  // A drag of rounding only has no relative error, and none relative to its range.
  assert.match(text, /pressure drag coefficient ?Network ?1\.14 × 10⁻¹⁶ ?– ?– ?–/);
  // Every region and chart has a name, and so has every map.
  for (const element of page.querySelectorAll('[role="img"], [role="region"]')) {
    assert.notEqual(element.getAttribute("aria-label") ?? "", "");
  }
  const charts = [...page.querySelectorAll('[role="img"]')].map((chart) =>
    chart.getAttribute("aria-label")
  );
  assert.ok(
    charts.includes("Pressure coefficient along the chord of sample lift 1: truth and prediction"),
  );
  assert.ok(
    charts.some((label) =>
      label?.startsWith("Predicted against true pressure lift coefficient of 4 test samples")
    ),
  );
  assert.ok(html.length < 3_000_000);
});

Deno.test("renderReport() states the viscosity of the wall shear", async () => {
  const metrics = data.metrics.map((row) => ({
    ...row,
    forces: { ...row.forces!, friction: true },
  }));
  const page = new DOMParser().parseFromString(
    await renderReport({ ...data, metrics }),
    "text/html",
  );
  assert.match(
    page.body.textContent,
    /Pressure and wall shear .* y⁺ 291 high\), with a kinematic viscosity of 1\.56 × 10⁻⁵ m²\/s\./,
  );
});

Deno.test("renderReport() draws no map of a constant input", async () => {
  const page = new DOMParser().parseFromString(await renderReport(data), "text/html");
  const maps = [...page.querySelectorAll(".view .map img")].map((image) =>
    image.getAttribute("alt")?.split(" of sample")[0]
  );
  assert.deepEqual(maps.slice(0, 2), ["Input: distance", "Truth: velocity.x"]);
  assert.equal(maps.length, 1 + 3 * 4);
  assert.match(
    page.body.textContent,
    /Inputs that hardly vary here: velocityInlet\.x = 20\.0 m\/s/,
  );
});

Deno.test("renderReport() draws two cuts of a mesh in 3-D", async () => {
  const position = Float32Array.from(
    { length: 3 * 512 },
    (_, k) => [k / 3 >> 6, (k / 3 >> 3) & 7, k / 3 & 7].map(Math.floor)[k % 3],
  );
  const values = Float32Array.from(
    { length: 512 },
    (_, node) => position[3 * node] + 10 * position[3 * node + 2],
  );
  const block = await flowReport({
    cells: undefined,
    window: undefined,
    wallPressure: undefined,
    dimensions: 3,
    position,
    inputs: [],
    owner: new Uint8Array(512),
    targets: [{ name: "pressure", unit: "", truth: values, predicted: values }],
  });
  const page = new DOMParser().parseFromString(await renderReport(block), "text/html");
  assert.equal(page.querySelectorAll(".view .map img").length, 6);
  const axes = [...page.querySelectorAll(".view .y-axis i")].map((axis) => axis.textContent);
  assert.deepEqual(axes, ["y", "y", "y", "z", "z", "z"]);
});

Deno.test("metricsText() of a flow fits 80 columns, without errors of zero fields", () => {
  const lines = metricsText(data.metrics).replaceAll("\u202f", " ").split("\n");
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.ok(lines.some((line) => /^ velocity\.x .* % .* –$/.test(line)), lines.join("\n"));
  assert.ok(lines.some((line) => /^ {3}Network +0\.125 +8\.3 % +10\.0 % +1\.00$/.test(line)));
});

Deno.test("metricsJson() of a flow names its conventions, with null for undefined figures", () => {
  const { test } = JSON.parse(JSON.stringify(metricsJson(data)));
  const { surface, volume } = test.surface;
  assert.equal(surface.columns["velocity.x"].relativeL2, null);
  assert.ok(surface.columns.pressure.normalisedMse > 0 && volume.columns.pressure.relativeL2 > 0);
  assert.equal(surface.nodeCount + volume.nodeCount, test.nodeCount);
  assert.equal(test.forces.friction, false);
  assert.deepEqual(
    test.forces.coefficients["pressure lift"].samples.map(({ id }: { id: string }) => id),
    [
      "lift 0.5",
      "lift 1",
      "lift 1.5",
      "lift 2",
    ],
  );
  assert.ok(
    Math.abs(
      test.baselines.nearestSample.forces.coefficients["pressure lift"].meanRelativeError - 1.2,
    ) <
      1e-3,
  );
});
