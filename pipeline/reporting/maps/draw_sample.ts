/**
 * Pictures of a sample: images small enough to embed, with the values that their colours stand for.
 *
 * @module
 */

import { formatNumber } from "../../../format.ts";
import type { DrawnMap, DrawnSample, DrawnView, ReportSample } from "../report_data.ts";
import { colorLimits, errorLimits } from "./color_limits.ts";
import { COLOR_SCALES, palette } from "./color_scales.ts";
import { borderPath, pictureOf, rasterOf } from "./mesh_raster.ts";
import { encodePng } from "./png.ts";
import { isStretched, pixelValues, type Raster } from "./raster.ts";

/** Colours of a map; one more entry of the palette is transparent. */
const COLOR_COUNT = 255;
const TRANSPARENT = 255;

/** Inputs and targets that are drawn; further ones are named. */
const MAX_DRAWN_INPUTS = 8;
const MAX_DRAWN_TARGETS = 8;
/** Share of the image with one value from which an input is not worth a map. */
const MAX_CONSTANT_SHARE = 0.9;
/** Values of a field that are all labelled, such as the two permeabilities of a Darcy medium. */
const MAX_LABELLED_VALUES = 3;
/** Points of a curve over a mesh in 1-D. */
const MAX_CURVE_POINTS = 300;

const PICTURE_NOTES = {
  grid: "",
  cells: "",
  cut: "",
  surface: "Surfaces in 3-D are shown as seen from above and from the front.",
  points:
    "The mesh has no cells that can be drawn: each pixel shows its nearest node, and pixels " +
    "further than two spacings from all nodes stay blank.",
} as const;

/** Largest number of maps of a sample. */
export function mapCount({ inputs, targets, dimensions }: ReportSample): number {
  const inputCount = Math.min(inputs.length, MAX_DRAWN_INPUTS);
  const targetCount = Math.min(targets.length, MAX_DRAWN_TARGETS);
  return (inputCount + 3 * targetCount) * (dimensions === 3 ? 2 : 1);
}

/**
 * The pictures of a sample: maps of at most `maxPixels` pixels each, for a mesh in 3-D in two
 * views, and for a mesh in 1-D curves.
 */
export function drawSample(sample: ReportSample, maxPixels: number): DrawnSample {
  const { label, id, relativeL2, dimensions, wallPressure } = sample;
  const shown = {
    ...sample,
    inputs: sample.inputs.slice(0, MAX_DRAWN_INPUTS),
    targets: sample.targets.slice(0, MAX_DRAWN_TARGETS),
  };
  const rest = [
    ...sample.inputs.slice(MAX_DRAWN_INPUTS),
    ...sample.targets.slice(MAX_DRAWN_TARGETS),
  ].map(({ name }) => name);
  const drawn = { label, id, relativeL2, wallPressure };
  if (dimensions === 1) {
    const curves = curvesOf(shown);
    return { ...drawn, views: [], curves, omitted: rest, constants: [], notes: [] };
  }
  const picture = pictureOf(sample);
  const views = dimensions === 3
    ? [
      viewOf(shown, { ...sample, cutAxis: 2 }, maxPixels, picture === "surface" ? "above" : "z"),
      viewOf(shown, { ...sample, cutAxis: 1 }, maxPixels, picture === "surface" ? "front" : "y"),
    ]
    : [viewOf(shown, sample, maxPixels, "")];
  const isConstant = (name: string) =>
    views.every(({ inputs }) => inputs.every((input) => input.name !== name));
  const constants = shown.inputs.filter(({ name }) => isConstant(name)).map(rangeText);
  const stretchedNote = "The axes have different scales.";
  const notes = [
    PICTURE_NOTES[picture],
    views.some(({ isStretched }) => isStretched) ? stretchedNote : "",
  ].filter((note) => note !== "");
  return { ...drawn, views, curves: [], omitted: rest, constants, notes };
}

/** Estimated size of a drawn sample in a page, in bytes. */
export function drawnBytes({ views, curves }: DrawnSample): number {
  const maps = views.flatMap(({ inputs, targets, borders }) => [
    ...[...inputs, ...targets.flat()].map(({ png }) => png.length + 2500),
    borders.length,
  ]);
  return [...maps, ...curves.map(({ x }) => 80 * x.length)].reduce((sum, size) => sum + size, 0);
}

function viewOf(
  { inputs, targets, owner }: ReportSample,
  mesh: Parameters<typeof rasterOf>[0],
  maxPixels: number,
  title: DrawnView["title"],
): DrawnView {
  const raster = rasterOf(mesh, maxPixels);
  const { width, height, extent, axes } = raster;
  const inputMaps = inputs.map((input) => ({ input, pixels: pixelValues(raster, input.values) }))
    .filter(({ pixels }) => isWorthDrawing(pixels))
    .map(({ input: { name, unit, values }, pixels }) =>
      mapOf(raster, pixels, {
        title: "Input",
        name,
        unit,
        scale: "greys",
        ...colorLimits(insideOf(pixels)),
        labels: fewValues(raster, values),
      })
    );
  return {
    title,
    width,
    height,
    extent,
    axes,
    isStretched: isStretched(raster),
    borders: borderPath(raster, owner),
    inputs: inputMaps,
    targets: targets.map((target) => targetMaps(raster, target)),
  };
}

function targetMaps(
  raster: Raster,
  { name, unit, truth, predicted }: ReportSample["targets"][number],
): DrawnMap[] {
  const trueValues = pixelValues(raster, truth);
  const predictedValues = pixelValues(raster, predicted);
  const errors = predictedValues.map((value, pixel) => value - trueValues[pixel]);
  const limits = colorLimits(insideOf(trueValues), insideOf(predictedValues));
  const shared = { name, unit, scale: "viridis", ...limits } as const;
  return [
    mapOf(raster, trueValues, { ...shared, title: "Truth", labels: fewValues(raster, truth) }),
    mapOf(raster, predictedValues, {
      ...shared,
      title: "Prediction",
      labels: fewValues(raster, predicted),
    }),
    mapOf(raster, errors, {
      name,
      unit,
      title: "Error",
      scale: "blueWhiteRed",
      ...errorLimits(insideOf(errors)),
      labels: undefined,
    }),
  ];
}

function insideOf(pixels: Float64Array): Float64Array {
  const inside = pixels.filter((value) => !Number.isNaN(value));
  // A mesh may lie between the centers of all pixels.
  return inside.length > 0 ? inside : Float64Array.of(0);
}

/**
 * Whether an input varies over the image: an inlet speed does not, nor do normals, which are 0 off
 * the wall.
 */
function isWorthDrawing(pixels: Float64Array): boolean {
  const counts = new Map<number, number>();
  let insideCount = 0;
  let largestCount = 0;
  for (const value of pixels) {
    if (Number.isNaN(value)) continue;
    insideCount++;
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    largestCount = Math.max(largestCount, count);
  }
  return largestCount < MAX_CONSTANT_SHARE * insideCount;
}

/** The values of the nodes of an image, if they are few. */
function fewValues({ nodes }: Raster, field: ArrayLike<number>): readonly number[] | undefined {
  const values = new Set<number>();
  for (const node of nodes) {
    if (node >= 0) values.add(field[node]);
    if (values.size > MAX_LABELLED_VALUES) return undefined;
  }
  return [...values].sort((a, b) => a - b);
}

function mapOf(
  { width, height }: Raster,
  values: Float64Array,
  map: Omit<DrawnMap, "png">,
): DrawnMap {
  const { low, high, scale } = map;
  // Interpolated values, and those of a shared scale, may lie beyond the few of the nodes.
  const isComplete = map.labels?.at(0) === low && map.labels.at(-1) === high;
  const last = COLOR_COUNT - 1;
  const pixels = Uint8Array.from(values, (value) => {
    if (Number.isNaN(value)) return TRANSPARENT;
    if (!(high > low)) return Math.round(last / 2);
    return Math.round((Math.min(Math.max(value, low), high) - low) * (last / (high - low)));
  });
  const colors = new Uint8Array(3 * (COLOR_COUNT + 1));
  colors.set(palette(COLOR_SCALES[scale], COLOR_COUNT));
  const image = { width, height, pixels, palette: colors, transparent: TRANSPARENT };
  const labels = isComplete ? map.labels : undefined;
  return { ...map, labels, png: encodePng(image).toBase64() };
}

/** `inlet (m/s) = 31.2` or `normal: 0 to 1`. */
function rangeText({ name, unit, values }: ReportSample["inputs"][number]): string {
  let low = Infinity;
  let high = -Infinity;
  for (let node = 0; node < values.length; node++) {
    low = Math.min(low, values[node]);
    high = Math.max(high, values[node]);
  }
  const range = low === high ? formatNumber(low) : `${formatNumber(low)} to ${formatNumber(high)}`;
  return `${name} = ${range}${unit && ` ${unit}`}`;
}

/** The fields over a mesh in 1-D, by ascending position. */
function curvesOf({ position, inputs, targets }: ReportSample): DrawnSample["curves"] {
  const order = Uint32Array.from({ length: position.length }, (_, node) => node)
    .sort((a, b) => position[a] - position[b]);
  const stride = Math.max(1, Math.ceil(order.length / MAX_CURVE_POINTS));
  const nodes = order.filter((_, k) => k % stride === 0 || k === order.length - 1);
  const at = (values: ArrayLike<number>) => Array.from(nodes, (node) => values[node]);
  const x = at(position);
  return [
    ...inputs.map(({ name, unit, values }) => ({
      name,
      unit,
      x,
      truth: at(values),
      predicted: undefined,
    })),
    ...targets.map(({ name, unit, truth, predicted }) => ({
      name,
      unit,
      x,
      truth: at(truth),
      predicted: at(predicted),
    })),
  ];
}
