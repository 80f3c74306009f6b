import assert from "node:assert/strict";
// @ts-types="@types/d3-color"
import { lab } from "d3-color";
import {
  BLUE_WHITE_RED,
  type ColorScale,
  cssGradient,
  GREYS,
  palette,
  VIRIDIS,
} from "../../../../pipeline/reporting/maps/color_scales.ts";

/** Differences of CIE L*, 0 to 100, between neighbouring colours: how light they look. */
function lightnessSteps(scale: ColorScale, from: number, to: number, count = 50): number[] {
  const values = Array.from(
    { length: count + 1 },
    (_, k) => lab(scale(from + (to - from) * k / count)).l,
  );
  return values.slice(1).map((value, k) => value - values[k]);
}

Deno.test("VIRIDIS grows lighter in even steps", () => {
  const steps = lightnessSteps(VIRIDIS, 0, 1);
  assert.ok(Math.min(...steps) > 0.8, `smallest step ${Math.min(...steps)}`);
  assert.ok(Math.max(...steps) < 2.5, `largest step ${Math.max(...steps)}`);
});

Deno.test("BLUE_WHITE_RED is lightest in the middle and falls off to both sides alike", () => {
  // Around the middle, bytes are too coarse for the small steps.
  assert.ok(lightnessSteps(BLUE_WHITE_RED, 0, 0.48, 40).every((step) => step > 0));
  assert.ok(lightnessSteps(BLUE_WHITE_RED, 0.52, 1, 40).every((step) => step < 0));
  for (const share of [0, 0.1, 0.2, 0.3, 0.4]) {
    const gap = lab(BLUE_WHITE_RED(share)).l - lab(BLUE_WHITE_RED(1 - share)).l;
    assert.ok(Math.abs(gap) < 6, `${gap} at ${share}`);
  }
  const ends = [0, 1].map((share) => lab(BLUE_WHITE_RED(share)));
  assert.ok(ends[0].b < -20 && ends[1].a > 20, "blue is low, red is high");
});

Deno.test("GREYS grows darker and has no hue", () => {
  assert.ok(lightnessSteps(GREYS, 0, 1).every((step) => step < 0));
  for (const share of [0, 0.5, 1]) assert.ok(Math.abs(lab(GREYS(share)).b) < 1);
});

Deno.test("palette() and cssGradient() give the colours of a scale from end to end", () => {
  const scale: ColorScale = (share) => `rgb(${Math.round(100 * share)}, 0, 15)`;
  assert.deepEqual([...palette(scale, 3)], [0, 0, 15, 50, 0, 15, 100, 0, 15]);
  const gradient = cssGradient(scale);
  assert.match(gradient, /^linear-gradient\(to right,#00000f,.*,#64000f\)$/);
});
