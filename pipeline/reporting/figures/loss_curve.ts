/**
 * The training loss over the optimizer steps, with the learning rate beneath.
 *
 * @module
 */

import { countOf, formatNumber, formatRound, powerOfTen } from "../../../format.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { LossPoint, ReportData } from "../report_data.ts";
import { chart, type ChartLibrary } from "./chart.ts";

/** Bins of the curve: some four pixels each in the wide drawing. */
const BIN_COUNT = 300;
/** The chart takes the whole width of the page. */
const WIDTH = 1080;
/**
 * Room for the labels of the y axis, equal in both charts so that their steps stand above each
 * other.
 */
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
 * Cuts the curve into at most `binCount` bins of equally many points. Losses that are not positive
 * have no place on a logarithmic axis and are left out.
 */
export function lossBins(points: readonly LossPoint[], binCount: number): LossBin[] {
  const shown = points.filter(({ loss }) => loss > 0 && Number.isFinite(loss));
  const count = Math.min(binCount, shown.length);
  return Array.from({ length: count }, (_, k) => {
    const bin = shown.slice(
      Math.floor(k * shown.length / count),
      Math.floor((k + 1) * shown.length / count),
    );
    const losses = bin.map(({ loss }) => loss);
    return {
      step: bin.reduce((sum, { step }) => sum + step, 0) / bin.length,
      low: Math.min(...losses),
      middle: Math.exp(losses.reduce((sum, loss) => sum + Math.log(loss), 0) / losses.length),
      high: Math.max(...losses),
    };
  });
}

/**
 * The loss curve: range of neighbouring steps as a band, their mean as a line, validation as dots.
 */
export function lossCurve(
  library: ChartLibrary,
  { lossCurve, validationCurve }: ReportData,
): Markup | undefined {
  const bins = lossBins(lossCurve, BIN_COUNT);
  if (bins.length === 0) return undefined;
  const validation = (validationCurve ?? []).filter(({ loss }) =>
    loss > 0 && Number.isFinite(loss)
  );
  const [first, last] = [bins[0], bins[bins.length - 1]];
  const description =
    `Training loss over ${countOf(lossCurve.length, "step")}, from ${formatNumber(first.middle)} ` +
    `to ${formatNumber(last.middle)}` +
    (validation.length > 0
      ? `; validation loss at the end ${formatNumber(validation.at(-1)?.loss ?? NaN)}`
      : "");
  const x = {
    label: "optimizer step",
    nice: false,
    domain: [0, Math.max(last.step, validation.at(-1)?.step ?? 0)],
  };
  const losses = [
    ...bins.flatMap(({ low, high }) => [low, high]),
    ...validation.map(({ loss }) => loss),
  ];
  const ticks = decadeTicks(Math.min(...losses), Math.max(...losses));
  const { Plot } = library;
  return markup`<figure>${
    chart(library, WIDTH, description, (width) => ({
      height: width === WIDTH ? 320 : 230,
      marginLeft: MARGIN_LEFT,
      marginRight: MARGIN_RIGHT,
      marginBottom: 42,
      x: { ...x, labelOffset: 38, ticks: Math.round(width / 110), labelArrow: "none" },
      y: {
        type: "log",
        ticks,
        tickFormat: logLabel,
        grid: true,
        label: "mean squared error",
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
        Plot.lineY(validation, { x: "step", y: "loss", stroke: "var(--second)", strokeWidth: 1.5 }),
        Plot.dot(validation, {
          x: "step",
          y: "loss",
          r: 3,
          fill: "var(--second)",
          stroke: "var(--page)",
        }),
      ],
    }))
  }${learningRate(library, lossCurve, x)}
<figcaption><span><span class="key key-line"></span>training, mean of neighbouring steps</span> <span><span class="key key-band"></span>their range</span>${
    validation.length > 0 && markup` <span><span class="key key-dot"></span>validation</span>`
  }</figcaption></figure>`;
}

function learningRate(
  library: ChartLibrary,
  points: readonly LossPoint[],
  x: object,
): Markup | undefined {
  const every = Math.max(1, Math.floor(points.length / BIN_COUNT));
  const rates = points.filter(({ learningRate }, k) =>
    learningRate !== undefined && k % every === 0
  );
  if (rates.length < 2) return undefined;
  const largest = Math.max(...rates.map(({ learningRate }) => learningRate ?? 0));
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

/** Powers of ten; in a range below two decades also 2 and 5 times them. */
export function decadeTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const factors = Math.log10(high / low) < 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    ticks.push(...factors.map((factor) => factor * 10 ** power));
  }
  return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}

/** `0.02`, `10⁻³` or `2·10⁻³`. */
export function logLabel(value: number): string {
  if (value >= 0.01 && value < 1e4) return formatRound(value, 1);
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const factor = Math.round(value / 10 ** exponent);
  return factor === 1 ? powerOfTen(exponent) : `${factor}·${powerOfTen(exponent)}`;
}
