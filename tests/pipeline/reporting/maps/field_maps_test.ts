import assert from "node:assert/strict";
import { DOMParser } from "linkedom";
import { drawSample, mapCount } from "../../../../pipeline/reporting/maps/draw_sample.ts";
import { fieldMaps } from "../../../../pipeline/reporting/maps/field_maps.ts";
import {
  BLUE_WHITE_RED,
  palette,
  VIRIDIS,
} from "../../../../pipeline/reporting/maps/color_scales.ts";
import type { ReportSample } from "../../../../pipeline/reporting/report_data.ts";
import { decodePng } from "./decode_png.ts";

const sample: ReportSample = {
  label: "worst",
  id: "t-1",
  relativeL2: 0.25,
  dimensions: 2,
  position: [0, 0, 0, 1, 1, 0, 1, 1],
  gridShape: [2, 2],
  inputs: [{ name: "a", unit: "m²", values: [3, 3, 12, 12] }],
  targets: [{ name: "u", unit: "Pa", truth: [0, 1, 2, 4], predicted: [0, 2, 2, 2] }],
  owner: [0, 0, 1, 1],
};

function parse(text: string) {
  return new DOMParser().parseFromString(
    `<!doctype html><html><body>${text}</body></html>`,
    "text/html",
  );
}

const VALUES = palette(VIRIDIS, 255);
const ERRORS = palette(BLUE_WHITE_RED, 255);

/** The colour at a share of a scale, rounded to one of 255. */
function colorAt(scale: Uint8Array, share: number): number[] {
  return [...scale.subarray(3 * Math.round(share * 254)).subarray(0, 3)];
}

/** The colours of a map, row by row from the top. */
function colors(image: { getAttribute(name: string): string | null }): number[][] {
  const { pixels, palette } = decodePng(
    Uint8Array.fromBase64((image.getAttribute("src") ?? "").split(",")[1]),
  );
  return [...pixels].map((pixel) => [...palette.subarray(3 * pixel, 3 * pixel + 3)]);
}

Deno.test("fieldMaps() draws truth and prediction on one scale, the error around 0", () => {
  const images = [...parse(String(fieldMaps(drawSample(sample, 1e6)))).querySelectorAll("img")];
  assert.equal(images.length, mapCount(sample));
  const [, truth, prediction, error] = images.map(colors);
  // Nodes 1 and 3 are the upper row, 0 and 2 the lower one; both fields span 0 to 4.
  assert.deepEqual(
    truth,
    [0.25, 1, 0, 0.5].map((share) => colorAt(VALUES, share)),
  );
  assert.deepEqual(prediction[0], truth[3]);
  assert.deepEqual(prediction[1], truth[3]);
  const zero = colorAt(ERRORS, 0.5);
  assert.deepEqual(error, [
    colorAt(ERRORS, 0.75),
    colorAt(ERRORS, 0),
    zero,
    zero,
  ]);
});

Deno.test("fieldMaps() describes each map in words and labels the few values of an input", () => {
  const document = parse(String(fieldMaps(drawSample(sample, 1e6))));
  const texts = [...document.querySelectorAll("img")].map((image) => image.getAttribute("alt"));
  assert.equal(texts[0], "Input: a of sample t-1, from 3.00 to 12.0 m²");
  assert.equal(texts[3], "Error: u of sample t-1, from −2.00 to 2.00 Pa");
  const ticks = [...document.querySelectorAll(".color-bar")].map((bar) => bar.textContent.trim());
  assert.match(ticks[0], /^312m²$/);
  assert.match(ticks[1], /^01234Pa$/);
});

Deno.test("fieldMaps() draws the subdomain borders on every map, and none for one rank", () => {
  const document = parse(String(fieldMaps(drawSample(sample, 1e6))));
  assert.equal(document.querySelector("#borders-0-0")?.getAttribute("d"), "M1 0v2");
  assert.equal(document.querySelectorAll("use").length, 2 * mapCount(sample));
  const single = parse(String(fieldMaps(drawSample({ ...sample, owner: [0, 0, 0, 0] }, 1e6))));
  assert.equal(single.querySelectorAll("use, path").length, 0);
});

Deno.test("fieldMaps() draws constant fields and an exact prediction", () => {
  const flat = { name: "u", unit: "", truth: [5, 5, 5, 5], predicted: [5, 5, 5, 5] };
  const images = [
    ...parse(String(fieldMaps(drawSample({ ...sample, targets: [flat] }, 1e6)))).querySelectorAll(
      "img",
    ),
  ];
  assert.deepEqual(colors(images[3]), Array(4).fill(colorAt(ERRORS, 0.5)));
});

Deno.test(
  "fieldMaps() clips an extreme value with a note, without changing the other colours",
  () => {
    const n = 30;
    const grid = Float64Array.from(
      { length: 2 * n * n },
      (_, k) => k % 2 === 0 ? Math.floor(k / 2 / n) : (k >> 1) % n,
    );
    const smooth = Float64Array.from({ length: n * n }, (_, node) => node % n);
    const spiked = smooth.slice();
    spiked[0] = 1e5;
    const maps = (truth: Float64Array) => {
      const target = { name: "p", unit: "Pa", truth, predicted: smooth };
      const drawn = {
        ...sample,
        position: grid,
        gridShape: [n, n] as const,
        owner: new Uint32Array(n * n),
      };
      return parse(String(fieldMaps(drawSample({ ...drawn, inputs: [], targets: [target] }, 1e6))));
    };
    const plain = maps(smooth);
    const clipped = maps(spiked);
    const images = (document: ReturnType<typeof parse>) =>
      [...document.querySelectorAll("img")].map(colors);
    const [truth, prediction] = images(clipped);
    // Node 0 is the lower left corner.
    const corner = n * (n - 1);
    assert.deepEqual(truth[corner], colorAt(VALUES, 1));
    assert.deepEqual(prediction, images(plain)[1]);
    assert.deepEqual(truth.toSpliced(corner, 1), prediction.toSpliced(corner, 1));
    assert.equal(plain.querySelectorAll(".clips-low, .clips-high, .note").length, 0);
    // The error is at one node only.
    assert.equal(clipped.querySelectorAll(".clips-high").length, 2);
    assert.equal(clipped.querySelectorAll(".clips-low").length, 0);
    assert.match(clipped.querySelector(".note")?.textContent ?? "", /ends in an arrow/);
    assert.match(
      clipped.querySelector("img")?.getAttribute("alt") ?? "",
      /; values beyond have the colour of the end$/,
    );
  },
);

Deno.test("fieldMaps() gives axes and scales at least two ticks", () => {
  // The part of a mesh around an aerofoil: 1.7 long, 0.85 high.
  const position = [-0.35, -0.4, -0.35, 0.45, 1.35, -0.4, 1.35, 0.45];
  // An error of 43 on either side: a step of 50 would leave 0 alone.
  const targets = [{ name: "p", unit: "", truth: [0, 1, 2, 3], predicted: [43, 0, 3, -40] }];
  const document = parse(
    String(fieldMaps(drawSample({ ...sample, gridShape: undefined, position, targets }, 1e4))),
  );
  const last = (kind: string) => [...document.querySelectorAll(kind)].at(-1)!;
  for (const kind of [".x-axis", ".y-axis", ".color-bar"]) {
    const labels = [...last(kind).querySelectorAll("span")].map((span) => span.textContent);
    assert.ok(labels.length >= 2 && labels.length <= 9, `${kind} ${labels}`);
  }
});
