/**
 * The report of a comparison: one HTML file with the expectations, the table and two figures.
 *
 * @module
 */

import { type ChartLibrary, loadChartLibrary } from "../../reporting/figures/chart.ts";
import { comparedErrors } from "./compared_errors.ts";
import { comparedLosses } from "./compared_losses.ts";
import { countOf, formatNumber, formatPercent, formatSeconds } from "../../../format.ts";
import { type Markup, markup } from "../../reporting/page/markup.ts";
import { page } from "../../reporting/page/page.ts";
import { type ComparedRun, type Comparison, runsByNetwork } from "./compared_run.ts";
import { type ComparisonTable, comparisonTable } from "./comparison_table.ts";
import {
  baselineMargin,
  errorRatio,
  type Expectation,
  expectations,
  GRAPH_CONVOLUTION,
  SINGLE_RANK,
} from "./expectations.ts";
import {
  comparisonTerms,
  measureGroups,
  measureText,
  measureTitle,
  type PlacedMeasure,
  verdict,
} from "./comparison_text.ts";

/**
 * The report as HTML text, without scripts or requests. The same comparison gives the same text.
 *
 * @param linkOf Where the report of a run is, from this one
 */
export async function renderComparison(
  comparison: Comparison,
  linkOf: (run: ComparedRun) => string,
): Promise<string> {
  const library = await loadChartLibrary();
  const expected = expectations(comparison.runs);
  return page(
    `${comparison.title}, networks compared`,
    header(comparison, expected),
    markup`${expectationsSection(expected)}
${figuresSection(library, comparison)}
${tableSection(comparison)}
${runsSection(comparison, linkOf)}`,
  );
}

function header({ title, runs }: Comparison, expected: readonly Expectation[]): Markup {
  const networks = countOf(runsByNetwork(runs).size, "network");
  return markup`<header>
<p class="eyebrow">${title}</p>
<h1>${networks} on equal terms: ${verdict(expected)}.</h1>
<dl class="figures">${
    keyFigures(runs).map(([name, value, note]) =>
      markup`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`
    )
  }</dl>
</header>`;
}

/** What one looks for first: how far ranks and networks are apart. */
function keyFigures(
  runs: readonly ComparedRun[],
): (readonly [name: string, value: string, note: string])[] {
  const networks = runsByNetwork(runs);
  const single = networks.get(SINGLE_RANK);
  const ratios = [...networks].filter(([network]) =>
    single !== undefined && network !== SINGLE_RANK
  )
    .map(([network, runs]) =>
      [
        `RMSE of ${network}`,
        `${formatNumber(errorRatio(runs, single ?? runs), 4)} ×`,
        `that of ${SINGLE_RANK}`,
      ] as const
    );
  const [label, first] = [...networks][0];
  const { share, baseline } = baselineMargin(first, "rmse");
  return [
    ...ratios,
    [
      `${label} against baselines`,
      `${share < 0 ? "+" : ""}${formatPercent(-share)}`,
      baseline.toLowerCase(),
    ],
    ["seeds", String(first.length), countOf(first[0].losses.length, "step")],
  ];
}

function expectationsSection(expected: readonly Expectation[]): Markup {
  return markup`<section>
<h2>Expectations</h2>
${
    expected.map(({ claim, found, met }) =>
      markup`<p class="certify ${met ? "passed" : "failed"}"><b>${
        met ? "" : "Missed: "
      }${claim}.</b>
${upperFirst(found)}.</p>`
    )
  }
</section>`;
}

function figuresSection(library: ChartLibrary, { runs }: Comparison): Markup {
  return markup`<section>
<h2>Errors and losses</h2>
<div class="columns even">
<div><h3>Error on the test samples</h3>${comparedErrors(library, runs)}</div>
<div><h3>Training loss</h3>${comparedLosses(library, runs)}</div>
</div>
</section>`;
}

function tableSection(comparison: Comparison): Markup {
  const table = comparisonTable(comparison.runs);
  const notes = [
    `${upperFirst(comparisonTerms(comparison).join("; "))}.`,
    "RMSE is the root of the mean squared error over all nodes, samples and outputs, in " +
    "physical units;",
    "normalised RMSE the same for targets of deviation 1 over the training set.",
    "Relative L2 is ‖prediction − truth‖ / ‖truth‖, and normalised MSE as AirfRANS " +
    "tabulates it: means over the samples.",
    `Samples, nodes, steps and seeds are the same for all; ${GRAPH_CONVOLUTION} has edges ` +
    "and a learning rate of its own.",
  ];
  return markup`<section>
<h2>All figures</h2>
${[...measureGroups(table)].map(([group, measures]) => groupTable(table, group, measures))}
<p class="note">${notes.join(" ")}</p>
</section>`;
}

function groupTable(
  { rows }: ComparisonTable,
  group: string,
  measures: readonly PlacedMeasure[],
): Markup {
  const shown = rows.filter(({ spreads }) => measures.some(({ at }) => spreads[at] !== undefined));
  return markup`<div class="scroll" role="region" aria-label="${group}" tabindex="0"><table class="numbers">
<thead><tr><th scope="col">${group}</th>${
    measures.map((measure) => markup`<th scope="col">${measureTitle(measure)}</th>`)
  }</tr></thead>
<tbody>${
    shown.map((row) =>
      markup`<tr class="${row.kind}"><th scope="row">${row.label}</th>${
        measures.map((measure) => markup`<td>${measureText(row, measure)}</td>`)
      }</tr>`
    )
  }</tbody></table></div>`;
}

function runsSection({ command, runs }: Comparison, linkOf: (run: ComparedRun) => string): Markup {
  return markup`<section>
<h2>Repeat this comparison</h2>
<pre tabindex="0"><code>${command}</code></pre>
<dl class="settings">${
    runs.map((run) =>
      markup`<div><dt><a href="${linkOf(run)}">${run.network}, seed ${run.seed}</a></dt><dd>${
        formatSeconds(run.seconds)
      }</dd></div>`
    )
  }</dl>
</section>`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
