/**
 * Splits of a data set drawn by seed over its cases, or given by names, so that no case has samples
 * in two splits.
 *
 * @module
 */

import { didYouMean, UserError } from "../../errors.ts";
import { hash, type Key, keyedUniform } from "../graph/random.ts";
import { nameMatcher } from "./name_pattern.ts";
import { DEFAULT_SPLIT_SHARES, type Splits, splitSamples, type SplitShares } from "./splits.ts";

/** Names or patterns of samples or cases in each split. */
export type NamedSplits = {
  readonly [split in keyof SplitShares]?: readonly string[] | undefined;
};

/** How samples are distributed to the splits. */
export interface SplitOptions {
  /** Sizes of the splits of the cases without a name in one. @default 75 : 5 : 20 */
  readonly shares?: SplitShares | undefined;
  /** Seed of the draw. @default 0 */
  readonly seed?: number | undefined;
  /**
   * Names of samples or cases in each split, or patterns with `*` and `?`. The others are drawn
   * for the splits without names.
   */
  readonly named?: NamedSplits | undefined;
  /**
   * Array whose value, one per sample, makes samples one case; `sample` makes each sample a case,
   * also the steps of a series.
   */
  readonly splitBy?: string | undefined;
}

/** Value of `splitBy` that makes every sample a case of its own. */
export const EACH_SAMPLE = "sample";

const SPLIT_NAMES = ["train", "validation", "test"] as const;

/**
 * Distributes samples to the splits, all samples of a case to the same one. The draw depends on the
 * names of the cases and not on their order.
 *
 * @param ids Id of each sample
 * @param cases Case of each sample
 * @throws {UserError} If a name is of no sample, or of samples in two splits
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const runs = ["run1", "run2", "run3", "run4"];
 * const splits = drawSplits(runs, runs, { named: { test: ["*4"] } });
 * assert.deepEqual(splits.test, [3]);
 * ```
 */
export function drawSplits(
  ids: readonly string[],
  cases: readonly string[],
  { shares = DEFAULT_SPLIT_SHARES, seed = 0, named = {} }: SplitOptions = {},
): Splits {
  const splitOf = new Map<string, keyof Splits>();
  for (const split of SPLIT_NAMES) {
    for (const name of named[split] ?? []) {
      for (const group of casesOf(name, split, ids, cases)) {
        const other = splitOf.get(group) ?? split;
        if (other !== split) {
          throw new UserError(
            `Cannot split samples: case "${group}" must be in one split, it is named for ` +
              `${other} and ${split}`,
          );
        }
        splitOf.set(group, split);
      }
    }
  }
  drawOthers([...new Set(cases)].filter((name) => !splitOf.has(name)), splitOf, {
    shares,
    seed,
    named,
  });
  const splits: Splits = { train: [], validation: [], test: [] };
  cases.forEach((group, sample) => {
    const split = splitOf.get(group);
    if (split !== undefined) splits[split].push(sample);
  });
  return splits;
}

/** Draws the cases without a name for the splits without names. */
function drawOthers(
  others: readonly string[],
  splitOf: Map<string, keyof Splits>,
  { shares, seed, named }: Required<Omit<SplitOptions, "splitBy">>,
): void {
  const open = { ...shares! };
  for (const split of SPLIT_NAMES) if (named?.[split] !== undefined) open[split] = 0;
  // Samples that no list names stay out if every split has one.
  if (others.length === 0 || !SPLIT_NAMES.some((split) => open[split] > 0)) return;
  const key = hash(seed!, "split");
  const drawn = others.map((name) => ({ name, draw: drawOf(key, name) }))
    .sort((a, b) => a.draw - b.draw || (a.name < b.name ? -1 : 1));
  const sizes = splitSamples(drawn.length, open);
  for (const split of SPLIT_NAMES) {
    for (const k of sizes[split]) splitOf.set(drawn[k].name, split);
  }
}

function drawOf(key: Key, name: string): number {
  return keyedUniform(hash(key, name), 0);
}

/** The cases that a name or pattern means, by their own names or by those of their samples. */
function casesOf(
  name: string,
  split: string,
  ids: readonly string[],
  cases: readonly string[],
): readonly string[] {
  const matches = nameMatcher(name);
  const found = cases.filter((group, k) => matches(group) || matches(ids[k]));
  if (found.length > 0) return found;
  throw new UserError(
    `Cannot split samples: "${name}" of ${split} must name samples, it matches none of ` +
      `${ids.length}; ${didYouMean(name, ids.length > 20 ? ids.slice(0, 20) : ids)}`,
  );
}
