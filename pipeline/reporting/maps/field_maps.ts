/**
 * Maps of one sample side by side: inputs, truth, prediction and error.
 *
 * @module
 */

import { formatNumber, formatPercent, formatRound, powerOfTen } from "../../../format.ts";
import { linearTicks, type Ticks } from "../figures/axis_ticks.ts";
import { type Markup, markup, trustedMarkup } from "../page/markup.ts";
import type { ReportSample } from "../report_data.ts";
import { type ColorLimits, colorLimits, errorLimits } from "./color_limits.ts";
import {
  BLUE_WHITE_RED,
  type ColorScale,
  cssGradient,
  GREYS,
  palette,
  VIRIDIS,
} from "./color_scales.ts";
import { borderPath, rasterOf } from "./mesh_raster.ts";
import { type IndexedImage, pngDataUri } from "./png.ts";
import type { Raster } from "./raster.ts";

/** Colours of a map; one more entry of the palette is transparent. */
const COLOR_COUNT = 255;
const TRANSPARENT = 255;

/** Steps of an axis or colour bar: as many as fit its labels at 170 pixels. */
const MAX_STEPS = 4;
/** Values of a field that are all labelled, such as the two permeabilities of a Darcy medium. */
const MAX_LABELLED_VALUES = 3;
/** Height over width below which a map has room for two labels only. */
const FLAT_ASPECT = 0.25;

/** Share of the image with one value from which an input is not worth a map. */
const MAX_CONSTANT_SHARE = 0.9;
/** Width of a map on a wide page, in pixels. */
const WIDE_MAP_WIDTH = 250;

/** Context that the maps of a sample share. */
interface MapFrame {
  readonly sample: ReportSample;
  readonly raster: Raster;
  /** Id of the drawn subdomain borders, undefined for a single subdomain. */
  readonly bordersId: string | undefined;
}

/** One map. */
interface MapPanel extends ColorLimits {
  readonly title: string;
  readonly name: string;
  readonly unit: string;
  readonly scale: ColorScale;
  readonly value: (node: number) => number;
}

/**
 * The maps of one sample, inputs first. Truth and prediction share one viridis scale over the range
 * of both; the error has a scale symmetric around 0, so white is exact. A scale ends in an arrow if
 * a few values lie far beyond all others. Subdomain borders are drawn over every map; y points up.
 * A mesh in 3-D is cut at the middle of its third axis and of its second.
 *
 * @param maxPixels Pixels per map
 */
export function fieldMaps(sample: ReportSample, maxPixels: number): Markup {
  if (sample.dimensions !== 3) return mapsOf(sample, rasterOf(sample, maxPixels), "");
  const cut = (cutAxis: 1 | 2, name: string) => {
    const maps = mapsOf(sample, rasterOf({ ...sample, cutAxis }, maxPixels), `-${name}`);
    return markup`<p class="note">Cut at the middle of ${name}</p>${maps}`;
  };
  return markup`${cut(2, "z")}${cut(1, "y")}`;
}

/** Largest number of maps that `fieldMaps` draws. */
export function mapCount({ inputs, targets, dimensions }: ReportSample): number {
  return (inputs.length + 3 * targets.length) * (dimensions === 3 ? 2 : 1);
}

/** The heading of a sample: its label, name and error. */
export function sampleHeading({ label, id, relativeL2 }: ReportSample): Markup {
  const error = formatPercent(relativeL2);
  return markup`<h3>The ${label} test sample
<span class="muted">${id} · relative L2 ${error}</span></h3>`;
}

/** The maps on one raster; `suffix` distinguishes the rasters of a sample. */
function mapsOf(sample: ReportSample, raster: Raster, suffix: string): Markup {
  const path = borderPath(raster, sample.owner);
  const id = `borders-${sample.label.replace(/[^a-z0-9]+/gi, "-")}${suffix}`;
  const bordersId = path === "" ? undefined : id;
  const frame = { sample, raster, bordersId };
  const inputPanels = sample.inputs.filter(({ values }) => isWorthDrawing(raster, values))
    .map((field) => inputPanel(raster, field));
  const targetRows = sample.targets.map((target) => targetPanels(raster, target));
  const panels = [...inputPanels, ...targetRows.flat()];
  const isClipped = panels.some(({ clipsLow, clipsHigh }) => clipsLow || clipsHigh);
  const row = (panels: readonly MapPanel[], columns: 3 | 4) => {
    const figures = panels.map((panel) => mapFigure(frame, panel));
    return panels.length > 0 && markup`<div class="maps maps-${columns}">${figures}</div>`;
  };
  const maps = inputPanels.length === 1 && targetRows.length === 1
    ? row(panels, 4)
    : [row(inputPanels, 3), ...targetRows.map((panels) => row(panels, 3))];
  const note = isClipped && markup`<p class="note">
A colour bar that ends in an arrow stops before the extreme values, which get the colour of that
end: at either end at most 1 % of the truth, or of the errors.</p>`;
  return markup`${bordersId && borderSymbol(bordersId, raster, path)}${maps}${note}`;
}

/**
 * Whether an input varies over the image: an inlet speed does not, nor do normals, which are 0 off
 * the wall.
 */
function isWorthDrawing({ nodes }: Raster, values: ArrayLike<number>): boolean {
  const counts = new Map<number, number>();
  let insideCount = 0;
  let largestCount = 0;
  for (const node of nodes) {
    if (node < 0) continue;
    insideCount++;
    const count = (counts.get(values[node]) ?? 0) + 1;
    counts.set(values[node], count);
    largestCount = Math.max(largestCount, count);
  }
  return largestCount < MAX_CONSTANT_SHARE * insideCount;
}

function inputPanel(
  raster: Raster,
  { name, unit, values }: ReportSample["inputs"][number],
): MapPanel {
  const value = (node: number) => values[node];
  const limits = colorLimits(shownValues(raster, value));
  return { ...limits, title: "Input", name, unit, scale: GREYS, value };
}

function targetPanels(
  raster: Raster,
  { name, unit, truth, predicted }: ReportSample["targets"][number],
): MapPanel[] {
  const trueValue = (node: number) => truth[node];
  const predictedValue = (node: number) => predicted[node];
  const error = (node: number) => predicted[node] - truth[node];
  const limits = colorLimits(shownValues(raster, trueValue), shownValues(raster, predictedValue));
  const shared = { name, unit, ...limits, scale: VIRIDIS };
  return [
    { ...shared, title: "Truth", value: trueValue },
    { ...shared, title: "Prediction", value: predictedValue },
    {
      name,
      unit,
      title: "Error",
      scale: BLUE_WHITE_RED,
      value: error,
      ...errorLimits(shownValues(raster, error)),
    },
  ];
}

/** One value per pixel inside the mesh. */
function shownValues({ nodes }: Raster, value: (node: number) => number): Float64Array {
  return Float64Array.from(nodes.filter((node) => node >= 0), value);
}

function mapFigure({ sample, raster, bordersId }: MapFrame, panel: MapPanel): Markup {
  const { width, height } = raster;
  const { title, name, unit, low, high, clipsLow, clipsHigh } = panel;
  const description = `${title}: ${name} of sample ${sample.id}, from ${formatNumber(low)} to ` +
    `${formatNumber(high)}${unit && ` ${unit}`}` +
    (clipsLow || clipsHigh ? "; values beyond have the colour of the end" : "");
  const source = pngDataUri(imageOf(raster, panel));
  return markup`<figure class="map">
<figcaption><b>${title}</b> ${name}</figcaption>
<div class="map-image" style="aspect-ratio:${width}/${height}">
<img src="${source}" width="${width}" height="${height}" alt="${description}">
${bordersId && borderLines(raster, bordersId)}
</div>
${axes(raster)}
${colorBar(raster, panel)}
</figure>`;
}

function imageOf(
  { width, height, nodes }: Raster,
  { scale, low, high, value }: MapPanel,
): IndexedImage {
  const pixels = new Uint8Array(nodes.length);
  const last = COLOR_COUNT - 1;
  const color = (node: number) => {
    if (!(high > low)) return Math.round(last / 2);
    const clipped = Math.min(Math.max(value(node), low), high);
    return Math.round((clipped - low) * (last / (high - low)));
  };
  // A truth that is not known has no colour.
  const isEmpty = (node: number) => node < 0 || Number.isNaN(value(node));
  for (const [k, node] of nodes.entries()) pixels[k] = isEmpty(node) ? TRANSPARENT : color(node);
  const colors = new Uint8Array(3 * (COLOR_COUNT + 1));
  colors.set(palette(scale, COLOR_COUNT));
  return { width, height, pixels, palette: colors, transparent: TRANSPARENT };
}

/** The borders are drawn once per sample and used by each of its maps. */
function borderSymbol(id: string, { width, height }: Raster, path: string): Markup {
  return markup`<svg class="symbols" aria-hidden="true" viewBox="0 0 ${width} ${height}">
<defs><path id="${id}" d="${trustedMarkup(path)}"/></defs></svg>`;
}

/** Dark lines on white ones, visible on any colour; their width is relative to that of the map. */
function borderLines({ width, height }: Raster, id: string): Markup {
  const line = (kind: string, thickness: number) => {
    const strokeWidth = (thickness * width / WIDE_MAP_WIDTH).toFixed(3);
    return markup`<use href="#${id}" class="${kind}" stroke-width="${strokeWidth}"/>`;
  };
  return markup`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none"
aria-hidden="true">
${line("border-under", 3.7)}${line("border-over", 1.7)}</svg>`;
}

/** One axis below the map and one to its left, each named between its last two ticks. */
function axes({ extent, axes: [xName, yName], width, height }: Raster): Markup {
  const { left, right, bottom, top } = extent;
  const ySteps = height < FLAT_ASPECT * width ? 1 : MAX_STEPS;
  return markup`${axis("x-axis", "left", xName, linearTicks(left, right, MAX_STEPS), left, right)}
${axis("y-axis", "bottom", yName, linearTicks(bottom, top, ySteps), bottom, top)}`;
}

function axis(
  kind: string,
  side: "left" | "bottom",
  name: string,
  { values, labels }: Ticks,
  low: number,
  high: number,
): Markup {
  const shares = values.map((value) => (value - low) / (high - low));
  const spans = shares.map((share, k) =>
    markup`<span style="${side}:${percent(share)}">${labels[k]}</span>`
  );
  const last = shares.at(-1) ?? 0;
  const previous = shares.at(-2) ?? (last < 0.5 ? 1.5 - last : 0.5 - last);
  const style = `${side}:${percent((last + previous) / 2)}`;
  return markup`<div class="${kind}" aria-hidden="true">
${spans}<i style="${style}">${name}</i></div>`;
}

function colorBar(raster: Raster, panel: MapPanel): Markup {
  const { scale, low, high, unit, value, clipsLow, clipsHigh } = panel;
  const { values, labels, exponent } = fewValues(raster, value) ??
    linearTicks(low, high, MAX_STEPS);
  const share = (tick: number) => high > low ? (tick - low) / (high - low) : 0.5;
  const factor = exponent === 0 ? "" : `× ${powerOfTen(exponent)}`;
  const unitText = [factor, unit].filter((part) => part !== "").join(" ");
  const spans = values.map((tick, k) =>
    markup`<span style="left:${percent(share(tick))}">${labels[k]}</span>`
  );
  const unitNote = unitText !== "" && markup`<i>${unitText}</i>`;
  const ends = `${clipsLow ? "clips-low" : ""} ${clipsHigh ? "clips-high" : ""}`;
  return markup`<div class="color-bar" aria-hidden="true">
<div class="${ends}" style="background:${cssGradient(scale)}"></div>${spans}${unitNote}</div>`;
}

/** The values of a field that has only a few. */
function fewValues(raster: Raster, value: (node: number) => number): Ticks | undefined {
  const values = new Set<number>();
  for (const node of raster.nodes) {
    if (node >= 0) values.add(value(node));
    if (values.size > MAX_LABELLED_VALUES) return undefined;
  }
  const sorted = [...values].sort((a, b) => a - b);
  return { values: sorted, labels: sorted.map((value) => formatRound(value)), exponent: 0 };
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}
