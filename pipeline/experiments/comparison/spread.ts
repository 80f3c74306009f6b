/**
 * Mean and spread of a figure over the seeds, and their format.
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
  // Relative to the first value: rounding must not show a spread where nothing varies.
  const [first] = values;
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : NaN,
    values,
  };
}

/** Unit and factor of figures around a mean. */
export type Scale = (mean: number) => {
  /** Size of the unit. */
  readonly factor: number;
  /** Text of the unit, with the space before it. */
  readonly unit: string;
  /** Whether the figure is a setting, without trailing zeros. @default false */
  readonly isSetting?: boolean | undefined;
};

/** Scales by the kind of figure. */
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

/** Significant digits of a mean. */
const DIGITS = 3;

/**
 * `7.16 ± 0.10 %`: three digits of the mean and the same decimals of the deviation, which is left
 * out where nothing varies; "–" for a mean that is not a number.
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
