/**
 * Splits of generated cases, named as AirfRANS names them.
 *
 * @module
 */

import type { CaseRecord } from "./flow_case.ts";

/** Training takes these Reynolds numbers and angles, and tests go beyond them, as in AirfRANS. */
const inside = { reynolds: [3e6, 5e6], angle: [-2.5, 12.5] } as const;

/** The part of the training cases that the task "scarce" has. */
const scarceShare = 0.25;

/**
 * A split for training and one for testing: every fourth case is for testing, by name, which begins
 * with the speed.
 *
 * @param period One case of so many is for testing. @default 4
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
  period = 4,
): Record<"full_train" | "full_test", string[]> {
  return {
    full_train: names.filter((_, i) => i % period !== 1),
    full_test: names.filter((_, i) => i % period === 1),
  };
}

/** The splits of aerofoils: AirfRANS's tasks full, scarce, reynolds and aoa. */
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
  const scarceCount = Math.ceil(scarceShare * full.full_train.length);
  const scarce = full.full_train.filter((_, i) =>
    Math.floor((i + 1) * scarceCount / full.full_train.length) >
      Math.floor(i * scarceCount / full.full_train.length)
  );
  return {
    ...full,
    scarce_train: scarce,
    ...split("reynolds", "Re", inside.reynolds),
    ...split("aoa", "aoa", inside.angle),
  };
}

/** The splits of steps. */
export function stepManifest(accepted: readonly CaseRecord[]): Record<string, readonly string[]> {
  return fullManifest(accepted.map(({ name }) => name));
}
