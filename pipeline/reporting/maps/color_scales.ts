/**
 * Colour scales of the field maps, in steps of equal perceived difference.
 *
 * @module
 */

// @ts-types="@types/d3-color"
import { rgb } from "d3-color";
// @ts-types="@types/d3-scale-chromatic"
import { interpolateGreys, interpolateRdBu, interpolateViridis } from "d3-scale-chromatic";

/** A CSS colour for every share of the scale, from 0 to 1. */
export type ColorScale = (share: number) => string;

/** Truth and prediction: matplotlib's viridis, readable without colour vision. */
export const VIRIDIS: ColorScale = interpolateViridis;

/** Signed errors: ColorBrewer's RdBu from blue over near-white to red; the middle is 0. */
export const BLUE_WHITE_RED: ColorScale = (share) => interpolateRdBu(1 - share);

/** Inputs: from light to dark grey, so that they are not mistaken for a result. */
export const GREYS: ColorScale = (share) => interpolateGreys(0.12 + 0.76 * share);

/** The scales by name. */
export const COLOR_SCALES = {
  viridis: VIRIDIS,
  blueWhiteRed: BLUE_WHITE_RED,
  greys: GREYS,
} as const;

/** Colours of a gradient between which a browser interpolates. */
const GRADIENT_COLORS = 17;

/** `count` colours from one end of the scale to the other, as RGB bytes [3 · count]. */
export function palette(scale: ColorScale, count: number): Uint8Array {
  const colors = Array.from({ length: count }, (_, k) => rgb(scale(k / (count - 1))));
  return Uint8Array.from(colors.flatMap(({ r, g, b }) => [r, g, b]));
}

/** The scale as a CSS gradient from left to right. */
export function cssGradient(scale: ColorScale): string {
  const colors = Array.from(
    { length: GRADIENT_COLORS },
    (_, k) => rgb(scale(k / (GRADIENT_COLORS - 1))).formatHex(),
  );
  return `linear-gradient(to right,${colors.join(",")})`;
}
