/**
 * Shards of a batch: the jobs that one of several processes runs.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import type { PlannedJob } from "./planned_job.ts";

/**
 * One of `count` processes; `index` counts from 0, as `SLURM_ARRAY_TASK_ID` of `--array=0-7` and
 * `JOB_COMPLETION_INDEX` do.
 */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Name and order of a job. */
export type ChainedJob = Pick<PlannedJob, "name" | "after">;

/**
 * Parses `i/n`.
 *
 * @throws {UserError} If the text is not a shard.
 */
export function parseShard(text: string): Shard {
  const [, index, count] = text.match(/^(\d+)\/(\d+)$/) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index < shard.count && Number.isSafeInteger(shard.count)) return shard;
  throw new UserError(
    "Cannot read --shard: the shard must be i/n with i from 0 to n - 1, such as 0/8, received " +
      `"${text}"`,
  );
}

/**
 * The jobs of a shard, in their order. Every job is in exactly one shard.
 *
 * One process runs the jobs that start from each other, one after the other: each such chain goes
 * to the shard that has the fewest jobs so far. Without chains, shard i has the jobs i, i + n,
 * i + 2n, ...
 */
export function jobsOfShard<J extends ChainedJob>(
  jobs: readonly J[],
  { index, count }: Shard,
): readonly J[] {
  const chains = chainsOf(jobs);
  const sizes = Array.from({ length: Math.min(count, chains.length) }, () => 0);
  const chosen = new Set<J>();
  for (const chain of chains) {
    const shard = sizes.indexOf(Math.min(...sizes));
    sizes[shard] += chain.length;
    if (shard === index) chain.forEach((job) => chosen.add(job));
  }
  return jobs.filter((job) => chosen.has(job));
}

/** Chains of jobs that start from each other, in the order of their first jobs. */
function chainsOf<J extends ChainedJob>(jobs: readonly J[]): readonly (readonly J[])[] {
  const chains = new Map<string, J[]>();
  for (const job of jobs) {
    const chain = chains.get(job.after ?? "") ?? [];
    chain.push(job);
    chains.set(job.name, chain);
  }
  return [...new Set(chains.values())];
}
