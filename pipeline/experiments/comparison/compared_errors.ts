/**
 * The errors of several networks, seed by seed, beside the baselines.
 *
 * @module
 */

import type { ComparedRun } from "./compared_run.ts";
import { methodRow } from "./comparison_table.ts";
import { spreadOf } from "./spread.ts";
import { formatNumber, formatRound } from "../../../format.ts";
import { type Markup, markup } from "../../reporting/page/markup.ts";
import { chart, type ChartLibrary } from "../../reporting/figures/chart.ts";

/** The chart takes half of a wide page. */
const WIDTH = 528;
/** Room for the names of the rows. */
const MARGIN_LEFT = 180;

/** One row per network and baseline, one dot per seed, a bar at the mean; the axis begins at 0. */
export function comparedErrors(library: ChartLibrary, runs: readonly ComparedRun[]): Markup {
  const baselines = runs[0].metrics.filter(({ method }) => method !== "network");
  const dots = [
    ...runs.map((run) => ({
      label: run.network,
      error: methodRow(run, "network").metrics.normalisedRmse,
      kind: "network",
    })),
    ...baselines.map(({ label, metrics }) => ({
      label,
      error: metrics.normalisedRmse,
      kind: "baseline",
    })),
  ];
  const means = [...Map.groupBy(dots, ({ label }) => label)].map(([label, dots]) => ({
    label,
    error: spreadOf(dots.map(({ error }) => error)).mean,
  }));
  const description = "Normalised RMSE, mean over the seeds. " +
    means.map(({ label, error }) => `${label} ${formatNumber(error)}`).join(", ");
  const { Plot } = library;
  return markup`<figure>${
    chart(library, WIDTH, description, (width) => ({
      height: 50 + 34 * means.length,
      marginLeft: width === WIDTH ? MARGIN_LEFT : MARGIN_LEFT - 20,
      marginRight: 14,
      marginTop: 6,
      marginBottom: 40,
      color: {
        type: "ordinal" as const,
        domain: ["network", "baseline"],
        range: ["var(--accent)", "var(--muted)"],
      },
      x: {
        domain: [0, 1.05 * Math.max(...dots.map(({ error }) => error))],
        ticks: 5,
        tickFormat: (error: number) => formatRound(error),
        grid: true,
        label: "normalised RMSE",
        labelArrow: "none",
      },
      y: { domain: means.map(({ label }) => label), label: null, tickSize: 0, padding: 0.3 },
      marks: [
        Plot.tickX(means, { x: "error", y: "label", stroke: "currentColor", strokeWidth: 2 }),
        Plot.dot(dots, { x: "error", y: "label", fill: "kind", fillOpacity: 0.75, r: 4 }),
      ],
    }))
  }<figcaption>One dot per seed; the bar is the mean.</figcaption></figure>`;
}
