/**
 * The report of a run: one HTML file without requests.
 *
 * @module
 */

import { borderBars } from "./figures/border_bars.ts";
import { type ChartLibrary, loadChartLibrary } from "./figures/chart.ts";
import { fieldMaps, sampleHeading } from "./maps/field_maps.ts";
import { forceFigures } from "./figures/force_figures.ts";
import { lossCurve } from "./figures/loss_curve.ts";
import { metricsTable } from "./tables/metrics_table.ts";
import { parityFigures } from "./figures/parity_figures.ts";
import { pipelineGraph } from "./figures/pipeline_graph.ts";
import { sampleErrors } from "./figures/sample_errors.ts";
import { curveFigures } from "./figures/curve_figures.ts";
import { numbersTable } from "./tables/numbers_table.ts";
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
import { type Markup, markup, trustedMarkup } from "./page/markup.ts";
import { page } from "./page/page.ts";
import script from "./page/report_script.js" with { type: "text" };
import { type Foreseen, type MetricsRow, networkRow, type ReportData } from "./report_data.ts";

const POINTWISE_NOTE =
  "The pointwise regression predicts a node from its own inputs, without the " +
  "graph: what is better than it comes from the mesh.";

/** Samples without a relative error that are named. */
const MAX_NAMED_SAMPLES = 10;
/** Samples in the table of all samples. */
const MAX_LISTED_SAMPLES = 500;

/**
 * The report as HTML text: the result in a sentence, maps of samples, errors next to those of the
 * baselines, the loss curve, the pipeline as it ran, and the command that repeats it. Below 3 MB,
 * without requests; its script shows another sample, and values under the pointer. Readable from a
 * width of 340 pixels, in light and dark mode, in print, and without scripts. The same data gives
 * the same text.
 *
 * @throws {TypeError} If the metrics have no row of the network, or a grid shape does not match
 */
export async function renderReport(data: ReportData): Promise<string> {
  const library = await loadChartLibrary();
  const main = markup`${mapsSection(library, data)}
${errorsSection(library, data)}
${paritySection(library, data)}
${wallSection(library, data)}
${trainingSection(library, data)}
${pipelineSection(data)}
${runSection(data)}`;
  return page(data.title, header(data), main, script);
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
  const against = (value: string) => {
    if (baseline === undefined) return ".";
    const { label } = baseline;
    return `, against ${value} for the ${label.charAt(0).toLowerCase()}${label.slice(1)}.`;
  };
  if (Number.isNaN(metrics.relativeL2.mean)) {
    return `RMSE ${samples}: ${formatNumber(metrics.rmse)}` +
      against(formatNumber(baseline?.metrics.rmse ?? NaN));
  }
  return `Mean relative L2 ${samples}: ${formatPercent(metrics.relativeL2.mean)}` +
    against(formatPercent(baseline?.metrics.relativeL2.mean ?? NaN));
}

/** The baseline with the smallest mean relative L2: the one worth beating. */
function bestBaseline({ metrics }: ReportData): MetricsRow | undefined {
  return metrics.filter(({ method }) => method !== "network")
    .sort((a, b) => a.metrics.relativeL2.mean - b.metrics.relativeL2.mean).at(0);
}

function header(data: ReportData): Markup {
  const { metrics } = networkRow(data);
  const units = new Set(Object.values(metrics.fields).map(({ unit }) => unit));
  const unit = units.size === 1 ? [...units][0] : "";
  const figures = [
    [
      "median relative L2",
      formatPercent(metrics.relativeL2.median),
      `worst ${formatPercent(metrics.relativeL2.worst)}`,
    ],
    ["RMSE", formatNumber(metrics.rmse), unit || "physical units"],
    ["normalised RMSE", formatNumber(metrics.normalisedRmse), "targets scaled to deviation 1"],
    ["total time", formatSeconds(data.seconds), stepsText(data)],
    ["in parallel", countOf(data.ranks, "rank"), data.device],
  ];
  const list = figures.map(([name, value, note]) =>
    markup`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`
  );
  return markup`<header>
<p class="eyebrow">${data.title}</p>
<h1>${resultSentence(data)}</h1>
<dl class="figures">${list}</dl>
</header>`;
}

/** The steps of this run, out of all if it resumed another: `0 of 1,800 optimizer steps`. */
function stepsText({ steps, runSteps = steps }: ReportData): string {
  const all = countOf(steps, "optimizer step");
  return runSteps === steps ? all : `${formatCount(runSteps)} of ${all}`;
}

function mapsSection(library: ChartLibrary, data: ReportData): Markup | undefined {
  const { samples } = data;
  if (samples.length === 0) return undefined;
  const hasMaps = samples.some(({ views }) => views.length > 0);
  const views = samples.flatMap(({ views }) => views);
  const isDivided = views.some(({ borders }) => borders !== "");
  const { sampleCount } = networkRow(data).metrics;
  const missing = sampleCount - samples.length;
  const notes = [
    hasMaps ? "Truth and prediction share one colour scale." : "",
    hasMaps ? "Errors are prediction minus truth: white is exact, blue too low, red too high." : "",
    isDivided ? `Lines are the borders between the ${countOf(data.ranks, "subdomain")}.` : "",
    hasMaps ? "Point at a map for its values, to 1/254 of its scale." : "",
    missing > 0
      ? `Pictures of ${countOf(missing, "further sample")} would exceed the size of this page.`
      : "",
  ];
  const options = samples.map(({ label, id, relativeL2 }, k) => {
    const name = [label, id, formatPercent(relativeL2)].filter((part) => part !== "").join(" · ");
    return markup`<option value="${k}">${name}</option>`;
  });
  const choice = samples.length > 1 && markup`<p class="choice"><label for="sample">Test
sample</label> <select id="sample">${options}</select></p>`;
  const figures = samples.map((sample, k) =>
    markup`<div class="sample"${k > 0 && trustedMarkup(" hidden")}>${sampleHeading(sample)}
${fieldMaps(sample, k)}${curveFigures(library, sample)}
${wallPressureChart(library, sample)}</div>`
  );
  return markup`<section>
<h2>Truth and prediction</h2>
<p class="lead">${joined(notes)}</p>
${choice}
${figures}
</section>`;
}

function paritySection(library: ChartLibrary, { densities }: ReportData): Markup | undefined {
  const figures = parityFigures(library, densities ?? []);
  return figures && markup`<section><h2>Predicted against true</h2>${figures}</section>`;
}

/** The errors of the samples one by one, the largest first. */
function sampleTable(data: ReportData): Markup | undefined {
  const { relativeL2, fields } = networkRow(data).metrics;
  if (relativeL2.samples.length < 2) return undefined;
  const names = Object.keys(fields).length > 1 ? Object.keys(fields).slice(0, 8) : [];
  const ranked = relativeL2.samples.map((sample, number) => ({ ...sample, number }))
    .sort((a, b) => (b.relativeL2 ?? -1) - (a.relativeL2 ?? -1)).slice(0, MAX_LISTED_SAMPLES);
  const rows = ranked.map(({ id, relativeL2, number }) => {
    const errors = [
      relativeL2,
      ...names.map((name) => fields[name].relativeL2.samples[number]?.relativeL2),
    ];
    const cells = errors.map((error) => markup`<td>${formatPercent(error ?? NaN)}</td>`);
    return markup`<tr><th scope="row">${id}</th>${cells}</tr>`;
  });
  const rest = relativeL2.samples.length - ranked.length;
  const note = rest > 0 && markup`<p class="note">${countOf(rest, "sample")} with smaller errors:
metrics.json.</p>`;
  const heads = ["sample", "relative L2", ...names];
  return markup`<details><summary>Errors of every test sample</summary>
${numbersTable("Errors of every test sample", heads, [rows])}${note}</details>`;
}

function errorsSection(library: ChartLibrary, data: ReportData): Markup {
  const borders = borderBars(data.metrics);
  const outOfRange = (data.outOfRange ?? []).join("; ");
  const warning = outOfRange !== "" &&
    markup`<p class="warning"><b>Test samples beyond the training:</b> ${outOfRange}.</p>`;
  const { zeroTruthIds } = networkRow(data).metrics.relativeL2;
  const zeroIds = zeroTruthIds.slice(0, MAX_NAMED_SAMPLES).join(", ");
  const unnamed = zeroTruthIds.length - MAX_NAMED_SAMPLES;
  const zeroNote = `Samples whose truth is 0 everywhere have none: ${zeroIds}` +
    (unnamed > 0 ? ` and ${formatCount(unnamed)} more.` : ".");
  const notes = [
    "Relative L2 is ‖prediction − truth‖ / ‖truth‖ of one sample.",
    zeroTruthIds.length > 0 ? zeroNote : "",
    "RMSE is the root of the mean squared error over all nodes, samples and outputs.",
    data.metrics.some(({ method }) => method === "pointwise") ? POINTWISE_NOTE : "",
  ];
  return markup`<section>
<h2>Errors</h2>
${metricsTable(data.metrics)}
<p class="note">${joined(notes)}</p>
${warning}
<div class="columns">
<div><h3>Sample by sample</h3>${sampleErrors(library, data.metrics)}</div>
${borders && markup`<div><h3>Near the subdomain borders</h3>${borders}</div>`}
</div>
${sampleTable(data)}
</section>`;
}

/** Errors on walls and away from them, and the forces on a body. */
function wallSection(library: ChartLibrary, data: ReportData): Markup | undefined {
  const table = surfaceTable(data.metrics);
  const forces = forceFigures(library, data.metrics);
  if (!table && !forces) return undefined;
  const notes = [
    "Surface: the nodes at distance 0 from a wall; volume: all others.",
    "Normalised MSE is the mean squared error of fields scaled to deviation 1 over the training " +
    "set, as in the tables of AirfRANS;",
    "relative L2 is ‖prediction − truth‖ / ‖truth‖ of the physical values.",
    "Both are means over the test samples, all of equal weight.",
  ];
  return markup`<section>
<h2>At the wall</h2>
${table}
${table && markup`<p class="note">${joined(notes)}</p>`}
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
  const list = Object.entries(settings).map(([name, value]) =>
    markup`<div><dt>${name}</dt><dd>${String(value)}</dd></div>`
  );
  return markup`<section>
<h2>Repeat this run</h2>
<pre tabindex="0"><code>${data.command}</code></pre>
${data.certify && certifyLine(data.certify)}
<dl class="settings">${list}</dl>
</section>`;
}

/** Predicted and measured figures as settings of the run. */
function planSettings(plan: ReportData["plan"]): Record<string, string> {
  if (plan === undefined) return {};
  const text = ({ predicted, measured }: Foreseen, format: (value: number) => string) =>
    `${format(measured)} (${format(predicted)} predicted)`;
  const settings: Record<string, string> = { peakMemory: text(plan.peakBytes, formatBytes) };
  if (plan.stepSeconds) settings.timePerStep = text(plan.stepSeconds, formatSeconds);
  return settings;
}

function certifyLine(certify: NonNullable<ReportData["certify"]>): Markup {
  const { predictionError, predictionTolerance, gradientError, gradientTolerance } = certify;
  const isPassed = predictionError <= predictionTolerance && gradientError <= gradientTolerance;
  const ranks = countOf(certify.ranks, "rank");
  const verdict = isPassed
    ? `${ranks} reproduce the results of one.`
    : `${ranks} do not reproduce the results of one.`;
  const against = (error: number, tolerance: number) =>
    `${formatNumber(error, 2)} (tolerance ${formatNumber(tolerance, 1)})`;
  return markup`<p class="certify ${isPassed ? "passed" : "failed"}"><b>${verdict}</b>
Largest difference of predictions ${against(predictionError, predictionTolerance)}, of gradients
${against(gradientError, gradientTolerance)}, relative to the largest value.</p>`;
}

function joined(sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== "").join(" ");
}
