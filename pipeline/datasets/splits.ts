/**
 * Splits of a data set into samples for training, validation and test.
 *
 * @module
 */

import { requireInteger } from "../../errors.ts";

/** Relative sizes of the splits: `{ train: 3, validation: 0, test: 1 }` is three to one. */
export interface SplitShares {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** Sample indices of every split. */
export type Splits = { [split in keyof SplitShares]: number[] };

/** Three quarters, a twentieth, a fifth: 120, 8 and 32 of 160 samples. */
export const DEFAULT_SPLIT_SHARES: SplitShares = { train: 0.75, validation: 0.05, test: 0.2 };

const SPLIT_NAMES = ["train", "validation", "test"] as const;

/**
 * Splits the samples 0, ..., count - 1 into consecutive ranges: first `train`, then `validation`,
 * then `test`.
 *
 * The sizes are rounded by the method of largest remainders. Every split with a share > 0 then gets
 * at least one sample, taken from the largest split, if there are enough: with three samples, none
 * of three splits is empty.
 *
 * @param shares In any unit; finite, >= 0, not all 0. @default {@linkcode DEFAULT_SPLIT_SHARES}
 * @throws {RangeError} If the count or a share is out of range
 *
 * @example
 * ```ts
 * import { splitSamples } from "./splits.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(splitSamples(5), { train: [0, 1, 2], validation: [3], test: [4] });
 * ```
 */
export function splitSamples(count: number, shares: SplitShares = DEFAULT_SPLIT_SHARES): Splits {
  requireInteger("Cannot split samples: their count", count, 1);
  const parts = SPLIT_NAMES.map((name) => shares[name]);
  const total = parts.reduce((sum, part) => sum + part, 0);
  if (parts.some((part) => !(part >= 0)) || !(total > 0 && total < Infinity)) {
    throw new RangeError(
      "Cannot split samples: shares must be >= 0 and one of them > 0, received " +
        `${parts.join(", ")}`,
    );
  }
  const sizes = roundToSum(parts.map((part) => count * part / total), count);
  for (const split of [0, 2, 1]) {
    const largest = sizes.indexOf(Math.max(...sizes));
    if (parts[split] === 0 || sizes[split] > 0 || sizes[largest] < 2) continue;
    sizes[split]++;
    sizes[largest]--;
  }
  const [train, validation, test] = sizes;
  const range = (start: number, length: number) => Array.from({ length }, (_, i) => start + i);
  return {
    train: range(0, train),
    validation: range(train, validation),
    test: range(train + validation, test),
  };
}

/** Rounds down, then distributes the rest to the largest remainders; ties go to the first. */
function roundToSum(values: readonly number[], sum: number): number[] {
  const rounded = values.map(Math.floor);
  const byRemainder = [...values.keys()].sort((a, b) =>
    (values[b] - rounded[b]) - (values[a] - rounded[a])
  );
  const missing = sum - rounded.reduce((total, value) => total + value, 0);
  for (let i = 0; i < missing; i++) rounded[byRemainder[i]]++;
  return rounded;
}
