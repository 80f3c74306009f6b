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
  /** Where ticks stand. @default at round values */
  readonly ticks?: readonly number[] | undefined;
}

/** One line. */
export interface Series {
  readonly name: string;
  /** By ascending x; those that an axis has no place for are left out. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Dots that are joined or not, or only the line that joins them. @default "dots" */
  readonly mark?: "dots" | "apart" | "line" | "dashes" | undefined;
  /** Number of its colour, for series that belong together. @default its place */
  readonly color?: number | undefined;
}

/** A chart in plain data. */
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

/** Colours that keep apart on light and dark pages; series after the last start over. */
const COLORS = [
  "var(--accent)",
  "var(--second)",
  "#4269d0",
  "#a463f2",
  "#d6457a",
  "#8a8f3c",
  "#7a8a99",
];

/** The chart with its key; undefined where no point can be shown. */
export function seriesChart(library: ChartLibrary, figure: SeriesFigure): Markup | undefined {
  const { x, y, level } = figure;
  const hasPlace = (value: number, { type }: SeriesAxis) =>
    Number.isFinite(value) && (type !== "log" || value > 0);
  const series = figure.series.map((one, k) => ({
    ...one,
    color: COLORS[(one.color ?? k) % COLORS.length],
    points: one.points.filter((point) => hasPlace(point.x, x) && hasPlace(point.y, y)),
  })).filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const { Plot } = library;
  const axis = (
    { label, type = "linear", format = (value) => formatRound(value), ticks }: SeriesAxis,
  ) => ({
    label,
    type,
    tickFormat: format,
    labelArrow: "none" as const,
    ...(ticks && { ticks: [...ticks] }),
  });
  const description = `${figure.title}: ${y.label} over ${x.label}, ` +
    `${series.map(({ name }) => name).join(", ")}`;
  return markup`<figure><h3>${figure.title}</h3>${
    chart(library, WIDTH, description, () => ({
      height: 280,
      marginLeft: 60,
      marginRight: 12,
      marginTop: 24,
      marginBottom: 42,
      x: { ...axis(x), labelOffset: 38 },
      // A linear axis starts at 0, so that heights can be compared.
      y: { ...axis(y), grid: true, ...(y.type !== "log" && { zero: true }) },
      marks: [
        ...(level
          ? [Plot.ruleY([level.y], { stroke: "var(--muted)", strokeDasharray: "2 4" })]
          : []),
        ...series.flatMap(({ points, color, mark = "dots" }) => [
          ...(mark === "apart" ? [] : [Plot.lineY(points, {
            x: "x",
            y: "y",
            stroke: color,
            strokeWidth: 1.8,
            ...(mark === "dashes" && { strokeDasharray: "6 4" }),
          })]),
          ...(mark === "dots" || mark === "apart"
            ? [Plot.dot(points, { x: "x", y: "y", r: 3, fill: color })]
            : []),
        ]),
      ],
    }))
  }<figcaption>${
    series.map(({ name, color, mark }) => {
      const line = mark === "dashes" ? "dashed" : mark === "apart" ? "dotted" : "solid";
      const style = `border-top: ${mark === "apart" ? 4 : 2}px ${line} ${color}`;
      return markup`<span><span class="key" style="${trustedMarkup(style)}"></span>${name}</span> `;
    })
  }${level && markup`<span>dotted: ${level.name}</span>`}</figcaption></figure>`;
}
