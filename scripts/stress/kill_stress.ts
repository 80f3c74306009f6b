/**
 * The stress test of checkpoints: processes that are killed for real, at random moments and while
 * they write.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { hash, keyedUniform } from "../../pipeline/graph/random.ts";
import { type Kill, KillableRun, type KilledRun } from "./killed_run.ts";
import type { StressOptions, StressRow, StressTest } from "./stress_test.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";

/** Chains of each row; in each, several processes are killed. */
const count = 4;

/** Processes that are killed before one may end. */
const killsPerChain = 4;

/** A process takes about so long. */
const mostMilliseconds = 3500;

/** Checkpoints that are written before the one on which a process is killed. */
const mostCheckpoints = 4;

/** Kills trainings on so many ranks and lets them go on. */
const rows: Readonly<Record<string, number>> = { "1 rank": 1, "2 ranks": 2 };

/** Kills the processes of a run one after the other, each of which goes on from the one before. */
export const killStress: StressTest = {
  name: "kills",
  description:
    "Kill training processes: the one that ends gives the model of an undisturbed run, " +
    "byte for byte.",
  rows: Object.keys(rows),
  count,
  async *run(options) {
    let done = 0;
    for (const [name, ranks] of Object.entries(rows)) {
      if (options.only && !options.only.includes(name)) continue;
      yield await killChains(name, ranks, options, () => options.onProgress(++done));
    }
  },
};

async function killChains(
  name: string,
  ranks: number,
  { seed, from, count: chains = count }: StressOptions,
  onChain: () => void,
): Promise<StressRow> {
  const start = performance.now();
  const directory = await makeScratchDirectory("kills");
  const failures: string[] = [];
  let halfWritten = 0, resumed = 0;
  try {
    const run = new KillableRun(directory, ranks);
    await run.prepare();
    const { modelBytes, steps } = await run.run([]);
    for (let chain = from; chain < from + chains; chain++) {
      const kills = Array.from({ length: killsPerChain }, (_, k) => keyedKill(seed, chain, k));
      const what = `chain ${chain} (${kills.map((kill) => JSON.stringify(kill)).join(", ")})`;
      try {
        const killed = await run.run(kills);
        halfWritten += killed.halfWritten;
        resumed += killed.starts.filter((line) => line.startsWith("resumed at step")).length;
        failures.push(
          ...problems(killed, modelBytes, steps.total).map((problem) => `${what}: ${problem}`),
        );
      } catch (error) {
        failures.push(`${what}: ${messageOf(error)}`);
      }
      onChain();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  const outcome = `${
    chains * killsPerChain
  } kills, ${halfWritten} on half a checkpoint, ${resumed} resumed`;
  return { name, count: chains, outcome, seconds: (performance.now() - start) / 1000, failures };
}

/** Every other process is killed while it writes. */
function keyedKill(seed: number, chain: number, k: number): Kill {
  const uniform = keyedUniform(hash(seed, "kill", chain), k);
  return (chain + k) % 2 === 0
    ? { milliseconds: Math.floor(mostMilliseconds * uniform) }
    : { checkpoint: Math.floor(mostCheckpoints * uniform) };
}

function problems(
  { modelBytes, starts, steps }: KilledRun,
  expected: Uint8Array,
  total: number,
): string[] {
  const problems: string[] = [];
  if (modelBytes.length !== expected.length || modelBytes.some((byte, k) => byte !== expected[k])) {
    problems.push("the model is not that of an undisturbed run");
  }
  const last = starts.at(-1) ?? "";
  const step = Number(last.match(/^resumed at step (\d+) of \d+$/)?.[1] ?? 0);
  if (!last.includes("is finished") && (steps.total !== total || steps.run !== total - step)) {
    problems.push(`${steps.run} of ${steps.total} steps were run after "${last}"`);
  }
  return problems;
}
