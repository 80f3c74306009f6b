/**
 * The report of a study: a table and figures, as HTML, JSON, CSV and text.
 *
 * @module
 */

import {
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatRound,
  formatSeconds,
} from "../../../format.ts";
import { formatCsv } from "../../../io/tables/csv.ts";
import type { Series, SeriesFigure } from "../../reporting/figures/series_chart.ts";
import { textTable } from "../../reporting/tables/text_table.ts";
import { renderResults } from "../results_page.ts";

/** Formats of the numbers of a column; files hold all digits. */
const FORMATS = {
  number: formatNumber,
  /** Without trailing zeros, for settings. */
  setting: formatRound,
  count: formatCount,
  percent: formatPercent,
  bytes: formatBytes,
  seconds: formatSeconds,
};

/** A column of the table. */
export interface StudyColumn {
  /** Name in files. */
  readonly name: string;
  readonly title: string;
  /** Format of numbers; texts are shown as they are. @default "number" */
  readonly format?: keyof typeof FORMATS | undefined;
  /** Whether to hide it on a terminal, which is narrow. @default false */
  readonly isDetail?: boolean | undefined;
}

/** A value of the table; null if missing. */
export type StudyValue = string | number | null;

/** A row of the table by name of the column. */
export type StudyRow = Readonly<Record<string, StudyValue>>;

/** The results of a study. */
export interface StudyReport {
  readonly study: string;
  /** Preset or data set that was studied. */
  readonly subject: string;
  /** Main result, as a sentence. */
  readonly finding: string;
  /** The command that repeats the study. */
  readonly command: string;
  /** The first column names the rows. */
  readonly columns: readonly StudyColumn[];
  readonly rows: readonly StudyRow[];
  readonly figures: readonly SeriesFigure[];
  /** Sentences on the columns and the method. */
  readonly notes: readonly string[];
  /** Figures of the complete study, such as coefficients of a fit, by name with their unit. */
  readonly results?: Readonly<Record<string, number | null>> | undefined;
}

/**
 * One series for each value of a column.
 *
 * @param by Column of the groups
 * @param nameOf Name of the series of a value
 */
export function seriesBy(
  rows: readonly StudyRow[],
  by: string,
  nameOf: (value: StudyValue) => string,
  [x, y]: readonly [x: string, y: string],
): Series[] {
  const point = (row: StudyRow) => ({ x: Number(row[x] ?? NaN), y: Number(row[y] ?? NaN) });
  return [...Map.groupBy(rows, (row) => row[by])].map(([value, rows]) => ({
    name: nameOf(value),
    points: rows.map(point).toSorted((a, b) => a.x - b.x),
  }));
}

/** Formats a study as the text of `table.json`. */
export function studyJson(
  { study, subject, finding, command, columns, rows, results }: StudyReport,
): string {
  const heads = columns.map(({ name, title }) => ({ name, title }));
  const contents = { study, subject, finding, command, results, columns: heads, rows };
  return `${JSON.stringify(contents, undefined, 2)}\n`;
}

/** Formats the table as CSV; missing values are empty. */
export function studyCsv({ columns, rows }: StudyReport): string {
  const names = columns.map(({ name }) => name);
  return formatCsv([names, ...rows.map((row) => names.map((name) => String(row[name] ?? "")))]);
}

/** Formats the table and the finding for a terminal. */
export function studyText(report: StudyReport): string {
  const columns = report.columns.filter(({ isDetail = false }) => !isDetail);
  const [first, ...heads] = columns.map(({ title }) => title);
  return [...textTable(first, heads, cellTexts(columns, report)), "", report.finding].join("\n");
}

/** Renders a study as HTML without scripts or requests. */
export async function renderStudy(report: StudyReport): Promise<string> {
  const { study, subject, columns } = report;
  const heads = columns.map(({ title }) => title);
  return await renderResults({
    ...report,
    title: `Study of ${study}: ${subject}`,
    tables: [{ heads, rows: cellTexts(columns, report) }],
  });
}

function cellTexts(columns: readonly StudyColumn[], { rows }: StudyReport): string[][] {
  return rows.map((row) =>
    columns.map(({ name, format = "number" }) => {
      const value = row[name];
      if (value === null) return "–";
      return typeof value === "string" ? value : FORMATS[format](value);
    })
  );
}
