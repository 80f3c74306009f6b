/**
 * The page of a comparison or a study: charts, tables, notes and the command that repeats it.
 *
 * @module
 */

import { loadChartLibrary } from "../reporting/figures/chart.ts";
import { seriesChart, type SeriesFigure } from "../reporting/figures/series_chart.ts";
import { type Markup, markup } from "../reporting/page/markup.ts";
import { page } from "../reporting/page/page.ts";
import { numbersTable } from "../reporting/tables/numbers_table.ts";

/** A table of texts; the first column names the rows. */
export interface TextTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Contents of a page. */
export interface ResultsPage {
  /** Kind and subject, such as "Study of overlap: Darcy flow". */
  readonly title: string;
  /** Main result, as a sentence. */
  readonly finding: string;
  readonly figures: readonly SeriesFigure[];
  readonly tables: readonly TextTable[];
  /** Sentences below the tables. */
  readonly notes: readonly string[];
  /** The command that repeats it. */
  readonly command: string;
  /** Paths of the reports of single runs, by name. */
  readonly links?: ReadonlyMap<string, string> | undefined;
}

/** Renders a page as HTML without scripts or requests. Equal contents give equal text. */
export async function renderResults(contents: ResultsPage): Promise<string> {
  const library = await loadChartLibrary();
  const { title, finding, figures, tables, notes, command, links = new Map() } = contents;
  const header = markup`<header>
<p class="eyebrow">${title}</p>
<h1>${finding}</h1>
</header>`;
  const charts = figures.map((figure) => markup`<div>${seriesChart(library, figure)}</div>`);
  const paragraphs = notes.map((note) => markup`<p class="note">${note}</p>`);
  const reports = [...links].map(([name, path]) => markup`<a href="${path}">${name}</a> `);
  const main = markup`<section>
<div class="columns even">${charts}</div>
</section>
<section>
<h2>All runs</h2>
${tables.map(htmlTable)}
${paragraphs}
<p class="note">${reports}</p>
</section>
<section>
<h2>Repeat it</h2>
<pre tabindex="0"><code>${command}</code></pre>
</section>`;
  return page(title, header, main);
}

function htmlTable({ heads, rows }: TextTable): Markup {
  const body = rows.map(([name, ...texts]) => {
    const cells = texts.map((text) => markup`<td>${text}</td>`);
    return markup`<tr><th scope="row">${name}</th>${cells}</tr>`;
  });
  return numbersTable(heads[0], heads, [body]);
}
