/**
 * Splits of generated cases, named as AirfRANS names them.
 *
 * @module
 */

import type { CaseRecord } from "./flow_case.ts";

/** Ranges of the training cases of AirfRANS; test cases lie outside. */
const TRAINING_RANGES = { reynolds: [3e6, 5e6], angle: [-2.5, 12.5] } as const;

/** One case out of this number is a test. */
const TEST_PERIOD = 4;

/** Share of the training cases in the task "scarce". */
const SCARCE_SHARE = 0.25;

/**
 * A training and a test split: every fourth case by name, which begins with the speed, is a test.
 *
 * @example
 * ```ts
 * import { fullManifest } from "./manifest.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(fullManifest(["a", "b", "c"]), { full_train: ["a", "c"], full_test: ["b"] });
 * ```
 */
export function fullManifest(
  names: readonly string[],
): Record<"full_train" | "full_test", string[]> {
  return {
    full_train: names.filter((_, i) => i % TEST_PERIOD !== 1),
    full_test: names.filter((_, i) => i % TEST_PERIOD === 1),
  };
}

/** The splits of aerofoils: the tasks full, scarce, reynolds and aoa of AirfRANS. */
export function airfoilManifest(
  accepted: readonly CaseRecord[],
): Record<string, readonly string[]> {
  const full = fullManifest(accepted.map(({ name }) => name));
  const split = (task: string, key: string, [low, high]: readonly [number, number]) => {
    const isInside = (record: CaseRecord) =>
      Number(record[key]) >= low && Number(record[key]) <= high;
    const namesOf = (records: readonly CaseRecord[]) => records.map(({ name }) => name);
    return {
      [`${task}_train`]: namesOf(accepted.filter(isInside)),
      [`${task}_test`]: namesOf(accepted.filter((record) => !isInside(record))),
    };
  };
  const scarceCount = Math.ceil(SCARCE_SHARE * full.full_train.length);
  const scarce = full.full_train.filter((_, i) =>
    Math.floor((i + 1) * scarceCount / full.full_train.length) >
      Math.floor(i * scarceCount / full.full_train.length)
  );
  return {
    ...full,
    scarce_train: scarce,
    ...split("reynolds", "Re", TRAINING_RANGES.reynolds),
    ...split("aoa", "aoa", TRAINING_RANGES.angle),
  };
}

/** The splits of steps. */
export function stepManifest(accepted: readonly CaseRecord[]): Record<string, readonly string[]> {
  return fullManifest(accepted.map(({ name }) => name));
}
