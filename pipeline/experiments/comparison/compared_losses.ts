/**
 * The training losses of several networks over the steps.
 *
 * @module
 */

import type { ComparedRun } from "./compared_run.ts";
import { countOf, formatNumber } from "../../../format.ts";
import { type Markup, markup } from "../../reporting/page/markup.ts";
import { chart, type ChartLibrary } from "../../reporting/figures/chart.ts";
import { decadeTicks, logLabel, lossBins } from "../../reporting/figures/loss_curve.ts";

/** The chart takes half of a wide page. */
const WIDTH = 528;
/** Bins of a curve: few enough to tell curves apart that differ from step to step. */
const BIN_COUNT = 100;

/**
 * Lines that can be told apart where they lie on each other: the first is broad, the next are thin
 * and dashed.
 */
const LINES = [
  { stroke: "var(--accent)", strokeWidth: 5, strokeOpacity: 0.35 },
  { stroke: "var(--accent)", strokeWidth: 1.75 },
  { stroke: "var(--text)", strokeWidth: 1.5, strokeDasharray: "5 4" },
  { stroke: "var(--second)", strokeWidth: 1.75 },
];

/** One line per network: the geometric mean of neighbouring steps, of its first seed. */
export function comparedLosses(
  library: ChartLibrary,
  runs: readonly ComparedRun[],
): Markup | undefined {
  const firsts = runs.filter(({ seed }) => seed === runs[0].seed);
  const curves = firsts.map(({ network, losses }, k) => ({
    network,
    line: LINES[k % LINES.length],
    bins: lossBins(losses.map((loss, k) => ({ step: k + 1, loss })), BIN_COUNT),
  })).filter(({ bins }) => bins.length > 0);
  if (curves.length === 0) return undefined;
  const middles = curves.flatMap(({ bins }) => bins.map(({ middle }) => middle));
  const description =
    `Training loss over ${countOf(firsts[0].losses.length, "step")}, at the end ` +
    curves.map(({ network, bins }) => `${network} ${formatNumber(bins.at(-1)!.middle)}`).join(", ");
  const { Plot } = library;
  return markup`<figure>${
    chart(library, WIDTH, description, (width) => ({
      height: 254,
      marginLeft: 52,
      marginRight: 8,
      marginBottom: 40,
      x: {
        label: "optimizer step",
        nice: false,
        ticks: Math.round(width / 110),
        labelArrow: "none",
      },
      y: {
        type: "log",
        ticks: decadeTicks(Math.min(...middles), Math.max(...middles)),
        tickFormat: logLabel,
        grid: true,
        label: "mean squared error",
        labelArrow: "none",
      },
      marks: curves.map(({ bins, line }) => Plot.lineY(bins, { x: "step", y: "middle", ...line })),
    }))
  }<figcaption>${
    curves.map(({ network, line }) => markup`<span>${lineKey(line)}${network}</span> `)
  }
Mean of neighbouring steps${
    new Set(runs.map(({ seed }) => seed)).size > 1 && `, seed ${runs[0].seed}`
  }.</figcaption></figure>`;
}

/** A piece of the line, as a small drawing: style attributes would not know the dashes. */
function lineKey(line: typeof LINES[number]): Markup {
  return markup`<svg class="key" width="18" height="8" aria-hidden="true"><line x1="0" x2="18" y1="4" y2="4" stroke="${line.stroke}" stroke-width="${line.strokeWidth}" stroke-opacity="${
    line.strokeOpacity ?? 1
  }" stroke-dasharray="${line.strokeDasharray ?? "none"}"/></svg>`;
}
