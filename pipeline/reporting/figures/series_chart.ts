/**
 * Lines of several series on common axes.
 *
 * @module
 */

import { formatRound } from "../../../format.ts";
import { type Markup, markup, trustedMarkup } from "../page/markup.ts";
import { chart, type ChartLibrary } from "./chart.ts";

/** An axis of a chart. */
export interface SeriesAxis {
  readonly label: string;
  /** @default "linear" */
  readonly type?: "linear" | "log" | undefined;
  /** Text of a tick. @default three digits */
  readonly format?: ((value: number) => string) | undefined;
  /** Positions of the ticks. @default round values */
  readonly ticks?: readonly number[] | undefined;
}

/** One line. */
export interface Series {
  readonly name: string;
  /** By ascending x; points that an axis cannot show are left out. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Joined dots, dots alone, or a solid or dashed line without dots. @default "dots" */
  readonly mark?: "dots" | "points" | "line" | "dashes" | undefined;
  /** Index of its colour, to group series. @default its index */
  readonly color?: number | undefined;
}

/** A chart as plain data. */
export interface SeriesFigure {
  readonly title: string;
  readonly x: SeriesAxis;
  readonly y: SeriesAxis;
  readonly series: readonly Series[];
  /** A level to compare with. */
  readonly level?: { readonly y: number; readonly name: string } | undefined;
}

/** Two charts fit side by side. */
const WIDTH = 536;

/** Colours that can be told apart on light and dark pages; further series start over. */
const COLORS = [
  "var(--accent)",
  "var(--second)",
  "#4269d0",
  "#a463f2",
  "#d6457a",
  "#8a8f3c",
  "#7a8a99",
];

/** The chart with its key; undefined if no point can be shown. */
export function seriesChart(library: ChartLibrary, figure: SeriesFigure): Markup | undefined {
  const { x, y, level } = figure;
  const isOnAxis = (value: number, { type }: SeriesAxis) =>
    Number.isFinite(value) && (type !== "log" || value > 0);
  const series = figure.series.map((one, k) => ({
    ...one,
    color: COLORS[(one.color ?? k) % COLORS.length],
    points: one.points.filter((point) => isOnAxis(point.x, x) && isOnAxis(point.y, y)),
  })).filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const { Plot } = library;
  const description = `${figure.title}: ${y.label} over ${x.label}, ` +
    series.map(({ name }) => name).join(", ");
  const lines = series.flatMap(({ points, color, mark = "dots" }) => {
    const strokeDasharray = mark === "dashes" ? "6 4" : "none";
    const line = { x: "x", y: "y", stroke: color, strokeWidth: 1.8, strokeDasharray };
    return [
      mark === "points" ? null : Plot.lineY(points, line),
      mark === "line" || mark === "dashes"
        ? null
        : Plot.dot(points, { x: "x", y: "y", r: 3, fill: color }),
    ];
  });
  const drawing = chart(library, WIDTH, description, () => ({
    height: 280,
    marginLeft: 60,
    marginRight: 12,
    marginTop: 24,
    marginBottom: 42,
    x: { ...axisOptions(x), labelOffset: 38 },
    // A linear axis starts at 0, so that heights can be compared.
    y: { ...axisOptions(y), grid: true, zero: y.type !== "log" },
    marks: [
      level && Plot.ruleY([level.y], { stroke: "var(--muted)", strokeDasharray: "2 4" }),
      ...lines,
    ],
  }));
  const key = series.map(({ name, color, mark }) => {
    const line = mark === "dashes" ? "dashed" : mark === "points" ? "dotted" : "solid";
    const style = trustedMarkup(`border-top: ${mark === "points" ? 4 : 2}px ${line} ${color}`);
    return markup`<span><span class="key" style="${style}"></span>${name}</span> `;
  });
  const levelKey = level && markup`<span>dotted: ${level.name}</span>`;
  return markup`<figure><h3>${figure.title}</h3>${drawing}
<figcaption>${key}${levelKey}</figcaption></figure>`;
}

function axisOptions({ label, type = "linear", format, ticks }: SeriesAxis) {
  const tickFormat = format ?? ((value: number) => formatRound(value));
  const options = { label, type, tickFormat, labelArrow: "none" as const };
  return ticks ? { ...options, ticks: [...ticks] } : options;
}
