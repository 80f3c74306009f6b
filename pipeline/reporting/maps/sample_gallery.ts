/**
 * The choice of the samples that a report shows, within a size.
 *
 * @module
 */

import type { SampleError } from "../metrics/metrics.ts";
import type { DrawnSample, ReportSample } from "../report_data.ts";
import { pictureOf } from "./mesh_raster.ts";
import { drawnBytes, drawSample, mapCount } from "./draw_sample.ts";

/** Size of all pictures in the page: with the rest, it stays below 3 MB. */
export const MAX_PICTURE_BYTES = 2 * 2 ** 20;
/** Share of it for each of the first samples: median, worst and best. */
const FIRST_SHARE = 0.25;
const FIRST_COUNT = 3;
const MAX_SAMPLES = 100;
/** Pixels of one map, of a sample, and of a map of the further samples at least. */
const MAX_MAP_PIXELS = 120_000;
const MAX_SAMPLE_PIXELS = 800_000;
const MIN_MAP_PIXELS = 6000;
/** The same of meshes without cells, whose pixels search for their nodes. */
const MAX_POINT_PIXELS = 10_000;
/** Nodes of the further samples, which bound the time to draw them. */
const MAX_NODES = 3_000_000;
/** Growth of the bytes per pixel from larger pictures to smaller ones. */
const DETAIL_GROWTH = 1.6;

/** A sample to draw. */
interface ChosenSample {
  readonly number: number;
  readonly label: string;
}

/**
 * The pictures of the median, the worst and the best sample, then of the others in their order, as
 * long as they fit `maxBytes`.
 *
 * @param read Reads a sample by its number
 */
export async function sampleGallery(
  samples: readonly SampleError[],
  read: (chosen: ChosenSample) => Promise<ReportSample>,
  maxBytes = MAX_PICTURE_BYTES,
): Promise<DrawnSample[]> {
  const chosen = chosenSamples(samples);
  const drawn: DrawnSample[] = [];
  let bytes = 0;
  let nodeCount = 0;
  let furtherPixels: number | undefined;
  for (const [k, choice] of chosen.entries()) {
    const sample = await read(choice);
    const isFirst = k < FIRST_COUNT;
    nodeCount += sample.owner.length;
    if (!isFirst && nodeCount > MAX_NODES) break;
    const fullPixels = Math.min(MAX_MAP_PIXELS, MAX_SAMPLE_PIXELS / Math.max(1, mapCount(sample)));
    const isSlow = !isFirst && pictureOf(sample) === "points";
    const maxPixels = isSlow ? MAX_POINT_PIXELS : Infinity;
    let pixels = Math.min(fullPixels, furtherPixels ?? Infinity, maxPixels);
    let picture = drawSample(sample, pixels);
    // Noise does not compress.
    for (
      let size = drawnBytes(picture);
      isFirst && size > FIRST_SHARE * maxBytes && pixels > 100;
    ) {
      pixels *= 0.9 * FIRST_SHARE * maxBytes / size;
      picture = drawSample(sample, pixels);
      size = drawnBytes(picture);
    }
    if (!isFirst && bytes + drawnBytes(picture) > maxBytes) break;
    bytes += drawnBytes(picture);
    drawn.push(picture);
    if (k !== Math.min(FIRST_COUNT, chosen.length) - 1) continue;
    const share = (maxBytes - bytes) / Math.max(1, chosen.length - FIRST_COUNT);
    const bytesPerPixel = DETAIL_GROWTH * bytes / drawn.length / pixels;
    furtherPixels = Math.max(MIN_MAP_PIXELS, share / bytesPerPixel);
  }
  return drawn;
}

/** Median, worst and best sample, then all others in their order. */
function chosenSamples(samples: readonly SampleError[]): readonly ChosenSample[] {
  const ranked = samples.map(({ relativeL2 }, number) => ({ number, error: relativeL2 ?? NaN }))
    .filter(({ error }) => !Number.isNaN(error))
    .sort((a, b) => a.error - b.error);
  const worst = ranked.find(({ error }) => error === ranked.at(-1)?.error);
  const first = ranked.length === 1 ? [{ number: ranked[0].number, label: "only" }] : [
    { number: ranked[Math.ceil(ranked.length / 2) - 1]?.number, label: "median" },
    { number: worst?.number, label: "worst" },
    { number: ranked[0]?.number, label: "best" },
  ];
  const labelled = first.filter((choice, k): choice is ChosenSample =>
    choice.number !== undefined && first.findIndex(({ number }) => number === choice.number) === k
  );
  const others = samples.keys()
    .filter((number) => labelled.every((choice) => choice.number !== number))
    .map((number) => ({ number, label: "" }));
  return [...labelled, ...others].slice(0, MAX_SAMPLES);
}
