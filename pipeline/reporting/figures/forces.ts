/**
 * Lift and drag: errors and ranks per method, predicted against true, and case by case.
 *
 * @module
 */

import type { CoefficientMetrics, ForceMetrics } from "../flow/force_metrics.ts";
import { formatNumber, formatPercent } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import { chart, type ChartLibrary } from "./chart.ts";

const WIDTH = 540;

/**
 * The table of coefficients, one chart each, and the values case by case; undefined where there is
 * no body.
 */
export function forceFigures(
  library: ChartLibrary,
  rows: readonly MetricsRow[],
): Markup | undefined {
  const forces = rows.find(({ method }) => method === "network")?.forces;
  if (forces === undefined) return undefined;
  const coefficients = Object.entries(forces.coefficients);
  return markup`${forceTable(rows, Object.keys(forces.coefficients))}
<p class="note">${forceNote(forces)}</p>
<div class="columns even">${
    coefficients.map(([name, coefficient]) =>
      markup`<div><h3>${upperFirst(name)} coefficient</h3>${
        scatter(library, name, coefficient)
      }</div>`
    )
  }</div>
${caseTable(coefficients)}`;
}

/** How the coefficients were made, and why friction is in them or not. */
function forceNote(
  { friction, cellHeight, reference: { viscosity, chord } }: ForceMetrics,
): string {
  const height = "the first cells of the true flow are y⁺ " +
    `${friction ? "" : "≥ "}${formatNumber(cellHeight, 2)} high`;
  return "Coefficients are forces over half the square of the inlet speed, with density 1 and " +
    `chord ${chord}. ` +
    (friction
      ? `Pressure and wall shear are integrated over the wall (${height}), with a kinematic ` +
        "viscosity of " +
        `${formatNumber(viscosity)} m²/s.`
      : `Pressure alone is integrated over the wall: ${height}, too high for the wall shear ` +
        "to be in the fields.");
}

function forceTable(rows: readonly MetricsRow[], names: readonly string[]): Markup {
  const heads = ["mean relative error", "rank correlation (Spearman)"];
  const body = (name: string) =>
    markup`<tbody><tr class="group"><th scope="rowgroup" colspan="3">${name} coefficient</th></tr>${
      rows.map(({ method, label, forces }) => {
        const coefficient = forces?.coefficients[name];
        return markup`<tr class="${
          method === "network" ? "network" : "baseline"
        }"><th scope="row">${label}</th>
<td>${formatPercent(coefficient?.meanRelativeError ?? NaN)}</td>
<td>${formatNumber(coefficient?.rankCorrelation ?? NaN)}</td></tr>`;
      })
    }</tbody>`;
  return markup`<div class="scroll" role="region" aria-label="Table of force coefficients" tabindex="0">
<table class="numbers"><thead><tr><th scope="col">on the test samples</th>${
    heads.map((title) => markup`<th scope="col">${title}</th>`)
  }</tr></thead>${names.map(body)}</table></div>`;
}

/** Predicted against true; on the line they are equal. */
function scatter(
  library: ChartLibrary,
  name: string,
  { samples, ...errors }: CoefficientMetrics,
): Markup {
  const { Plot } = library;
  const truths = samples.map(({ truth }) => truth);
  const all = samples.flatMap(({ truth, predicted }) => [truth, predicted]);
  const span = (values: readonly number[]): [number, number] => {
    const low = Math.min(...values);
    const high = Math.max(...values);
    const rim = 0.06 * (high - low || Math.abs(high) || 1);
    return [low - rim, high + rim];
  };
  const ends = span(truths).map((value) => ({ truth: value, predicted: value }));
  const description =
    `Predicted against true ${name} coefficient of ${samples.length} test samples; ` +
    `mean relative error ${formatPercent(errors.meanRelativeError)}`;
  return markup`<figure>${
    chart(library, WIDTH, description, () => ({
      height: 300,
      marginLeft: 56,
      marginRight: 16,
      marginBottom: 36,
      x: { domain: span(truths), grid: true, label: `true ${name}`, labelArrow: "none" },
      y: {
        domain: span([...all, ...span(truths)]),
        grid: true,
        label: `predicted ${name}`,
        labelArrow: "none",
      },
      marks: [
        Plot.line(ends, {
          x: "truth",
          y: "predicted",
          stroke: "var(--muted)",
          strokeDasharray: "4 4",
        }),
        Plot.dot(samples, { x: "truth", y: "predicted", fill: "var(--accent)", r: 3.5 }),
      ],
    }))
  }<figcaption>One dot per test sample; on the dashed line the prediction is exact.</figcaption></figure>`;
}

function caseTable(coefficients: readonly (readonly [string, CoefficientMetrics])[]): Markup {
  const heads = coefficients.flatMap(([name]) => [`true ${name}`, "predicted"]);
  const rows = coefficients[0][1].samples.map(({ id }, k) => {
    const cells = coefficients.flatMap((
      [, { samples }],
    ) => [samples[k].truth, samples[k].predicted]);
    return markup`<tr><th scope="row">${id}</th>${
      cells.map((value) => markup`<td>${formatNumber(value)}</td>`)
    }</tr>`;
  });
  return markup`<details><summary>Lift and drag of every test sample</summary>
<div class="scroll" role="region" aria-label="Lift and drag of every test sample" tabindex="0"><table class="numbers">
<thead><tr><th scope="col">sample</th>${
    heads.map((title) => markup`<th scope="col">${title}</th>`)
  }</tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
