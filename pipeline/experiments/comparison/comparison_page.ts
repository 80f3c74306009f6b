/**
 * The page of a comparison: its table and the training losses.
 *
 * @module
 */

import { lossBins } from "../../reporting/figures/loss_curve.ts";
import type { SeriesFigure } from "../../reporting/figures/series_chart.ts";
import { renderResults } from "../results_page.ts";
import { type ComparedRun, type Comparison, runsByNetwork } from "./compared_run.ts";
import { comparisonTable } from "./comparison_table.ts";
import { comparisonTerms, groupTables, verdict } from "./comparison_text.ts";
import { expectations, GRAPH_CONVOLUTION } from "./expectations.ts";

/** Bins of a loss curve: few enough to distinguish curves that fluctuate from step to step. */
const BIN_COUNT = 100;

const NOTES = [
  "RMSE is the root of the mean squared error over all nodes, samples and outputs, in physical " +
  "units; normalised RMSE is the same for targets with standard deviation 1 over the training " +
  "set. Relative L2 is ‖prediction − truth‖ / ‖truth‖, and normalised MSE follows AirfRANS: both " +
  "are means over the samples.",
  "All networks have the same samples, nodes, steps and seeds; " +
  `${GRAPH_CONVOLUTION} has its own edges and learning rate.`,
];

/**
 * Renders a comparison as HTML without scripts or requests. Equal comparisons give equal text.
 *
 * @param linkOf Path of the report of a run, relative to the page
 */
export async function renderComparison(
  comparison: Comparison,
  linkOf: (run: ComparedRun) => string,
): Promise<string> {
  const { title, command, runs } = comparison;
  const expected = expectations(runs);
  const outcomes = expected.map(({ claim, found, met }) =>
    `${met ? "Met" : "Missed"}: ${claim}; ${found}.`
  );
  return await renderResults({
    title: `Networks compared: ${title}`,
    finding: `${runsByNetwork(runs).size} networks on equal terms: ${verdict(expected)}.`,
    figures: [lossFigure(runs)],
    tables: groupTables(comparisonTable(runs)),
    notes: [...outcomes, `${comparisonTerms(comparison).join("; ")}.`, ...NOTES],
    command,
    links: new Map(runs.map((run) => [`${run.network}, seed ${run.seed}`, linkOf(run)])),
  });
}

/** The training loss of each network with the first seed. */
function lossFigure(runs: readonly ComparedRun[]): SeriesFigure {
  const firsts = runs.filter(({ seed }) => seed === runs[0].seed);
  return {
    title: `Training loss, seed ${runs[0].seed}`,
    x: { label: "optimizer step" },
    y: { label: "loss", type: "log" },
    series: firsts.map(({ network, losses }, k) => ({
      name: network,
      // The curves of networks that should agree coincide: a dashed line shows the one below it.
      mark: k % 2 === 1 ? "dashes" : "line",
      points: lossBins(losses.map((loss, step) => ({ step: step + 1, loss })), BIN_COUNT)
        .map(({ step, middle }) => ({ x: step, y: middle })),
    })),
  };
}
