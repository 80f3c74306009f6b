/**
 * Maps of one sample side by side: inputs, truth, prediction and error.
 *
 * @module
 */

import {
  formatNumber,
  formatPercent,
  formatRound,
  powerOfTen,
  roundTicks,
  type Ticks,
} from "../../../format.ts";
import { type Markup, markup, trustedMarkup } from "../page/markup.ts";
import type { ReportSample } from "../report_data.ts";
import { type ColorLimits, colorLimits, errorLimits } from "./color_limits.ts";
import {
  BLUE_WHITE_RED,
  type ColorScale,
  cssGradient,
  palette,
  SLATE,
  VIRIDIS,
} from "./color_scales.ts";
import { pngDataUri } from "./png.ts";
import type { Raster } from "./raster.ts";
import { borderPath } from "./mesh_raster.ts";
import { rasterOf } from "./mesh_raster.ts";

/** Colours of a map; one more entry of the palette is transparent. */
const COLOR_COUNT = 255;
const TRANSPARENT = 255;
/**
 * A step below 1 % of the bar is not seen, and a bar takes no more than four steps at 170 pixels.
 */
const MOST_TICKS = 4;

/**
 * Most values of a field that are named one by one, such as the two permeabilities of a Darcy
 * medium.
 */
const MOST_NAMED_VALUES = 3;
/** A map flatter than this has no room for more than two labels beside it. */
const FLAT = 0.25;

/** An input with the same value on so large a share of the image shows nothing. */
const LARGEST_PLAIN_SHARE = 0.9;
/** Width of a map on a wide page, in pixels. */
const USUAL_MAP_WIDTH = 250;

/** What all maps of a sample share. */
interface MapFrame {
  readonly sample: ReportSample;
  readonly raster: Raster;
  /** Id of the drawn subdomain borders, undefined where there is one subdomain. */
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
 * of both; the error has a scale symmetric around 0, so white is exact. A scale ends before values
 * that lie far beyond all others, with an arrow. Subdomain borders are drawn over every map, y
 * points up. A mesh in 3-D is cut at the middle of its third axis and of its second.
 *
 * @param pixelBudget Most pixels per map
 */
export function fieldMaps(sample: ReportSample, pixelBudget: number): Markup {
  if (sample.dimensions !== 3) return mapsOf(sample, rasterOf(sample, pixelBudget), "");
  return markup`${
    ([[2, "z"], [1, "y"]] as const).map(([cutAxis, name]) => {
      const maps = mapsOf(sample, rasterOf({ ...sample, cutAxis }, pixelBudget), `-${name}`);
      return markup`<p class="note">Cut at the middle of ${name}</p>${maps}`;
    })
  }`;
}

/** The maps on one raster; `suffix` tells the rasters of a sample apart. */
function mapsOf(sample: ReportSample, raster: Raster, suffix: string): Markup {
  const path = borderPath(raster, sample.owner);
  const bordersId = path === ""
    ? undefined
    : `borders-${sample.label.replace(/[^a-z0-9]+/gi, "-")}${suffix}`;
  const frame = { sample, raster, bordersId };
  const inputPanels = sample.inputs.filter(({ values }) => isWorthSeeing(raster, values))
    .map((field) => inputPanel(raster, field));
  const targetRows = sample.targets.map((target) => targetPanels(raster, target));
  const clips = [...inputPanels, ...targetRows.flat()].some(({ clipsLow, clipsHigh }) =>
    clipsLow || clipsHigh
  );
  const inputs = inputPanels.map((panel) => mapFigure(frame, panel));
  const targets = targetRows.map((row) => row.map((panel) => mapFigure(frame, panel)));
  const oneRow = inputs.length === 1 && targets.length === 1;
  return markup`${bordersId && borderSymbol(bordersId, raster, path)}${
    oneRow
      ? markup`<div class="maps maps-4">${inputs}${targets}</div>`
      : markup`${inputs.length > 0 && markup`<div class="maps maps-3">${inputs}</div>`}${
        targets.map((row) => markup`<div class="maps maps-3">${row}</div>`)
      }`
  }${
    clips &&
    markup`<p class="note">Where a colour bar ends in an arrow, values lie beyond and have the colour of the end: at
either end at most 1 % of the truth, or of the errors.</p>`
  }`;
}

/** Most maps that `fieldMaps` draws. */
export function mapCount({ inputs, targets, dimensions }: ReportSample): number {
  return (inputs.length + 3 * targets.length) * (dimensions === 3 ? 2 : 1);
}

/**
 * Whether an input varies over the image: an inlet speed does not, nor do normals that are 0 off
 * the wall.
 */
function isWorthSeeing({ nodes }: Raster, values: ArrayLike<number>): boolean {
  const counts = new Map<number, number>();
  let inside = 0, most = 0;
  for (const node of nodes) {
    if (node < 0) continue;
    inside++;
    const count = (counts.get(values[node]) ?? 0) + 1;
    counts.set(values[node], count);
    most = Math.max(most, count);
  }
  return most < LARGEST_PLAIN_SHARE * inside;
}

function inputPanel(raster: Raster, field: ReportSample["inputs"][number]): MapPanel {
  const value = (node: number) => field.values[node];
  return {
    ...colorLimits(shownValues(raster, value)),
    title: "Input",
    name: field.name,
    unit: field.unit,
    scale: SLATE,
    value,
  };
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
  const description =
    `${panel.title}: ${panel.name} of sample ${sample.id}, from ${formatNumber(panel.low)} to ` +
    `${formatNumber(panel.high)}${panel.unit && ` ${panel.unit}`}` +
    (panel.clipsLow || panel.clipsHigh ? "; values beyond have the colour of the end" : "");
  return markup`<figure class="map">
<figcaption><b>${panel.title}</b> ${panel.name}</figcaption>
<div class="map-image" style="aspect-ratio:${width}/${height}">
<img src="${
    pngDataUri(imageOf(raster, panel))
  }" width="${width}" height="${height}" alt="${description}">
${bordersId && borderLines(raster, bordersId)}
</div>
${axisTicks(raster, sample.lengthUnit ?? "")}
${colorBar(raster, panel)}
</figure>`;
}

function imageOf({ width, height, nodes }: Raster, { scale, low, high, value }: MapPanel) {
  const pixels = new Uint8Array(nodes.length);
  const steps = high > low ? (COLOR_COUNT - 1) / (high - low) : 0;
  const flat = (COLOR_COUNT - 1) / 2;
  for (const [k, node] of nodes.entries()) {
    if (node < 0) pixels[k] = TRANSPARENT;
    else {pixels[k] = Math.round(
        steps > 0 ? (Math.min(Math.max(value(node), low), high) - low) * steps : flat,
      );}
  }
  const colors = new Uint8Array(3 * (COLOR_COUNT + 1));
  colors.set(palette(scale, COLOR_COUNT));
  return { width, height, pixels, palette: colors, transparent: TRANSPARENT };
}

/** The borders are drawn once per sample and used by each of its maps. */
function borderSymbol(id: string, { width, height }: Raster, path: string): Markup {
  return markup`<svg class="symbols" aria-hidden="true" viewBox="0 0 ${width} ${height}">
<defs><path id="${id}" d="${trustedMarkup(path)}"/></defs></svg>`;
}

/** Dark lines on white ones, to be seen on any colour; their width follows the width of the map. */
function borderLines({ width, height }: Raster, id: string): Markup {
  const line = (kind: string, thickness: number) =>
    markup`<use href="#${id}" class="${kind}" stroke-width="${
      (thickness * width / USUAL_MAP_WIDTH).toFixed(3)
    }"/>`;
  return markup`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">
${line("border-under", 3.7)}${line("border-over", 1.7)}</svg>`;
}

/** One axis under the map and one beside it, each named between its last two ticks. */
function axisTicks({ extent, axes, width, height }: Raster, unit: string): Markup {
  const isFlat = height < FLAT * width;
  const axis = (
    kind: "x" | "y",
    name: string,
    side: "left" | "bottom",
    low: number,
    high: number,
  ) => {
    // A flat map has no room for two.
    const ticks = kind === "y" && isFlat ? roundTicks(low, high, 1) : fewTicks(low, high);
    const shares = ticks.values.map((value) => (value - low) / (high - low));
    const [last, previous] = [shares.at(-1) ?? 0, shares.at(-2)];
    const nameShare = previous === undefined ? (last < 0.5 ? 0.75 : 0.25) : (last + previous) / 2;
    const spans = shares.map((share, k) =>
      markup`<span style="${side}:${percent(share)}">${ticks.labels[k]}</span>`
    );
    const style = `${side}:${percent(nameShare)}`;
    const note = kind === "x" && unit !== "" && markup` (${unit})`;
    return markup`<div class="${kind}-axis" aria-hidden="true">${spans}<i style="${style}">${name}${note}</i></div>`;
  };
  const { left, right, bottom, top } = extent;
  return markup`${axis("x", axes[0], "left", left, right)}${
    axis("y", axes[1], "bottom", bottom, top)
  }`;
}

function colorBar(raster: Raster, panel: MapPanel): Markup {
  const { scale, low, high, unit, value, clipsLow, clipsHigh } = panel;
  const ticks = namedValues(raster, value) ?? fewTicks(low, high);
  const share = (tick: number) => high > low ? (tick - low) / (high - low) : 0.5;
  const factor = ticks.exponent === 0 ? "" : `× ${powerOfTen(ticks.exponent)}`;
  const unitText = [factor, unit].filter((part) => part !== "").join(" ");
  const spans = ticks.values.map((tick, k) =>
    markup`<span style="left:${percent(share(tick))}">${ticks.labels[k]}</span>`
  );
  return markup`<div class="color-bar" aria-hidden="true">
<div class="${clipsLow ? "clips-low" : ""} ${clipsHigh ? "clips-high" : ""}" style="background:${
    cssGradient(scale)
  }"></div>${spans}${unitText !== "" && markup`<i>${unitText}</i>`}</div>`;
}

/** A single tick tells no length: then there are more. */
function fewTicks(low: number, high: number): Ticks {
  const ticks = roundTicks(low, high, MOST_TICKS);
  return ticks.values.length < 2 ? roundTicks(low, high, 2 * MOST_TICKS) : ticks;
}

/** The values of a field that takes few. */
function namedValues(raster: Raster, value: (node: number) => number): Ticks | undefined {
  const values = new Set<number>();
  for (const node of raster.nodes) {
    if (node >= 0) values.add(value(node));
    if (values.size > MOST_NAMED_VALUES) return undefined;
  }
  const sorted = [...values].sort((a, b) => a - b);
  return { values: sorted, labels: sorted.map((value) => formatRound(value)), exponent: 0 };
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}

/** A heading line of a sample: what it stands for, its name and its error. */
export function sampleHeading({ label, id, relativeL2 }: ReportSample): Markup {
  return markup`<h3>The ${label} test sample <span class="muted">${id} · relative L2 ${
    formatPercent(relativeL2)
  }</span></h3>`;
}
