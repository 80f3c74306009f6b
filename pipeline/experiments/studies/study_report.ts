/**
 * What a study found, as a table and figures: one HTML file, JSON and CSV.
 *
 * @module
 */

import { loadChartLibrary } from "../../reporting/figures/chart.ts";
import { seriesChart, type SeriesFigure } from "../../reporting/figures/series_chart.ts";
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatRound,
  formatSeconds,
} from "../../../format.ts";
import { markup } from "../../reporting/page/markup.ts";
import { page } from "../../reporting/page/page.ts";
import { textTable } from "../../reporting/tables/text_table.ts";

/** How the numbers of a column are shown; files hold them as they are. */
const FORMATS = {
  number: formatNumber,
  /** Without zeros at the end, for settings. */
  setting: formatRound,
  count: formatCount,
  percent: formatPercent,
  bytes: formatBytes,
  seconds: formatSeconds,
};

/** A column of the table. */
export interface StudyColumn {
  /** In files. */
  readonly name: string;
  readonly title: string;
  /** Of numbers; texts are shown as they are. @default "number" */
  readonly format?: keyof typeof FORMATS | undefined;
  /** Whether to leave it out on a terminal, which is narrow. @default false */
  readonly isDetail?: boolean | undefined;
}

/** A value of the table; null where there is none. */
export type StudyValue = string | number | null;

/** Everything that a study tells. */
export interface StudyReport {
  readonly study: string;
  /** Preset or data set that was studied. */
  readonly subject: string;
  /** What was found, in a sentence. */
  readonly finding: string;
  /** The command that repeats it. */
  readonly command: string;
  /** The first column names the rows. */
  readonly columns: readonly StudyColumn[];
  /** By name of the column. */
  readonly rows: readonly Readonly<Record<string, StudyValue>>[];
  readonly figures: readonly SeriesFigure[];
  /** What the columns mean and what to mind: a sentence each. */
  readonly notes: readonly string[];
  /** Figures of the study as a whole, such as coefficients of a fit, by name with their unit. */
  readonly results?: Readonly<Record<string, number | null>> | undefined;
}

/** The study as text for `table.json`. */
export function studyJson(
  { study, subject, finding, command, columns, rows, results }: StudyReport,
): string {
  const heads = columns.map(({ name, title }) => ({ name, title }));
  return JSON.stringify(
    { study, subject, finding, command, results, columns: heads, rows },
    undefined,
    2,
  ) +
    "\n";
}

/** The table as CSV (RFC 4180) with a line of column names; empty where there is no value. */
export function studyCsv({ columns, rows }: StudyReport): string {
  const field = (value: StudyValue) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map(({ name }) => field(row[name])));
  return [columns.map(({ name }) => field(name)), ...lines].map((fields) =>
    `${fields.join(",")}\r\n`
  ).join(
    "",
  );
}

/** The table for a terminal, with the finding. */
export function studyText(report: StudyReport): string {
  const columns = report.columns.filter(({ isDetail = false }) => !isDetail);
  const [first, ...others] = columns;
  const rows = report.rows.map((row) =>
    columns.map((column) => cellText(column, row[column.name]))
  );
  return [...textTable(first.title, others.map(({ title }) => title), rows), "", report.finding]
    .join("\n");
}

/** The study as HTML text, without scripts or requests. */
export async function renderStudy(report: StudyReport): Promise<string> {
  const library = await loadChartLibrary();
  const { study, subject, finding, command, columns, rows, figures, notes } = report;
  const header = markup`<header>
<p class="eyebrow">Study of ${study}: ${subject}</p>
<h1>${finding}</h1>
</header>`;
  const main = markup`<section>
<div class="columns even">
${figures.map((figure) => markup`<div>${seriesChart(library, figure)}</div>`)}
</div>
</section>
<section>
<h2>All runs</h2>
<div class="scroll" role="region" aria-label="Table of the study" tabindex="0"><table class="numbers">
<thead><tr>${columns.map(({ title }) => markup`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${
    rows.map((row) =>
      markup`<tr>${
        columns.map((column, k) => {
          const text = cellText(column, row[column.name]);
          return k === 0 ? markup`<th scope="row">${text}</th>` : markup`<td>${text}</td>`;
        })
      }</tr>`
    )
  }</tbody></table></div>
${notes.map((note) => markup`<p class="note">${note}</p>`)}
</section>
<section>
<h2>Repeat this study</h2>
<pre tabindex="0"><code>${command}</code></pre>
</section>`;
  return page(`Study of ${study}: ${subject}`, header, main);
}

function cellText({ format = "number" }: StudyColumn, value: StudyValue): string {
  if (value === null) return "–";
  return typeof value === "string" ? value : FORMATS[format](value);
}
