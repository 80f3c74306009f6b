import assert from "node:assert/strict";
import * as Plot from "@observablehq/plot";
import {
  BLUE_WHITE_RED,
  colorAt,
  type ColorScale,
  cssColor,
  cssGradient,
  palette,
  type Rgb,
  SLATE,
  VIRIDIS,
} from "../../../../pipeline/reporting/maps/color_scales.ts";

/** Straight lines between 33 (17) colours, rounded, against the smooth curve. */
const INTERPOLATION_LEVELS = 3;

/** CIE L*, 0 to 100: how light a colour looks. */
function lightness(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : luminance * 24389 / 27;
}

function lightnessSteps(scale: ColorScale, from: number, to: number, count = 50): number[] {
  const values = Array.from(
    { length: count + 1 },
    (_, k) => lightness(colorAt(scale, from + (to - from) * k / count)),
  );
  return values.slice(1).map((value, k) => value - values[k]);
}

/** The same colours as another program has them. */
function assertNear(scale: ColorScale, scheme: "viridis" | "rdbu", reversed: boolean) {
  const other = Plot.scale({ color: { type: "linear", domain: [0, 1], scheme } });
  for (let k = 0; k <= 200; k++) {
    const text = String(other?.apply(reversed ? 1 - k / 200 : k / 200));
    const expected = text.startsWith("#")
      ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16))
      : text.match(/\d+/g)?.map(Number) ?? [];
    const actual = colorAt(scale, k / 200);
    const levels = Math.max(...actual.map((part, c) => Math.abs(part - expected[c])));
    assert.ok(
      levels <= INTERPOLATION_LEVELS,
      `${scale.name} at ${k / 200}: ${actual} is not ${expected}`,
    );
  }
}

Deno.test("VIRIDIS and BLUE_WHITE_RED are the published scales", () => {
  assertNear(VIRIDIS, "viridis", false);
  assertNear(BLUE_WHITE_RED, "rdbu", true);
});

Deno.test("VIRIDIS grows lighter in even steps", () => {
  const steps = lightnessSteps(VIRIDIS, 0, 1);
  assert.ok(Math.min(...steps) > 0.8, `smallest step ${Math.min(...steps)}`);
  assert.ok(Math.max(...steps) < 2.5, `largest step ${Math.max(...steps)}`);
});

Deno.test("BLUE_WHITE_RED is lightest in the middle and falls off to both sides alike", () => {
  assert.ok(lightnessSteps(BLUE_WHITE_RED, 0, 0.5).every((step) => step > 0));
  assert.ok(lightnessSteps(BLUE_WHITE_RED, 0.5, 1).every((step) => step < 0));
  for (const share of [0, 0.1, 0.2, 0.3, 0.4]) {
    const gap = lightness(colorAt(BLUE_WHITE_RED, share)) -
      lightness(colorAt(BLUE_WHITE_RED, 1 - share));
    assert.ok(Math.abs(gap) < 6, `${gap} at ${share}`);
  }
});

Deno.test("SLATE grows darker and carries hardly any colour", () => {
  assert.ok(lightnessSteps(SLATE, 0, 1).every((step) => step < 0));
  for (const color of SLATE.anchors) assert.ok(Math.max(...color) - Math.min(...color) < 40);
});

Deno.test("colorAt() gives the anchors, mixes between them and stops at the ends", () => {
  const scale: ColorScale = { name: "test", anchors: [[0, 0, 0], [100, 50, 0], [100, 50, 200]] };
  assert.deepEqual(colorAt(scale, 0.5), [100, 50, 0]);
  assert.deepEqual(colorAt(scale, 0.25), [50, 25, 0]);
  assert.deepEqual([colorAt(scale, -1), colorAt(scale, 2)], [[0, 0, 0], [100, 50, 200]]);
  assert.deepEqual([...palette(scale, 3)], [0, 0, 0, 100, 50, 0, 100, 50, 200]);
  assert.equal(cssColor([0, 15, 255]), "#000fff");
  assert.equal(cssGradient(scale), "linear-gradient(to right,#000000,#643200,#6432c8)");
});
