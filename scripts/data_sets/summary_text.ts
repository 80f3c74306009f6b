/**
 * The summary of a data set for people.
 *
 * @module
 */

import { countOf, formatCount, formatRound, MINUS } from "../../format.ts";
import type { DataSummary, FieldSummary } from "../../pipeline/datasets/imports/data_summary.ts";

/** Digits of coordinates and ranges. */
const DIGITS = 5;
/** Names of a split that are shown. */
const MAX_NAMES = 12;
/** Minimum width of the first column. */
const LABEL_WIDTH = 12;

/** A summary as lines of text. */
export function summaryText(summary: DataSummary): string {
  const { title, format, meshes, cases, dimensions, spacing, origin } = summary;
  const lines: (readonly [string, string])[] = [
    ["nodes", rangeText(summary.nodes, formatCount)],
    ["dimensions", `${dimensions.count}: ${dimensions.reason}`],
    ["box", boxText(summary)],
    ["spacing", rangeText(spacing, (value) => formatRound(value, DIGITS))],
  ];
  if (origin) {
    lines.push([
      "origin",
      `(${origin.map((value) => coordinateText(value, 12)).join(", ")}): float32 holds positions ` +
      "only relative to it",
    ]);
  }
  lines.push(...pointLines(summary));
  lines.push(["cells", cellsText(summary)]);
  for (const role of ["input", "target", undefined] as const) {
    for (const field of summary.fields.filter((field) => field.role === role)) {
      lines.push([role ?? "field", fieldText(field)]);
    }
  }
  if (summary.missingTargets > 0) {
    lines.push(["missing", `targets at ${countOf(summary.missingTargets, "node")}`]);
  }
  lines.push(...leftOutLines(summary));
  for (const [split, ids] of Object.entries(summary.splits)) {
    lines.push([split, ids.length === 0 ? "none" : `${ids.length}: ${namesText(ids)}`]);
  }
  for (const note of summary.notes) lines.push(["note", note]);
  const plural = meshes === 1 ? "mesh" : "meshes";
  const name = `${title}: ${formatCount(meshes)} ${plural} (${format})`;
  const head = cases === meshes ? name : `${name} of ${countOf(cases, "case")}`;
  const width = Math.max(LABEL_WIDTH, ...lines.map(([label]) => label.length + 2));
  return [head, ...lines.map(([label, text]) => `  ${label.padEnd(width)}${text}`)].join("\n");
}

/**
 * The command to type after the conversion of a data set to `path`.
 *
 * @param preset Name of the preset that trains on such data, if there is one
 */
export function nextCommand(
  { fields, splits }: DataSummary,
  path: string,
  preset?: string,
): string {
  if ((splits.train ?? []).length === 0) {
    return `deno task predict RUN ${path} --out predicted.zarr`;
  }
  if (preset !== undefined) return `deno task pipeline ${preset} --store ${path}`;
  return fields.some(({ role }) => role === "target")
    ? `deno task train ${path}`
    : "the same with --inputs and --targets, arrays that a network reads and predicts";
}

function rangeText(
  { least, median, most }: DataSummary["nodes"],
  format: (value: number) => string,
): string {
  if (least === most || format(least) === format(most)) return format(median);
  return `${format(least)} to ${format(most)}, median ${format(median)}`;
}

function boxText({ box: { low, high } }: DataSummary): string {
  const digits = (k: number) => {
    const size = Math.max(Math.abs(low[k]), Math.abs(high[k]));
    const extent = high[k] - low[k];
    return extent > 0 ? DIGITS + Math.max(0, Math.ceil(Math.log10(size / extent))) : DIGITS;
  };
  return low.map((value, k) =>
    `${coordinateText(value, digits(k))} to ${coordinateText(high[k], digits(k))}`
  ).join(" × ");
}

/** A coordinate, which is no power of ten however far it is. */
function coordinateText(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size < 1e7 || size >= 1e15) return formatRound(value + 0, digits);
  const rounded = Number(value.toPrecision(Math.min(digits, 17)));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 9 }).replace("-", MINUS);
}

function pointLines({ points, nodes, meshes }: DataSummary): (readonly [string, string])[] {
  const { orphans, merged, coincident, ghostPoints, ghostCells } = points;
  const lines: (readonly [string, string])[] = [];
  const add = (count: number, text: string) => {
    if (count > 0) lines.push(["points", text]);
  };
  const perMesh = meshes === 1 ? ` of ${formatCount(nodes.most + orphans)}` : "";
  const belong = orphans === 1 ? "belongs" : "belong";
  add(orphans, `${formatCount(orphans)}${perMesh} ${belong} to no cell: left out`);
  add(merged, `${formatCount(merged)} stored twice with equal values: merged`);
  add(
    coincident,
    `${formatCount(coincident)} at the place of another with other values, as at a cut: kept`,
  );
  add(ghostPoints, `${formatCount(ghostPoints)} hidden or copies of other pieces: left out`);
  if (ghostCells > 0) {
    lines.push(["cells", `${formatCount(ghostCells)} hidden or copies of other pieces: left out`]);
  }
  return lines;
}

function cellsText({ cells, nodePlace }: DataSummary): string {
  const counts = Object.entries(cells).map(([name, count]) =>
    countOf(count, name).replace(/hedrons$/, "hedra").replace(/vertexs$/, "vertices")
  );
  if (counts.length === 0) return "none: a cloud of points";
  return nodePlace === "points" ? counts.join(", ") : `${counts.join(", ")}; nodes at the centres`;
}

function fieldText(field: FieldSummary): string {
  const { name, array, place, unit, components, offset, categories } = field;
  const parts = [
    name === array ? name : `${name} (array "${array}")`,
    countOf(components, "component"),
    categories
      ? `1 at ${categories.join(", ")}, else 0`
      : field.low.map((low, k) => rangeOf(low, field.high[k])).join("; "),
  ];
  if (unit !== "") parts.push(unit);
  if (place !== "point") parts.push(PLACES[place] ?? place);
  if (offset) parts.push(`stored relative to ${offset.join(", ")}`);
  return parts.join(", ");
}

const PLACES: Readonly<Record<string, string>> = {
  cell: "of the cells",
  file: "one value per file",
  time: "time of the sample",
};

function rangeOf(low: number, high: number): string {
  if (low === high) return formatRound(low, DIGITS);
  const size = Math.max(Math.abs(low), Math.abs(high));
  const digits = DIGITS + Math.max(0, Math.ceil(Math.log10(size / (high - low))));
  // Adding 0 makes -0 the usual one.
  return `${formatRound(low + 0, digits)} to ${formatRound(high + 0, digits)}`;
}

/** The arrays that are no fields, those without a reason of their own in one line. */
function leftOutLines({ leftOut }: DataSummary): (readonly [string, string])[] {
  const byReason = Map.groupBy(leftOut, ({ reason }) => reason);
  return [...byReason].map(([reason, arrays]) => [
    "left out",
    `${namesText(arrays.map(({ array }) => array))}: ${reason}`,
  ]);
}

function namesText(names: readonly string[]): string {
  if (names.length <= MAX_NAMES) return names.join(", ");
  return `${names.slice(0, MAX_NAMES - 1).join(", ")}, ... ${names.at(-1)}`;
}
