/**
 * Columns of the training data from which a network cannot learn: round-off, constants, and values
 * that float32 holds in too few steps.
 *
 * @module
 */

import { formatNumber } from "../../format.ts";
import { fieldsOf } from "../batches/field_names.ts";
import { isRoundOff, ROUND_OFF } from "../batches/round_off.ts";
import type { ColumnSummary } from "./normalisation.ts";

/** Steps of float32 in a deviation below which rounding is a visible share of it. */
const MIN_STEPS = 16;

/** Columns of inputs or targets. */
export interface StatedColumns {
  readonly role: "Input" | "Target";
  readonly names: readonly string[];
  /** Number of coordinates, which are the first columns. */
  readonly dimensions: number;
  /** Statistics of each column, in the values of the batches. */
  readonly columns: readonly ColumnSummary[];
  /** True value minus value of each column. */
  readonly offsets: ArrayLike<number>;
}

/**
 * Columns that are round-off of the largest component of their field, with the size below which
 * values are round-off there.
 */
export function roundOffColumns(
  { names, dimensions, columns, offsets }: StatedColumns,
): ReadonlyMap<number, number> {
  const result = new Map<number, number>();
  const parts = [
    { column: 0, components: dimensions },
    ...fieldsOf(names.slice(dimensions), []).map(({ column, components }) => ({
      column: column + dimensions,
      components,
    })),
  ];
  for (const { column: first, components } of parts) {
    const range = Array.from({ length: components }, (_, k) => first + k);
    // Round-off of a coordinate is measured from its plane, that of a field from 0.
    const sizes = range.map((c) =>
      c < dimensions
        ? columns[c].high - columns[c].low
        : Math.max(Math.abs(columns[c].low + offsets[c]), Math.abs(columns[c].high + offsets[c]))
    );
    const largest = Math.max(0, ...sizes);
    range.forEach((c, k) => {
      if (isRoundOff(sizes[k], largest)) result.set(c, ROUND_OFF * largest);
    });
  }
  return result;
}

/** A sentence about each column from which a network cannot learn. */
export function doubtfulColumns(
  stated: StatedColumns,
  roundOff: ReadonlyMap<number, number>,
): readonly string[] {
  const { role, names, dimensions, columns, offsets } = stated;
  return names.flatMap((name, c) => {
    const { low, high, mean, deviation } = columns[c];
    const largest = Math.max(Math.abs(low), Math.abs(high));
    if (roundOff.has(c)) {
      return [
        `${role} ${name} is round-off: its largest value is ${formatNumber(largest)}, that of ` +
        "its field is more than 10¹⁰ times larger; it is taken as 0",
      ];
    }
    if (low === high) {
      const value = formatNumber(low + offsets[c]);
      const remedy = c < dimensions
        ? "the meshes lie in a plane; use one dimension less"
        : "there is nothing to learn from it; leave it out";
      return [`${role} ${name} is ${value} at every node of the training data: ${remedy}`];
    }
    const step = 2 ** (Math.floor(Math.log2(largest)) - 23);
    if (deviation >= MIN_STEPS * step) return [];
    return [
      `${role} ${name} varies by ${formatNumber(deviation)} around ${formatNumber(mean)}, where ` +
      `float32 has steps of ${formatNumber(step)}: most of its variation is lost; convert it ` +
      "from float64 data, which stores it with an offset",
    ];
  });
}
