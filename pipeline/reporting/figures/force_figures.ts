/**
 * Lift and drag: errors and ranks per method, predicted against true, and sample by sample.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { extent } from "d3-array";
import { formatNumber, formatRound } from "../../../format.ts";
import type { CoefficientMetrics, ForceMetrics } from "../flow/force_metrics.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import { forceTable } from "../tables/force_table.ts";
import { numbersTable } from "../tables/numbers_table.ts";
import { chart, type ChartLibrary } from "./chart.ts";

const WIDTH = 540;

const ERROR_NOTE = "Errors are means over the test samples, and the range is that of their true " +
  "coefficients. A relative error is given if no true coefficient is close to 0, and Spearman's " +
  "rank correlation from three samples.";

/**
 * The table of coefficients, a chart of each, and the values sample by sample; undefined for flows
 * without a body.
 */
export function forceFigures(
  library: ChartLibrary,
  rows: readonly MetricsRow[],
): Markup | undefined {
  const forces = rows.find(({ method }) => method === "network")?.forces;
  if (forces === undefined) return undefined;
  const coefficients = Object.entries(forces.coefficients);
  const charts = coefficients.map(([name, coefficient]) => {
    const title = name.charAt(0).toUpperCase() + name.slice(1);
    const drawing = scatter(library, name, coefficient);
    return markup`<div><h3>${title} coefficient</h3>${drawing}</div>`;
  });
  return markup`${forceTable(rows, Object.keys(forces.coefficients))}
<p class="note">${ERROR_NOTE}</p>
<p class="note">${forceNote(forces)}</p>
<div class="columns even">${charts}</div>
<details><summary>Lift and drag of every test sample</summary>
${sampleTable(coefficients)}</details>`;
}

/** The definition of the coefficients, and why they include friction or not. */
function forceNote({ friction, cellHeight, reference }: ForceMetrics): string {
  const height = "in the true flow the first cells are y⁺ " +
    `${friction ? "" : "≥ "}${formatNumber(cellHeight, 2)} high`;
  const definition =
    "Coefficients are forces divided by half the square of the inlet speed, with " +
    `density 1 and chord ${reference.chord}. `;
  if (friction) {
    return definition + `Pressure and wall shear are integrated over the wall (${height}), with ` +
      `a kinematic viscosity of ${formatNumber(reference.viscosity)} m²/s.`;
  }
  return definition + `Only pressure is integrated over the wall: ${height}, too high for the ` +
    "fields to hold the wall shear.";
}

/** Predicted against true, with the line on which they are equal. */
function scatter(
  library: ChartLibrary,
  name: string,
  { samples, meanAbsoluteError }: CoefficientMetrics,
): Markup {
  const { Plot } = library;
  const xDomain = paddedExtent(samples.map(({ truth }) => truth));
  const yDomain = paddedExtent([
    ...samples.flatMap(({ truth, predicted }) => [truth, predicted]),
    ...xDomain,
  ]);
  const diagonal = xDomain.map((value) => ({ truth: value, predicted: value }));
  const description =
    `Predicted against true ${name} coefficient of ${samples.length} test samples; ` +
    `mean absolute error ${formatNumber(meanAbsoluteError)}`;
  const tickFormat = (value: number) => formatRound(value, 6);
  const drawing = chart(library, WIDTH, description, () => ({
    height: 300,
    marginLeft: 56,
    marginRight: 16,
    marginBottom: 36,
    x: { domain: xDomain, grid: true, label: `true ${name}`, labelArrow: "none", tickFormat },
    y: { domain: yDomain, grid: true, label: `predicted ${name}`, labelArrow: "none", tickFormat },
    marks: [
      Plot.line(diagonal, {
        x: "truth",
        y: "predicted",
        stroke: "var(--muted)",
        strokeDasharray: "4 4",
      }),
      Plot.dot(samples, { x: "truth", y: "predicted", fill: "var(--accent)", r: 3.5 }),
    ],
  }));
  return markup`<figure>${drawing}
<figcaption>One dot per test sample; on the dashed line the prediction is
exact.</figcaption></figure>`;
}

function paddedExtent(values: readonly number[]): [number, number] {
  const [low = 0, high = 0] = extent(values);
  const padding = 0.06 * (high - low || Math.abs(high) || 1);
  return [low - padding, high + padding];
}

function sampleTable(
  coefficients: readonly (readonly [name: string, metrics: CoefficientMetrics])[],
): Markup {
  const heads = ["sample", ...coefficients.flatMap(([name]) => [`true ${name}`, "predicted"])];
  const rows = coefficients[0][1].samples.map(({ id }, k) => {
    const cells = coefficients.flatMap(([, { samples }]) => {
      const { truth, predicted } = samples[k];
      return [truth, predicted].map((value) => markup`<td>${formatNumber(value)}</td>`);
    });
    return markup`<tr><th scope="row">${id}</th>${cells}</tr>`;
  });
  return numbersTable("Lift and drag of every test sample", heads, [rows]);
}
