/**
 * From values to colours, in steps of equal perceived difference.
 *
 * @module
 */

/** A colour as red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** A scale from 0 to 1, given by colours at equal distances with straight lines between them. */
export interface ColorScale {
  readonly name: string;
  readonly anchors: readonly Rgb[];
}

/** Values: matplotlib's viridis, perceptually even and readable without colour vision. */
export const VIRIDIS = colorScale(
  "viridis",
  "440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d 2f6b8e " +
    "2c728e 297a8e 26828e 23898e " +
    "21918c 1f988b 1fa088 22a785 28ae80 32b67a 3fbc73 4ec36b 5ec962 70cf57 84d44b 98d83e " +
    "addc30 c2df23 d8e219 ece51b " +
    "fde725",
);

/** Signed errors: ColorBrewer's RdBu from blue over near-white to red; the middle is 0. */
export const BLUE_WHITE_RED = colorScale(
  "blue-white-red",
  "053061 17518e 2a71ae 448ec1 6bacd0 98c7df bfdceb deebf2 f2efee fae4d8 faccb4 f3aa8c " +
    "e48268 d1574b b82d35 941127 67001f",
);

/** Inputs: from light to dark slate, so that they are not taken for a result. */
export const SLATE = colorScale("slate", "e9edf1 c3ccd5 9ba8b5 748495 526374 364555 202c39");

/** The colour at `share` of the scale; shares beyond 0 and 1 give the end colours. */
export function colorAt(scale: ColorScale, share: number): Rgb {
  const last = scale.anchors.length - 1;
  const place = Math.min(1, Math.max(0, share)) * last;
  const lower = Math.min(last - 1, Math.floor(place));
  const weight = place - lower;
  const [from, to] = [scale.anchors[lower], scale.anchors[lower + 1]];
  const mix = (c: 0 | 1 | 2) => Math.round(from[c] + (to[c] - from[c]) * weight);
  return [mix(0), mix(1), mix(2)];
}

/** `count` colours from one end of the scale to the other, as a flat palette. */
export function palette(scale: ColorScale, count: number): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: count }, (_, k) => colorAt(scale, k / (count - 1))).flat(),
  );
}

/** The scale as a CSS gradient from left to right. */
export function cssGradient(scale: ColorScale): string {
  return `linear-gradient(to right,${scale.anchors.map(cssColor).join(",")})`;
}

/** `#21918c`. */
export function cssColor(color: Rgb): string {
  return "#" + color.map((part) => part.toString(16).padStart(2, "0")).join("");
}

function colorScale(name: string, colors: string): ColorScale {
  const anchors = colors.split(" ").map((color): Rgb => {
    const bits = parseInt(color, 16);
    return [bits >> 16, (bits >> 8) & 255, bits & 255];
  });
  return { name, anchors };
}
