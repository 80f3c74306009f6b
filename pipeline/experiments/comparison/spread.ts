/**
 * Mean and spread of a figure over the seeds, and how they are written.
 *
 * @module
 */

import { formatNumber, NARROW_SPACE, powerOfTen } from "../../../format.ts";

/** A figure over several runs. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation of the values (n − 1 degrees of freedom); NaN for a single one. */
  readonly deviation: number;
  readonly values: readonly number[];
}

/**
 * Mean and standard deviation.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(spreadOf([1, 2, 6]), { mean: 3, deviation: Math.sqrt(7), values: [1, 2, 6] });
 * ```
 */
export function spreadOf(values: readonly number[]): Spread {
  // From the first one on: where nothing varies, rounding must not look as if it did.
  const [first] = values;
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : NaN,
    values,
  };
}

/** How figures around a mean are written. */
export type Scale = (mean: number) => {
  /** Of the unit. */
  readonly factor: number;
  /** With the space before it. */
  readonly unit: string;
  /** Whether the figure was set, not measured: zeros at its end say nothing. */
  readonly isSetting?: boolean | undefined;
};

/** The ways in which figures are written. */
export const SCALES = {
  number: (mean) => {
    const size = Math.abs(mean);
    const exponent = Math.floor(Math.log10(size));
    return size > 0 && (size < 1e-3 || size >= 1e7)
      ? { factor: 10 ** exponent, unit: ` × ${powerOfTen(exponent)}` }
      : { factor: 1, unit: "" };
  },
  setting: () => ({ factor: 1, unit: "", isSetting: true }),
  percent: () => ({ factor: 0.01, unit: `${NARROW_SPACE}%` }),
  seconds: (mean) =>
    mean < 1
      ? { factor: 1e-3, unit: `${NARROW_SPACE}ms` }
      : { factor: 1, unit: `${NARROW_SPACE}s` },
  bytes: (mean) =>
    mean < 1e9
      ? { factor: 1e6, unit: `${NARROW_SPACE}MB` }
      : { factor: 1e9, unit: `${NARROW_SPACE}GB` },
} as const satisfies Record<string, Scale>;

/** Digits of a mean. */
const DIGITS = 3;

/**
 * `7.16 ± 0.10 %`: three digits of the mean, and as many decimals of the deviation, which is left
 * out where nothing varies. "–" for what is not a number.
 */
export function formatSpread({ mean, deviation }: Spread, scale: Scale): string {
  if (!Number.isFinite(mean)) return formatNumber(mean);
  const { factor, unit, isSetting } = scale(mean);
  const size = Number(Math.abs(mean / factor).toPrecision(DIGITS));
  const decimals = size === 0 ? 0 : Math.max(0, DIGITS - 1 - Math.floor(Math.log10(size) + 1e-12));
  const text = (value: number) =>
    (value / factor).toLocaleString("en-US", {
      minimumFractionDigits: isSetting ? 0 : decimals,
      maximumFractionDigits: decimals,
    });
  if (!(deviation > 0)) return text(mean) + unit;
  const both = `${text(mean)} ± ${text(deviation)}`;
  return unit.includes("×") ? `(${both})${unit}` : both + unit;
}
