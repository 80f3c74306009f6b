/**
 * Time steps in separate files, such as `flow_0001.vtu`, `flow_0002.vtu`: steps of one simulation.
 *
 * @module
 */

import type { SourceSample } from "./mesh_file.ts";

/** The number at the end of the name of a step. */
const NUMBER = /[_.-]?t?\d+(\.\d+)?$/;

/**
 * Gives samples whose ids differ only in the number at their end, and whose times ascend, one case.
 *
 * @param samples Samples in natural order of their ids
 * @returns The samples, and a note for each case found
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const steps = [1, 2].map((k) => ({ id: `flow_${k}`, group: `flow_${k}`, time: k / 4 }));
 * assert.deepEqual(groupSteps(steps).samples.map(({ group }) => group), ["flow", "flow"]);
 * ```
 */
export function groupSteps(
  samples: readonly SourceSample[],
): { readonly samples: readonly SourceSample[]; readonly notes: readonly string[] } {
  const stems = Map.groupBy(
    samples.filter(({ id, group }) => id === group && NUMBER.test(id)),
    ({ id }) => id.replace(NUMBER, ""),
  );
  const cases = new Map<SourceSample, string>();
  const notes: string[] = [];
  for (const [stem, steps] of stems) {
    const times = steps.map(({ time }) => time ?? NaN);
    const areAscending = times.slice(1).every((time, k) => time > times[k]);
    if (stem === "" || steps.length < 2 || !areAscending) continue;
    for (const step of steps) cases.set(step, stem);
    notes.push(`${steps.length} files "${stem}*" have ascending times: they are steps of one case`);
  }
  return {
    samples: samples.map((sample) => ({ ...sample, group: cases.get(sample) ?? sample.group })),
    notes,
  };
}
