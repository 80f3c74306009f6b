/**
 * A comparison as text for the terminal, as JSON and as CSV.
 *
 * @module
 */

import { countOf } from "../../../format.ts";
import { formatCsv } from "../../../io/tables/csv.ts";
import { textTable } from "../../reporting/tables/text_table.ts";
import type { TextTable } from "../results_page.ts";
import type { ComparedRun, Comparison } from "./compared_run.ts";
import {
  type ComparisonRow,
  type ComparisonTable,
  comparisonTable,
  type Measure,
} from "./comparison_table.ts";
import { type Expectation, expectations } from "./expectations.ts";
import { formatSpread } from "./spread.ts";

/** Width of a terminal. */
const MAX_WIDTH = 80;

/** The table of each group of measures, with the rows that have any of them. */
export function groupTables({ measures, rows }: ComparisonTable): TextTable[] {
  const placed = measures.map((measure, at) => ({ measure, at }));
  const groups = Map.groupBy(placed, ({ measure }) => measure.group);
  return [...groups].map(([group, columns]) => ({
    heads: [group, ...columns.map(({ measure }) => measureTitle(measure))],
    rows: rows.filter(({ spreads }) => columns.some(({ at }) => spreads[at] !== undefined)).map(
      (row) => [row.label, ...columns.map(({ measure, at }) => spreadText(row, measure, at))],
    ),
  }));
}

/** The title of a measure, with its unit where the values do not show it. */
function measureTitle({ name, unit, scale }: Measure): string {
  return unit === "" || scale(1).unit !== "" ? name : `${name} (${unit})`;
}

function spreadText({ spreads }: ComparisonRow, { scale }: Measure, at: number): string {
  const spread = spreads[at];
  return spread === undefined ? "" : formatSpread(spread, scale);
}

/** Tables and expectations as text without colours. */
export function comparisonText(comparison: Comparison): string {
  const tables = groupTables(comparisonTable(comparison.runs)).flatMap(fittingTables);
  const outcomes = expectations(comparison.runs).flatMap(({ claim, found, met }) => [
    `${met ? "  met   " : "  MISSED"} ${claim}:`,
    `         ${found}`,
  ]);
  return [
    ...tables.flatMap((lines) => [...lines, ""]),
    ...comparisonTerms(comparison).map((term) => ` ${term}`),
    "",
    ...outcomes,
  ].join("\n");
}

/** Seeds, steps and machine of a comparison. */
export function comparisonTerms({ runs, coreCount }: Comparison): string[] {
  const [first] = runs;
  const seedCount = new Set(runs.map(({ seed }) => seed)).size;
  return [
    seedCount > 1
      ? `mean ± standard deviation over ${countOf(seedCount, "seed")}`
      : "one seed, so without a spread",
    `${countOf(first.losses.length, "step")} each`,
    `times on ${countOf(coreCount, "core")} (${first.device})`,
  ];
}

/** The number of expectations that are missed. */
export function verdict(expected: readonly Expectation[]): string {
  const missed = expected.filter(({ met }) => !met).length;
  const total = countOf(expected.length, "expectation");
  return missed === 0 ? `all ${total} met` : `${missed} of ${total} missed`;
}

/** The comparison as plain data for `JSON.stringify`; `null` stands for undefined figures. */
export function comparisonJson({ title, command, coreCount, runs }: Comparison): unknown {
  const { measures, rows } = comparisonTable(runs);
  return {
    title,
    command,
    coreCount,
    rows: rows.map(({ label, kind, spreads }) => ({
      label,
      kind,
      figures: measures.flatMap(({ group, name, unit }, k) => {
        const spread = spreads[k];
        return spread === undefined ? [] : [{ group, name, unit, ...spread }];
      }),
    })),
    expectations: expectations(runs),
    runs: runs.map(runJson),
  };
}

function runJson({ metrics: _, losses, ...run }: ComparedRun) {
  return { ...run, steps: losses.length, finalLoss: losses.at(-1) };
}

/** The comparison as CSV: one line per figure of a network or baseline. */
export function comparisonCsv({ runs }: Comparison): string {
  const { measures, rows } = comparisonTable(runs);
  const number = (value: number) => Number.isFinite(value) ? String(value) : "";
  const lines = rows.flatMap(({ label, kind, spreads }) =>
    measures.flatMap(({ group, name, unit }, k) => {
      const spread = spreads[k];
      if (spread === undefined) return [];
      const { mean, deviation, values } = spread;
      const figures = [number(mean), number(deviation), String(values.length)];
      return [[label, kind, group, name, unit, ...figures]];
    })
  );
  const head = ["method", "kind", "group", "measure", "unit", "mean", "deviation", "seeds"];
  return formatCsv([head, ...lines]);
}

/** A table split into tables whose columns fit the terminal. */
function fittingTables({ heads: [title, ...heads], rows }: TextTable): (readonly string[])[] {
  const part = (start: number, count: number) =>
    textTable(
      title,
      heads.slice(start, start + count),
      rows.map(([name, ...texts]) => [name, ...texts.slice(start, start + count)]),
    );
  for (let count = heads.length;; count--) {
    const partCount = Math.ceil(heads.length / count);
    const tables = Array.from({ length: partCount }, (_, k) => part(k * count, count));
    const fits = tables.flat().every((line) => line.length <= MAX_WIDTH);
    if (fits || count === 1) return tables;
  }
}
