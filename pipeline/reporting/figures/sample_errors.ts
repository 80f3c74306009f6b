/**
 * The relative error of every test sample: the network next to the baselines.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { max, min } from "d3-array";
import { formatPercent, formatRound, NARROW_SPACE } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import { linearTicks, logTicks } from "./axis_ticks.ts";
import { chart, type ChartLibrary } from "./chart.ts";

/** With more samples, dots would not fit their row and become ticks. */
const MAX_DOTS = 150;
/** The chart takes the wider column next to the border errors. */
const WIDTH = 700;
/** Steps of the axis where the errors differ too little for two logarithmic ticks. */
const MAX_LINEAR_STEPS = 5;
/** Distance of the marks below the middle of their row, so that its name has its own line. */
const DROP = 9;
const METHOD_COLORS = {
  type: "ordinal",
  domain: ["network", "nearestSample", "trainingMean", "pointwise"],
  range: ["var(--accent)", "var(--muted)", "var(--muted)", "var(--muted)"],
} as const;

/** One row per method, one mark per sample on a logarithmic axis, a bar at the mean. */
export function sampleErrors(
  library: ChartLibrary,
  rows: readonly MetricsRow[],
): Markup | undefined {
  const marks = rows.flatMap(({ label, method, metrics }) =>
    metrics.relativeL2.samples.flatMap(({ relativeL2 }) =>
      relativeL2 !== undefined && relativeL2 > 0 ? [{ label, method, relativeL2 }] : []
    )
  );
  if (marks.length === 0) return undefined;
  const means = rows.map(({ label, metrics }) => ({ label, mean: metrics.relativeL2.mean }))
    .filter(({ mean }) => mean > 0);
  const description = "Relative L2 of every test sample. Mean: " +
    means.map(({ label, mean }) => `${label} ${formatPercent(mean)}`).join(", ");
  const low = min(marks, ({ relativeL2 }) => relativeL2)! / 1.15;
  const high = max(marks, ({ relativeL2 }) => relativeL2)! * 1.15;
  const { Plot } = library;
  const areDots = marks.length / rows.length <= MAX_DOTS;
  const samples = areDots
    ? Plot.dot(
      marks,
      Plot.dodgeY("middle", { x: "relativeL2", fy: "label", fill: "method", r: 3.2, dy: DROP }),
    )
    : Plot.tickX(marks, {
      x: "relativeL2",
      fy: "label",
      stroke: "method",
      strokeOpacity: 0.35,
      inset: 14,
    });
  const drawing = chart(library, WIDTH, description, () => ({
    height: 44 + 72 * rows.length,
    marginLeft: 12,
    marginRight: 12,
    marginTop: 8,
    marginBottom: 36,
    color: { ...METHOD_COLORS },
    x: {
      type: "log",
      domain: [low, high],
      ticks: errorTicks(low, high),
      tickFormat: (share: number) => `${formatRound(100 * share)}${NARROW_SPACE}%`,
      grid: true,
      label: "relative L2",
      labelArrow: "none",
    },
    fy: { domain: rows.map(({ label }) => label), axis: null, padding: 0.05 },
    marks: [
      samples,
      Plot.tickX(means, {
        x: "mean",
        fy: "label",
        stroke: "currentColor",
        strokeWidth: 2,
        inset: 17,
        dy: DROP,
      }),
      Plot.text(means, {
        x: low,
        fy: "label",
        text: "label",
        frameAnchor: "top-left",
        textAnchor: "start",
        fontSize: 12,
        fontWeight: 600,
        fill: "currentColor",
      }),
    ],
  }));
  const mark = areDots ? "dot" : "line";
  return markup`<figure>${drawing}
<figcaption>One ${mark} per test sample; the bar is the mean.</figcaption></figure>`;
}

/** Logarithmic ticks, or equal steps where the errors differ too little for two of them. */
function errorTicks(low: number, high: number): readonly number[] {
  const ticks = logTicks(low, high, 3);
  return ticks.length < 2 ? linearTicks(low, high, MAX_LINEAR_STEPS).values : ticks;
}
