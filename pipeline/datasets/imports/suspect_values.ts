/**
 * Values that stand for "no value" or are far larger than all others.
 *
 * @module
 */

import { formatNumber } from "../../../format.ts";
import type { ArraySurvey, ComponentSurvey, ValuePlace } from "./array_survey.ts";

/** A value that should not be taken as one of the field. */
export interface SuspectValue extends ValuePlace {
  readonly value: number;
  readonly count: number;
  /** The reason, as a part of a sentence. */
  readonly reason: string;
  /** Whether it is certain enough to be refused. */
  readonly isRefused: boolean;
}

/** Binary orders above the median from which a value is an outlier: a million. */
const OUTLIER_ORDERS = 20;
/** Binary orders without any value that set outliers apart from a wide distribution. */
const GAP_ORDERS = 10;
/** A repeated sentinel is far from the rest if the gap is this share of the range of the rest. */
const REPEATED_GAP = 0.1;
const REPEATED = 3;
/** Outliers are refused if they are rare or beyond any ratio of materials: 1e15. */
const RARE_SHARE = 0.01;
const ABSURD_ORDERS = 50;

/** The first suspect value of an array, if there is one. */
export function suspectValue(survey: ArraySurvey): SuspectValue | undefined {
  for (const component of survey.components) {
    const found = sentinelOf(component) ?? outlierOf(component);
    if (found) return found;
  }
  return undefined;
}

/** A number that programs write for "no value", far from all other values. */
function sentinelOf(component: ComponentSurvey): SuspectValue | undefined {
  const { otherLow, otherHigh } = component;
  if (otherLow > otherHigh) return undefined;
  const range = otherHigh - otherLow;
  for (const [value, { count, sample, node }] of component.sentinels) {
    const gap = Math.max(otherLow - value, value - otherHigh);
    // The rest must be small against it: a value among thousands is ordinary.
    const isFar = gap > range || (count >= REPEATED && gap > REPEATED_GAP * range);
    if (!isFar || (range === 0 && gap < Math.abs(value) / 2)) continue;
    return {
      value,
      count,
      sample,
      node,
      isRefused: true,
      reason: `all other values are ${formatNumber(otherLow)} to ${formatNumber(otherHigh)}`,
    };
  }
  return undefined;
}

/** A value a million times as large as the median of all. */
function outlierOf(component: ComponentSurvey): SuspectValue | undefined {
  const bins = [...component.exponents].filter(([exponent]) => exponent > -Infinity).sort(
    ([a], [b]) => a - b,
  );
  const total = bins.reduce((sum, [, { count }]) => sum + count, 0);
  let below = 0;
  const median = bins.find(([, { count }]) => (below += count) * 2 >= total)?.[0];
  if (median === undefined) return undefined;
  const outliers = bins.filter(([exponent]) => exponent >= median + OUTLIER_ORDERS);
  if (outliers.length === 0) return undefined;
  const [first, { value, sample, node }] = outliers[0];
  const lower = bins[bins.length - outliers.length - 1][0];
  const count = outliers.reduce((sum, [, bin]) => sum + bin.count, 0);
  const isRare = count <= RARE_SHARE * total || first - median >= ABSURD_ORDERS;
  return {
    value,
    sample,
    node,
    count,
    isRefused: isRare && first - lower > GAP_ORDERS,
    reason: `half of all values are below ${formatNumber(2 ** (median + 1))} in size`,
  };
}
