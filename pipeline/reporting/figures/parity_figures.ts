/**
 * Predicted against true values of every output, and its errors, over all nodes of the test
 * samples.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { max, sum } from "d3-array";
import { countOf, formatNumber, formatRound } from "../../../format.ts";
import { palette, VIRIDIS } from "../maps/color_scales.ts";
import { axes } from "../maps/field_maps.ts";
import { pngDataUri } from "../maps/png.ts";
import { type Markup, markup } from "../page/markup.ts";
import type { DensityGrid, OutputDensity } from "../report_data.ts";
import { chart, type ChartLibrary } from "./chart.ts";

/** Outputs that are drawn; further ones are named. */
const MAX_OUTPUTS = 8;
const WIDTH = 700;
const MAX_BARS = 60;
const COLOR_COUNT = 64;
/** Share of the errors that the histogram may leave out at each end. */
const TAIL = 0.001;

/** A parity plot and a histogram of errors per output; undefined without outputs. */
export function parityFigures(
  library: ChartLibrary,
  outputs: readonly OutputDensity[],
): Markup | undefined {
  const filled = outputs.filter(({ errors }) => sum(errors.counts) > 0);
  if (filled.length === 0) return undefined;
  const figures = filled.slice(0, MAX_OUTPUTS).map((output) => {
    const { name, unit } = output;
    return markup`<h3>${name}${unit && ` (${unit})`}</h3>
<div class="columns parity">${parity(output)}${histogram(library, output)}</div>`;
  });
  const rest = filled.slice(MAX_OUTPUTS).map(({ name }) => name);
  const note = rest.length > 0 && markup`<p class="note">Not drawn: ${rest.join(", ")}.</p>`;
  return markup`<p class="lead">Left: predicted against true values at
${countOf(sum(filled[0].errors.counts), "node")} of all test samples, lighter where there are more
of them; on the diagonal the prediction is exact. Right: prediction minus truth.</p>
${figures}${note}`;
}

function parity({ name, parity: { low, width, bins, counts } }: OutputDensity): Markup {
  const used = usedBins(counts, bins);
  const size = used.end - used.first;
  const highest = Math.log1p(max(counts) ?? 0);
  const pixels = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      // Row 0 of the image is the upper one.
      const count = counts[(used.end - 1 - row) * bins + used.first + column];
      const level = count === 0 ? COLOR_COUNT : Math.log1p(count) / highest * (COLOR_COUNT - 1);
      pixels[row * size + column] = Math.round(level);
    }
  }
  const colors = new Uint8Array(3 * (COLOR_COUNT + 1));
  colors.set(palette(VIRIDIS, COLOR_COUNT));
  const image = { width: size, height: size, pixels, palette: colors, transparent: COLOR_COUNT };
  const [left, right] = [low + used.first * width, low + used.end * width];
  const extent = { left, right, bottom: left, top: right };
  const description = `Predicted against true ${name}, from ${formatNumber(left)} to ` +
    `${formatNumber(right)}`;
  return markup`<figure class="map">
<figcaption>predicted against true</figcaption>
<div class="map-image" style="aspect-ratio:1">
<img src="${pngDataUri(image)}" width="${size}" height="${size}" alt="${description}">
<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
<path class="diagonal" d="M0 1L1 0" vector-effect="non-scaling-stroke"/></svg>
</div>
${axes({ extent, axes: ["truth", ""], width: size, height: size })}
</figure>`;
}

function histogram(library: ChartLibrary, { name, unit, errors }: OutputDensity): Markup {
  const { Plot } = library;
  const { low, width, counts } = errors;
  const total = sum(counts);
  const { first, end, outside } = centralBins(errors, total);
  const group = Math.ceil((end - first) / MAX_BARS);
  const bars = Array.from({ length: Math.ceil((end - first) / group) }, (_, k) => {
    const start = first + k * group;
    return {
      from: low + start * width,
      to: low + (start + group) * width,
      share: sum(counts.subarray(start, start + group)) / total,
    };
  });
  const label = `error${unit && ` (${unit})`}`;
  const description = `Errors of ${name} from ${formatNumber(bars[0].from)} to ` +
    formatNumber(bars[bars.length - 1].to);
  const drawing = chart(library, WIDTH, description, (width) => ({
    height: 260,
    marginLeft: 52,
    marginBottom: 38,
    x: {
      label,
      labelArrow: "none",
      tickFormat: (value: number) => formatRound(value),
      ticks: width / 110,
    },
    y: { label: "share of nodes", labelArrow: "none", percent: true, grid: true },
    marks: [
      Plot.rectY(bars, { x1: "from", x2: "to", y: "share", fill: "var(--accent)", inset: 0.3 }),
      Plot.ruleX([0], { stroke: "currentColor" }),
    ],
  }));
  const tails = outside > 0 &&
    ` ${countOf(outside, "node")} of larger errors ${outside === 1 ? "is" : "are"} not shown.`;
  return markup`<figure>${drawing}
<figcaption>prediction minus truth.${tails}</figcaption></figure>`;
}

/** The bins that rows or columns of a square use. */
function usedBins(counts: Uint32Array, bins: number): { readonly first: number; end: number } {
  let first = bins - 1;
  let end = 1;
  counts.forEach((count, k) => {
    if (count === 0) return;
    const places = [k % bins, Math.floor(k / bins)];
    first = Math.min(first, ...places);
    end = Math.max(end, ...places.map((place) => place + 1));
  });
  return { first, end };
}

/** The bins without the tails, and the number of values in these. */
function centralBins({ counts, bins }: DensityGrid, total: number) {
  let first = 0;
  let end = bins;
  let outside = 0;
  const tail = TAIL * total;
  for (let cut = counts[0]; cut <= tail && first < end - 1; cut += counts[++first]);
  for (let cut = counts[bins - 1]; cut <= tail && end - 1 > first; cut += counts[--end - 1]);
  for (let k = 0; k < bins; k++) if (k < first || k >= end) outside += counts[k];
  return { first, end, outside };
}
