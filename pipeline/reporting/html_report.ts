/**
 * The report of a run: one HTML file that opens anywhere and asks nobody for anything.
 *
 * @module
 */

import { borderError } from "./figures/border_error.ts";
import { type ChartLibrary, loadChartLibrary } from "./figures/chart.ts";
import { fieldMaps, mapCount, sampleHeading } from "./maps/field_maps.ts";
import { forceFigures } from "./figures/forces.ts";
import { lossCurve } from "./figures/loss_curve.ts";
import { metricsTable } from "./tables/metrics_table.ts";
import { pipelineGraph } from "./figures/pipeline_graph.ts";
import { sampleErrors } from "./figures/sample_errors.ts";
import { surfaceTable } from "./tables/surface_table.ts";
import { wallPressureChart } from "./figures/wall_pressure.ts";
import {
  countOf,
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
} from "../../format.ts";
import { type Markup, markup } from "./page/markup.ts";
import { page } from "./page/page.ts";
import { type Foreseen, networkRow, type ReportData } from "./report_data.ts";

/**
 * Pixels of all maps together. Even maps of noise, which do not compress, stay below 2.5 MB as
 * text; a map of a 421 × 421 grid keeps one pixel per node with two samples of four maps.
 */
const PIXEL_BUDGET = 1_800_000;

/**
 * The report as HTML text: the result in a sentence, maps of samples, errors beside the baselines,
 * the loss curve, the pipeline as it ran, and how to repeat it. Below 3 MB, without scripts or
 * requests; readable from 340 pixels on, in light and dark, and printed. The same data gives the
 * same text.
 *
 * @throws {TypeError} when no row of the metrics is that of the network, or a grid shape does not
 * fit
 */
export async function renderReport(data: ReportData): Promise<string> {
  const library = await loadChartLibrary();
  return page(
    data.title,
    header(data),
    markup`${mapsSection(library, data)}
${errorsSection(library, data)}
${wallSection(library, data)}
${trainingSection(library, data)}
${pipelineSection(data)}
${runSection(data)}`,
  );
}

/**
 * The result in one sentence.
 *
 * @returns For example "Mean relative L2 on 32 unseen samples: 6.9 %, against 38 % for the nearest
 * training sample."
 */
export function resultSentence(data: ReportData): string {
  const { metrics } = networkRow(data);
  const baseline = bestBaseline(data);
  const samples = `on ${countOf(metrics.sampleCount, "unseen sample")}`;
  const against = (value: string) =>
    baseline ? `, against ${value} for the ${lowerFirst(baseline.label)}.` : ".";
  if (Number.isNaN(metrics.relativeL2.mean)) {
    return `RMSE ${samples}: ${formatNumber(metrics.rmse)}` +
      against(formatNumber(baseline?.metrics.rmse ?? NaN));
  }
  return `Mean relative L2 ${samples}: ${formatPercent(metrics.relativeL2.mean)}` +
    against(formatPercent(baseline?.metrics.relativeL2.mean ?? NaN));
}

/** The baseline with the smallest mean relative L2: the one worth beating. */
function bestBaseline(data: ReportData) {
  const baselines = data.metrics.filter(({ method }) => method !== "network");
  return baselines.sort((a, b) => a.metrics.relativeL2.mean - b.metrics.relativeL2.mean)[0];
}

function header(data: ReportData): Markup {
  const { metrics } = networkRow(data);
  const units = new Set(Object.values(metrics.fields).map(({ unit }) => unit));
  const [unit] = units.size === 1 ? units : [""];
  const figures: readonly (readonly [name: string, value: string, note: string])[] = [
    [
      "median relative L2",
      formatPercent(metrics.relativeL2.median),
      `worst ${formatPercent(metrics.relativeL2.worst)}`,
    ],
    ["RMSE", formatNumber(metrics.rmse), unit || "physical units"],
    ["normalised RMSE", formatNumber(metrics.normalisedRmse), "targets of deviation 1"],
    ["whole run", formatSeconds(data.seconds), stepsText(data)],
    ["in parallel", countOf(data.ranks, "rank"), data.device],
  ];
  return markup`<header>
<p class="eyebrow">${data.title}</p>
<h1>${resultSentence(data)}</h1>
<dl class="figures">${
    figures.map(([name, value, note]) =>
      markup`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`
    )
  }</dl>
</header>`;
}

/**
 * The steps of a run, of which an earlier one may have taken some: `0 of 1,800 optimizer steps`.
 */
function stepsText({ steps, runSteps = steps }: ReportData): string {
  const all = countOf(steps, "optimizer step");
  return runSteps === steps ? all : `${formatCount(runSteps)} of ${all}`;
}

function mapsSection(library: ChartLibrary, data: ReportData): Markup | undefined {
  const drawable = data.samples.filter(({ dimensions }) => dimensions === 2 || dimensions === 3);
  if (drawable.length === 0) return undefined;
  const budget = PIXEL_BUDGET / drawable.reduce((sum, sample) => sum + mapCount(sample), 0);
  const ranks = new Set<number>();
  for (const { owner } of drawable) {
    for (let node = 0; node < owner.length; node++) ranks.add(owner[node]);
  }
  const notes = [
    "Truth and prediction share one colour scale.",
    "Errors are prediction minus truth: white is exact, blue too low, red too high.",
    ...(ranks.size > 1
      ? [`Lines are the borders between the ${countOf(ranks.size, "subdomain")}.`]
      : []),
    ...(drawable.some(({ dimensions }) => dimensions === 3)
      ? ["Meshes in 3-D are cut at the middle of their third axis and of their second."]
      : []),
  ];
  return markup`<section>
<h2>Truth and prediction</h2>
<p class="lead">${notes.join(" ")}</p>
${
    drawable.map((sample) =>
      markup`${sampleHeading(sample)}${fieldMaps(sample, budget)}${
        wallPressureChart(library, sample)
      }`
    )
  }
</section>`;
}

function errorsSection(library: ChartLibrary, data: ReportData): Markup {
  const borders = borderError(data.metrics);
  const { zeroTruthIds } = networkRow(data).metrics.relativeL2;
  const notes = [
    "Relative L2 is ‖prediction − truth‖ / ‖truth‖ of one sample.",
    "RMSE is the root of the mean squared error over all nodes, samples and outputs.",
    ...(zeroTruthIds.length > 0
      ? [`Without a relative error, as the truth is 0 everywhere: ${zeroTruthIds.join(", ")}.`]
      : []),
  ];
  return markup`<section>
<h2>Errors</h2>
${metricsTable(data.metrics)}
<p class="note">${notes.join(" ")}</p>
<div class="columns">
<div><h3>Sample by sample</h3>${sampleErrors(library, data.metrics)}</div>
${borders && markup`<div><h3>Near the subdomain borders</h3>${borders}</div>`}
</div>
</section>`;
}

/** Errors on walls and away from them, and the forces on a body. */
function wallSection(library: ChartLibrary, data: ReportData): Markup | undefined {
  const table = surfaceTable(data.metrics);
  const forces = forceFigures(library, data.metrics);
  if (!table && !forces) return undefined;
  const notes = [
    "Surface: the nodes at distance 0 of a wall; volume: all others.",
    "Normalised MSE is the mean squared error on fields of deviation 1 over the training " +
    "set, as AirfRANS tabulates it;",
    "relative L2 is ‖prediction − truth‖ / ‖truth‖ of the physical values.",
    "Both are means over the test samples, each weighing alike.",
  ];
  return markup`<section>
<h2>At the wall</h2>
${table}
${table && markup`<p class="note">${notes.join(" ")}</p>`}
${forces && markup`<h3>Lift and drag</h3>${forces}`}
</section>`;
}

function trainingSection(library: ChartLibrary, data: ReportData): Markup | undefined {
  const curve = lossCurve(library, data);
  return curve && markup`<section><h2>Training</h2>${curve}</section>`;
}

function pipelineSection(data: ReportData): Markup | undefined {
  const graph = pipelineGraph(data.stages);
  return graph && markup`<section><h2>Pipeline</h2>${graph}</section>`;
}

function runSection(data: ReportData): Markup {
  const settings = { ...data.settings, device: data.device, ...planSettings(data.plan) };
  return markup`<section>
<h2>Repeat this run</h2>
<pre tabindex="0"><code>${data.command}</code></pre>
${data.certify && certifyLine(data.certify)}
<dl class="settings">${
    Object.entries(settings).map(([name, value]) =>
      markup`<div><dt>${name}</dt><dd>${String(value)}</dd></div>`
    )
  }</dl>
</section>`;
}

/** Predicted and measured figures as settings of the run. */
function planSettings(plan: ReportData["plan"]): Record<string, string> {
  if (plan === undefined) return {};
  const text = ({ predicted, measured }: Foreseen, format: (value: number) => string) =>
    `${format(measured)} (${format(predicted)} predicted)`;
  return {
    peakMemory: text(plan.peakBytes, formatBytes),
    ...(plan.stepSeconds && { timePerStep: text(plan.stepSeconds, formatSeconds) }),
  };
}

function certifyLine(certify: NonNullable<ReportData["certify"]>): Markup {
  const { predictionError, predictionTolerance, gradientError, gradientTolerance } = certify;
  const passed = predictionError <= predictionTolerance && gradientError <= gradientTolerance;
  const against = (error: number, tolerance: number) =>
    `${formatNumber(error, 2)} (tolerance ${formatNumber(tolerance, 1)})`;
  const ranks = countOf(certify.ranks, "rank");
  return markup`<p class="certify ${passed ? "passed" : "failed"}">
<b>${passed ? `${ranks} give the numbers of one.` : `${ranks} do not give the numbers of one.`}</b>
Largest difference of predictions ${against(predictionError, predictionTolerance)}, of gradients
${against(gradientError, gradientTolerance)}, relative to the largest value.</p>`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
