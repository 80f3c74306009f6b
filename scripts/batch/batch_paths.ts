/**
 * Paths in lists of jobs.
 *
 * @module
 */

import type { Batch } from "../../pipeline/experiments/batch/job.ts";
import { isInProject, namedPath, userPath } from "../command/paths.ts";

/** Keys of a job, or of its grid, whose values are paths. */
const PATH_KEYS: Readonly<Record<string, ((path: string) => string) | undefined>> = {
  pipeline: namedPath,
  store: namedPath,
  init_from: modelPath,
};

/** A batch whose paths mean in the folder of the project what they mean where the user stands. */
export function batchWithUserPaths(batch: Batch): Batch {
  if (isInProject()) return batch;
  return {
    out: batch.out === undefined ? undefined : userPath(batch.out),
    defaults: batch.defaults && withPaths(batch.defaults),
    jobs: batch.jobs.map((job) => ({ ...withPaths(job), grid: job.grid && withPaths(job.grid) })),
  };
}

function withPaths<T extends object>(settings: T): T {
  const entries = Object.entries(settings).map(([key, value]) => {
    const change = Object.hasOwn(PATH_KEYS, key) ? PATH_KEYS[key] : undefined;
    if (change === undefined) return [key, value];
    return [key, Array.isArray(value) ? value.map((path) => change(path)) : change(value)];
  });
  return Object.fromEntries(entries);
}

/** The path of a model file; the name of a job stays as it is. */
function modelPath(source: string): string {
  return source.includes("/") || source.endsWith(".safetensors") ? namedPath(source) : source;
}
