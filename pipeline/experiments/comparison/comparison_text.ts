/**
 * The table of a comparison on the terminal, as JSON and as CSV.
 *
 * @module
 */

import { countOf } from "../../../format.ts";
import { textTable } from "../../reporting/tables/text_table.ts";
import type { ComparedRun, Comparison } from "./compared_run.ts";
import { type ComparisonTable, comparisonTable, type Measure } from "./comparison_table.ts";
import { type Expectation, expectations } from "./expectations.ts";
import { formatSpread } from "./spread.ts";

/** Columns of a terminal. */
const WIDTH = 80;

/** A measure with its place in the table. */
export type PlacedMeasure = Measure & { readonly at: number };

/** The measures of each group. */
export function measureGroups(
  { measures }: ComparisonTable,
): ReadonlyMap<string, readonly PlacedMeasure[]> {
  return Map.groupBy(measures.map((measure, at) => ({ ...measure, at })), ({ group }) => group);
}

/** The title of a measure, with its unit where its values do not show it. */
export function measureTitle({ name, unit, scale }: Measure): string {
  return unit === "" || scale(1).unit !== "" ? name : `${name} (${unit})`;
}

/** The cell of a row, "" for what the row does not have. */
export function measureText(
  { spreads }: ComparisonTable["rows"][number],
  measure: PlacedMeasure,
): string {
  const spread = spreads[measure.at];
  return spread === undefined ? "" : formatSpread(spread, measure.scale);
}

/** Table and expectations as text without colours. */
export function comparisonText(comparison: Comparison): string {
  const table = comparisonTable(comparison.runs);
  const parts = [...measureGroups(table)].flatMap(([group, measures]) => {
    const rows = table.rows.filter(({ spreads }) =>
      measures.some(({ at }) => spreads[at] !== undefined)
    );
    return fittingTables(measures, (shown) =>
      textTable(
        group,
        shown.map(measureTitle),
        rows.map((row) => [row.label, ...shown.map((measure) => measureText(row, measure))]),
      ));
  });
  return [
    ...parts.flatMap((lines) => [...lines, ""]),
    ...comparisonTerms(comparison).map((term) => ` ${term}`),
    "",
    ...expectations(comparison.runs).flatMap(({ claim, found, met }) => [
      `${met ? "  met   " : "  MISSED"} ${claim}:`,
      `         ${found}`,
    ]),
  ].join("\n");
}

/** What the spread is, what was equal, and what times stand for. */
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

/** How many of the expectations are missed, said first. */
export function verdict(expected: readonly Expectation[]): string {
  const missed = expected.filter(({ met }) => !met).length;
  return missed === 0
    ? `all ${countOf(expected.length, "expectation")} met`
    : `${missed} of ${countOf(expected.length, "expectation")} missed`;
}

/**
 * Everything that was found as plain data for `JSON.stringify`; `null` stands for what is not
 * defined.
 */
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

/** One line per figure of a network or baseline. */
export function comparisonCsv({ runs }: Comparison): string {
  const { measures, rows } = comparisonTable(runs);
  const lines = rows.flatMap(({ label, kind, spreads }) =>
    measures.flatMap(({ group, name, unit }, k) => {
      const spread = spreads[k];
      if (spread === undefined) return [];
      return [[
        label,
        kind,
        group,
        name,
        unit,
        spread.mean,
        spread.deviation,
        spread.values.length,
      ]];
    })
  );
  const head = ["method", "kind", "group", "measure", "unit", "mean", "deviation", "seeds"];
  return [head, ...lines].map((line) => line.map(csvValue).join(",") + "\n").join("");
}

/** A number in full, nothing for one that is not defined, and text in quotes where it must be. */
function csvValue(value: string | number): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Tables of as many columns each as fit the terminal. */
function fittingTables<Column>(
  columns: readonly Column[],
  table: (shown: readonly Column[]) => readonly string[],
): (readonly string[])[] {
  for (let count = columns.length; count > 1; count--) {
    const tables = slices(columns, count).map(table);
    if (tables.flat().every((line) => line.length <= WIDTH)) return tables;
  }
  return slices(columns, 1).map(table);
}

function slices<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, k) => items.slice(k * size, (k + 1) * size),
  );
}
