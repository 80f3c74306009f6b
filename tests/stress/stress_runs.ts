/**
 * The number of runs of each stress test, from the environment. `deno task stress` sets it.
 *
 * @module
 */

/** Damaged files per reader: few by default, so that all tests take seconds. */
const RUNS = Number(Deno.env.get("HALOFLOW_STRESS_RUNS") ?? 60);

const SEED = Number(Deno.env.get("HALOFLOW_STRESS_SEED") ?? 1);

/**
 * Parameters of fast-check.
 *
 * @param cost Runs of a reader that take as long as one run of this property. @default 1
 * @param least Runs at least. @default 1
 */
export function stressRuns(
  cost = 1,
  least = 1,
): { readonly numRuns: number; readonly seed: number } {
  return { numRuns: Math.max(least, Math.ceil(RUNS / cost)), seed: SEED };
}
