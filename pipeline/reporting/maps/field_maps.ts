/**
 * Maps of one sample side by side: inputs, truth, prediction and error.
 *
 * @module
 */

import { countOf, formatNumber, formatPercent, formatRound, powerOfTen } from "../../../format.ts";
import { type ShiftedTicks, shiftedTicks } from "../figures/axis_ticks.ts";
import { type Markup, markup, trustedMarkup } from "../page/markup.ts";
import type { DrawnMap, DrawnSample, DrawnView, MapWindow } from "../report_data.ts";
import { COLOR_SCALES, cssGradient } from "./color_scales.ts";

/** Steps of an axis or colour bar: as many as fit its labels at 170 pixels. */
const MAX_STEPS = 4;
/** Height over width below which a map has room for two labels only. */
const FLAT_ASPECT = 0.25;

/** Width of a map on a wide page, in pixels. */
const WIDE_MAP_WIDTH = 250;

const VIEW_TITLES: Readonly<Record<DrawnView["title"], string>> = {
  "": "",
  y: "Cut at the middle of y",
  z: "Cut at the middle of z",
  above: "Seen from above, against z",
  front: "Seen from the front, along y",
};

/** A view with the id of its subdomain borders, undefined for a single subdomain. */
interface MapFrame {
  readonly id: string;
  readonly view: DrawnView;
  readonly bordersId: string | undefined;
}

/**
 * The maps of one sample, inputs first. Truth and prediction share one viridis scale over the range
 * of both; the error has a scale symmetric around 0, so white is exact. A scale ends in an arrow if
 * a few values lie far beyond all others. Subdomain borders are drawn over every map; y points up.
 *
 * @param number Number of the sample in the page, for ids
 */
export function fieldMaps(sample: DrawnSample, number = 0): Markup {
  const { id, views, constants, omitted, notes } = sample;
  const isClipped = views.some(({ inputs, targets }) =>
    [...inputs, ...targets.flat()].some(({ clipsLow, clipsHigh }) => clipsLow || clipsHigh)
  );
  const lines = [
    ...notes,
    isClipped
      ? "A colour bar that ends in an arrow stops before the extreme values, which get the " +
        "colour of that end: at either end at most 1 % of the truth, or of the errors."
      : "",
    constants.length > 0 ? `Inputs that hardly vary here: ${constants.join(", ")}.` : "",
    omitted.length > 0 ? `${countOf(omitted.length, "more field")}: ${omitted.join(", ")}.` : "",
  ].filter((line) => line !== "");
  return markup`${views.map((view, k) => viewMaps(id, view, `${number}-${k}`))}
${lines.map((line) => markup`<p class="note">${line}</p>`)}`;
}

/** The heading of a sample: its label, name and error. */
export function sampleHeading({ label, id, relativeL2 }: DrawnSample): Markup {
  const name = label === "" ? "Test sample" : `The ${label} test sample`;
  return markup`<h3>${name}
<span class="muted">${id} · relative L2 ${formatPercent(relativeL2)}</span></h3>`;
}

function viewMaps(id: string, view: DrawnView, suffix: string): Markup {
  const { inputs, targets, borders, extent, axes } = view;
  const bordersId = borders === "" ? undefined : `borders-${suffix}`;
  const frame = { id, view, bordersId };
  const row = (maps: readonly DrawnMap[], columns: 3 | 4) => {
    const figures = maps.map((map) => mapFigure(frame, map));
    return maps.length > 0 && markup`<div class="maps maps-${columns}">${figures}</div>`;
  };
  const maps = inputs.length === 1 && targets.length === 1
    ? row([...inputs, ...targets[0]], 4)
    : [row(inputs, 3), ...targets.map((panels) => row(panels, 3))];
  const title = VIEW_TITLES[view.title];
  const { left, right, bottom, top } = extent;
  const labelNote = [axisNote(axes[0], left, right), axisNote(axes[1], bottom, top)]
    .filter((note) => note !== "").join("; ");
  return markup`<div class="view" data-extent="${[left, right, bottom, top].join(" ")}"
data-axes="${axes.join(" ")}">
<p class="place">${title}</p>${bordersId && borderSymbol(bordersId, view)}${maps}
${labelNote !== "" && markup`<p class="note">${labelNote}</p>`}</div>`;
}

/** The meaning of the labels of an axis, if they are shifted or scaled. */
function axisNote(name: string, low: number, high: number): string {
  const { exponent, shift } = shiftedTicks(low, high, MAX_STEPS);
  if (exponent === 0 && shift === 0) return "";
  const factor = exponent === 0 ? "label" : `label × ${powerOfTen(exponent)}`;
  const origin = shift === 0 ? "" : ` ${shift > 0 ? "+" : "−"} ${exactText(Math.abs(shift))}`;
  return `${name} = ${factor}${origin}`;
}

function mapFigure({ id, view, bordersId }: MapFrame, map: DrawnMap): Markup {
  const { width, height } = view;
  const { title, name, unit, low, high, clipsLow, clipsHigh, png } = map;
  const description = `${title}: ${name} of sample ${id}, from ${formatNumber(low)} to ` +
    `${formatNumber(high)}${unit && ` ${unit}`}` +
    (clipsLow || clipsHigh ? "; values beyond have the colour of the end" : "");
  const ends = `${clipsLow ? "low" : ""} ${clipsHigh ? "high" : ""}`;
  return markup`<figure class="map" data-range="${`${low} ${high}`}" data-clips="${ends}">
<figcaption><b>${title}</b> <span class="field">${name}</span>
<span class="reading"></span></figcaption>
<div class="map-image" style="aspect-ratio:${width}/${height}">
<img src="data:image/png;base64,${png}" width="${width}" height="${height}" alt="${description}">
${bordersId && borderLines(view, bordersId)}
</div>
${axes(view)}
${colorBar(map)}
</figure>`;
}

/** The borders are drawn once per sample and used by each of its maps. */
function borderSymbol(id: string, { width, height, borders }: DrawnView): Markup {
  return markup`<svg class="symbols" aria-hidden="true" viewBox="0 0 ${width} ${height}">
<defs><path id="${id}" d="${trustedMarkup(borders)}"/></defs></svg>`;
}

/** Dark lines on white ones, visible on any colour; their width is relative to that of the map. */
function borderLines({ width, height }: DrawnView, id: string): Markup {
  const line = (kind: string, thickness: number) => {
    const strokeWidth = (thickness * width / WIDE_MAP_WIDTH).toFixed(3);
    return markup`<use href="#${id}" class="${kind}" stroke-width="${strokeWidth}"/>`;
  };
  return markup`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none"
aria-hidden="true">
${line("border-under", 3.7)}${line("border-over", 1.7)}</svg>`;
}

/** An image with axes. */
interface AxesFrame {
  readonly extent: MapWindow;
  readonly axes: readonly [string, string];
  readonly width: number;
  readonly height: number;
}

/** One axis below the map and one to its left, each named between its last two ticks. */
export function axes({ extent, axes: [xName, yName], width, height }: AxesFrame): Markup {
  const { left, right, bottom, top } = extent;
  const ySteps = height < FLAT_ASPECT * width ? 1 : MAX_STEPS;
  return markup`${axis("x-axis", "left", xName, shiftedTicks(left, right, MAX_STEPS), left, right)}
${axis("y-axis", "bottom", yName, shiftedTicks(bottom, top, ySteps), bottom, top)}`;
}

function axis(
  kind: string,
  side: "left" | "bottom",
  name: string,
  { values, labels }: ShiftedTicks,
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

function colorBar({ scale, low, high, unit, labels: few, clipsLow, clipsHigh }: DrawnMap): Markup {
  const { values, labels, exponent, shift } = few === undefined
    ? shiftedTicks(low, high, MAX_STEPS)
    : fewTicks(few);
  const share = (tick: number) => high > low ? (tick - low) / (high - low) : 0.5;
  const factor = exponent === 0 ? "" : `× ${powerOfTen(exponent)}`;
  const origin = shift === 0 ? "" : `${shift > 0 ? "+" : "−"} ${exactText(Math.abs(shift))}`;
  const unitText = [factor, origin, unit].filter((part) => part !== "").join(" ");
  const spans = values.map((tick, k) =>
    markup`<span style="left:${percent(share(tick))}">${labels[k]}</span>`
  );
  const unitNote = unitText !== "" && markup`<i>${unitText}</i>`;
  const ends = `${clipsLow ? "clips-low" : ""} ${clipsHigh ? "clips-high" : ""}`;
  const gradient = cssGradient(COLOR_SCALES[scale]);
  return markup`<div class="color-bar" aria-hidden="true">
<div class="${ends}" style="background:${gradient}"></div>${spans}${unitNote}</div>`;
}

function fewTicks(values: readonly number[]): ShiftedTicks {
  return { values, labels: values.map((value) => formatRound(value)), exponent: 0, shift: 0 };
}

/** A round number with all of its digits. */
function exactText(value: number): string {
  return value < 1e15 ? value.toLocaleString("en-US", { maximumFractionDigits: 12 }) : `${value}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}
