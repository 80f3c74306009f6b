/**
 * Round values for an axis, with labels.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { tickIncrement, ticks } from "d3-array";
import { formatNumber, formatRound, MINUS, powerOfTen } from "../../../format.ts";

/** Ticks with labels of equal form, without their common power of ten. */
export interface Ticks {
  readonly values: readonly number[];
  readonly labels: readonly string[];
  /** 0, or the exponent e of the factor 10^e that multiplies every label. */
  readonly exponent: number;
}

/**
 * Round values (1, 2 or 5 times a power of ten) within `[low, high]`, with at most `maxSteps`
 * steps between the ends.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(linearTicks(0, 0.31, 4).labels, ["0.0", "0.1", "0.2", "0.3"]);
 * ```
 */
export function linearTicks(low: number, high: number, maxSteps: number): Ticks {
  if (!(high > low)) return { values: [low], labels: [formatNumber(low)], exponent: 0 };
  // d3 takes the step nearest to the requested one, which may be shorter.
  let steps = maxSteps;
  while (steps > 1 && ticks(low, high, steps).length > maxSteps + 1) steps--;
  const values = ticks(low, high, steps);
  const increment = tickIncrement(low, high, steps);
  const step = increment < 0 ? -1 / increment : increment;
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const exponent = largest >= 1e4 || largest < 1e-2 ? Math.floor(Math.log10(largest)) : 0;
  const decimals = Math.max(0, exponent - Math.floor(Math.log10(step) + 1e-9));
  const labels = values.map((value) => (value / 10 ** exponent).toFixed(decimals));
  return {
    values,
    labels: labels.map((label) => label.replace(/^-(?=0\.?0*$)/, "").replace("-", MINUS)),
    exponent,
  };
}

/** Ticks whose labels are less a round number, for values far from 0 that vary little. */
export interface ShiftedTicks extends Ticks {
  /** The number that is added to every label. */
  readonly shift: number;
}

/** Values over their range from which labels are shifted. */
const MIN_SHIFTED_RATIO = 2000;

/**
 * The ticks of `linearTicks`; far from 0, as in map coordinates, the labels are less a round number
 * near the lower end.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const { labels, shift } = shiftedTicks(4_650_000.1, 4_650_002.3, 4);
 * assert.deepEqual([labels, shift], [["0.5", "1.0", "1.5", "2.0"], 4_650_000]);
 * ```
 */
export function shiftedTicks(low: number, high: number, maxSteps: number): ShiftedTicks {
  const range = high - low;
  const isFar = range > 0 && Math.max(Math.abs(low), Math.abs(high)) > MIN_SHIFTED_RATIO * range;
  if (!isFar) return { ...linearTicks(low, high, maxSteps), shift: 0 };
  // Powers of ten below 1 are not exact, their inverses are.
  const exponent = Math.ceil(Math.log10(range));
  const shift = exponent < 0
    ? Math.floor(low * 10 ** -exponent) / 10 ** -exponent
    : Math.floor(low / 10 ** exponent) * 10 ** exponent;
  const ticks = linearTicks(low - shift, high - shift, maxSteps);
  return { ...ticks, values: ticks.values.map((value) => value + shift), shift };
}

/**
 * Round values within `[low, high]` for a logarithmic axis: powers of ten, and where the values
 * span no more than `fineDecades` of them, 2 and 5 times these too.
 */
export function logTicks(low: number, high: number, fineDecades = 2): number[] {
  const factors = Math.log10(high / low) < fineDecades ? [1, 2, 5] : [1];
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    values.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  }
  return values.filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/** `0.02`, `10⁻³` or `2·10⁻³`. */
export function logLabel(value: number): string {
  if (value >= 0.01 && value < 1e4) return formatRound(value, 1);
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const factor = Math.round(value / 10 ** exponent);
  return factor === 1 ? powerOfTen(exponent) : `${factor}·${powerOfTen(exponent)}`;
}
