/**
 * The training loss over the optimizer steps, with the learning rate beneath it.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { max, mean, min } from "d3-array";
import { countOf, formatNumber, formatPercent, formatRound } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { LossPoint, ReportData, ValidationCurve } from "../report_data.ts";
import { logLabel, logTicks } from "./axis_ticks.ts";
import { chart, type ChartLibrary } from "./chart.ts";

/** Bins of the curve: about four pixels each in the wide drawing. */
const BIN_COUNT = 300;
/** The chart takes the full width of the page. */
const WIDTH = 1080;
/** Room for the labels of the y axis, equal in both charts so that their steps are aligned. */
const MARGIN_LEFT = 52;
const MARGIN_RIGHT = 8;

/** The losses of neighbouring steps. */
export interface LossBin {
  readonly step: number;
  readonly low: number;
  /** Geometric mean, which is the mean on a logarithmic axis. */
  readonly middle: number;
  readonly high: number;
}

/**
 * Splits the curve into at most `binCount` bins with equal numbers of points. Losses that are not
 * positive have no place on a logarithmic axis and are left out.
 */
export function lossBins(points: readonly LossPoint[], binCount: number): LossBin[] {
  const shown = points.filter(({ loss }) => loss > 0 && Number.isFinite(loss));
  const count = Math.min(binCount, shown.length);
  return Array.from({ length: count }, (_, k) => {
    const bin = shown.slice(
      Math.floor(k * shown.length / count),
      Math.floor((k + 1) * shown.length / count),
    );
    return {
      step: mean(bin, ({ step }) => step)!,
      low: min(bin, ({ loss }) => loss)!,
      middle: Math.exp(mean(bin, ({ loss }) => Math.log(loss))!),
      high: max(bin, ({ loss }) => loss)!,
    };
  });
}

/** The loss curve: range of neighbouring steps as a band, their mean as a line. */
export function lossCurve(
  library: ChartLibrary,
  { lossCurve, settings, validation }: ReportData,
): Markup | undefined {
  const bins = lossBins(lossCurve, BIN_COUNT);
  if (bins.length === 0) return undefined;
  const first = bins[0];
  const last = bins[bins.length - 1];
  const description =
    `Training loss over ${countOf(lossCurve.length, "step")}, from ${formatNumber(first.middle)} ` +
    `to ${formatNumber(last.middle)}`;
  const x = { label: "optimizer step", nice: false, domain: [0, last.step] };
  const lowest = Math.min(...bins.map(({ low }) => low));
  const highest = Math.max(...bins.map(({ high }) => high));
  const { Plot } = library;
  const losses = chart(library, WIDTH, description, (width) => ({
    height: width === WIDTH ? 320 : 230,
    marginLeft: MARGIN_LEFT,
    marginRight: MARGIN_RIGHT,
    marginBottom: 42,
    x: { ...x, labelOffset: 38, ticks: Math.round(width / 110), labelArrow: "none" },
    y: {
      type: "log",
      ticks: logTicks(lowest, highest),
      tickFormat: logLabel,
      grid: true,
      label: `mean squared error${settings.gradientLoss ? " and gradient loss" : ""}`,
      labelArrow: "none",
    },
    marks: [
      Plot.areaY(bins, {
        x: "step",
        y1: "low",
        y2: "high",
        fill: "var(--accent)",
        fillOpacity: 0.18,
      }),
      Plot.lineY(bins, { x: "step", y: "middle", stroke: "var(--accent)", strokeWidth: 2 }),
    ],
  }));
  const errors = validation && validationCurve(library, validation, x);
  return markup`<figure>${losses}${errors}${learningRate(library, lossCurve, x)}
<figcaption><span><span class="key key-line"></span>training, mean of neighbouring steps</span>
<span><span class="key key-band"></span>their range</span></figcaption></figure>`;
}

/** The relative L2 on validation samples, with the model that was retained. */
function validationCurve(
  library: ChartLibrary,
  { points, keptStep }: ValidationCurve,
  x: object,
): Markup | undefined {
  const shown = points.filter(({ relativeL2 }) => relativeL2 > 0 && Number.isFinite(relativeL2));
  if (shown.length === 0) return undefined;
  const errors = shown.map(({ relativeL2 }) => relativeL2);
  const retained = shown.filter(({ step }) => step === keptStep);
  const last = formatPercent(errors[errors.length - 1]);
  const { Plot } = library;
  return chart(library, WIDTH, `Relative L2 on validation samples, at the end ${last}`, () => ({
    height: 170,
    marginLeft: MARGIN_LEFT,
    marginRight: MARGIN_RIGHT,
    marginTop: 24,
    marginBottom: 12,
    x: { ...x, axis: null },
    y: {
      type: "log",
      ticks: logTicks(Math.min(...errors), Math.max(...errors)),
      tickFormat: formatPercent,
      grid: true,
      label: "relative L2 on validation samples, the retained model marked",
      labelArrow: "none",
    },
    marks: [
      Plot.lineY(shown, { x: "step", y: "relativeL2", stroke: "var(--accent)", strokeWidth: 2 }),
      Plot.dot(shown, { x: "step", y: "relativeL2", r: 2, fill: "var(--accent)" }),
      Plot.dot(retained, { x: "step", y: "relativeL2", r: 6, stroke: "currentColor" }),
    ],
  }));
}

function learningRate(
  library: ChartLibrary,
  points: readonly LossPoint[],
  x: object,
): Markup | undefined {
  const stride = Math.max(1, Math.floor(points.length / BIN_COUNT));
  const rates = points.filter(({ learningRate }, k) =>
    learningRate !== undefined && k % stride === 0
  );
  if (rates.length < 2) return undefined;
  const largest = max(rates, ({ learningRate }) => learningRate) ?? 0;
  return chart(library, WIDTH, `Learning rate, at most ${formatNumber(largest)}`, () => ({
    height: 64,
    marginLeft: MARGIN_LEFT,
    marginRight: MARGIN_RIGHT,
    marginTop: 20,
    marginBottom: 8,
    x: { ...x, axis: null },
    y: {
      label: "learning rate",
      labelArrow: "none",
      domain: [0, largest],
      ticks: [0, largest],
      tickFormat: (rate: number) => formatRound(rate, 2),
    },
    marks: [
      library.Plot.lineY(rates, {
        x: "step",
        y: "learningRate",
        stroke: "var(--muted)",
        strokeWidth: 1.5,
      }),
    ],
  }));
}
