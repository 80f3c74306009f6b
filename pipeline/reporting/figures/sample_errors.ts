/**
 * The relative error of every test sample: the network beside the baselines.
 *
 * @module
 */

import { formatPercent, formatRound, NARROW_SPACE, roundTicks } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { MetricsRow } from "../report_data.ts";
import { chart, type ChartLibrary } from "./chart.ts";

/** With more samples than this, dots would not fit their row and become ticks. */
const MOST_DOTS = 150;

/** The chart takes the wider column beside the border errors. */
const WIDTH = 700;
/** Steps of the axis where no two round powers lie within it. */
const MOST_CLOSE_TICKS = 5;
/** Marks stand this far below the middle of their row, so that its name has a line of its own. */
const DROP = 9;

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
  const means = rows.map(({ label, method, metrics }) => ({
    label,
    method,
    mean: metrics.relativeL2.mean,
  }))
    .filter(({ mean }) => mean > 0);
  const description = "Relative L2 of every test sample. Mean: " +
    means.map(({ label, mean }) => `${label} ${formatPercent(mean)}`).join(", ");
  const errors = marks.map(({ relativeL2 }) => relativeL2);
  const domain = [Math.min(...errors) / 1.15, Math.max(...errors) * 1.15];
  const color = {
    type: "ordinal" as const,
    domain: ["network", "nearestSample", "trainingMean"],
    range: ["var(--accent)", "var(--muted)", "var(--muted)"],
  };
  const { Plot } = library;
  const dots = marks.length / rows.length <= MOST_DOTS;
  return markup`<figure>${
    chart(library, WIDTH, description, () => ({
      height: 44 + 72 * rows.length,
      marginLeft: 12,
      marginRight: 12,
      marginTop: 8,
      marginBottom: 36,
      color,
      x: {
        type: "log",
        domain,
        ticks: percentTicks(domain[0], domain[1]),
        tickFormat: (share: number) => `${formatRound(100 * share)}${NARROW_SPACE}%`,
        grid: true,
        label: "relative L2",
        labelArrow: "none",
      },
      fy: { domain: rows.map(({ label }) => label), axis: null, padding: 0.05 },
      marks: [
        dots
          ? Plot.dot(
            marks,
            Plot.dodgeY("middle", {
              x: "relativeL2",
              fy: "label",
              fill: "method",
              r: 3.2,
              dy: DROP,
            }),
          )
          : Plot.tickX(marks, {
            x: "relativeL2",
            fy: "label",
            stroke: "method",
            strokeOpacity: 0.35,
            inset: 14,
          }),
        Plot.tickX(means, {
          x: "mean",
          fy: "label",
          stroke: "currentColor",
          strokeWidth: 2,
          inset: 17,
          dy: DROP,
        }),
        Plot.text(means, {
          x: domain[0],
          fy: "label",
          text: "label",
          frameAnchor: "top-left",
          textAnchor: "start",
          fontSize: 12,
          fontWeight: 600,
          fill: "currentColor",
        }),
      ],
    }))
  }<figcaption>One ${
    dots ? "dot" : "line"
  } per test sample; the bar is the mean.</figcaption></figure>`;
}

/** Round shares: 1, 2 or 5 times a power of ten, or where errors hardly differ at equal steps. */
function percentTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  const factors = high / low > 1e3 ? [1] : [1, 2, 5];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    ticks.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  }
  const within = ticks.filter((tick) => tick >= low && tick <= high);
  return within.length < 2 ? [...roundTicks(low, high, MOST_CLOSE_TICKS).values] : within;
}
