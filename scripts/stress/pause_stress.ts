/**
 * The stress test of the engine: small pipelines of random shape whose stages pause, and whose
 * workers are killed.
 *
 * @module
 */

import { hash, KeyedSequence } from "../../pipeline/graph/random.ts";
import { drawPipeline } from "./random_pipeline.ts";
import { type RandomRun, runRandomPipeline } from "./random_run.ts";
import type { StressOptions, StressRow, StressTest } from "./stress_test.ts";
import { makeScratchDirectory } from "../command/scratch_directory.ts";

/** Pipelines of each row. */
const count = 250;

/** Within so long, a run is at any point of its life. */
const mostAbortMilliseconds = 600;

/** What disturbs the pipelines of each row, apart from pauses. */
const rows: Readonly<Record<string, readonly ("none" | "kill" | "abort")[]>> = {
  undisturbed: ["none"],
  killed: ["kill", "kill", "kill", "abort"],
};

/** Runs pipelines of random shape. */
export const pauseStress: StressTest = {
  name: "pauses",
  description:
    "Pause stages and kill workers: every row arrives once and in order, or the run ends " +
    "with an error.",
  rows: Object.keys(rows),
  count,
  async *run(options) {
    let done = 0;
    for (const [name, disturbances] of Object.entries(rows)) {
      if (options.only && !options.only.includes(name)) continue;
      yield await runPipelines(name, disturbances, options, () => options.onProgress(++done));
    }
  },
};

async function runPipelines(
  name: string,
  disturbances: readonly string[],
  { seed, from, count: rounds = count }: StressOptions,
  onRound: () => void,
): Promise<StressRow> {
  const start = performance.now();
  const failures: string[] = [];
  const runs: RandomRun[] = [];
  let workers = 0;
  for (let round = from; round < from + rounds; round++) {
    const disturbance = disturbances[round % disturbances.length];
    const pipeline = drawPipeline(seed, round, disturbance === "kill");
    const abort = new KeyedSequence(hash(seed, "abort", round)).below(mostAbortMilliseconds);
    const directory = await makeScratchDirectory("pauses");
    try {
      const run = await runRandomPipeline(
        pipeline,
        directory,
        disturbance === "abort" ? abort : undefined,
      );
      failures.push(...run.problems.map((problem) => `round ${round} of seed ${seed}: ${problem}`));
      runs.push(run);
      workers += pipeline.workerCount;
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
    onRound();
  }
  const collected = runs.reduce((sum, { rows }) => sum + rows, 0);
  const grown = runs.filter(({ grown }) => grown > 0).length;
  const slowest = Math.max(0, ...runs.map(({ endSeconds }) => endSeconds));
  const outcome = [
    `${workers} workers, ${collected} rows, more room in ${grown} runs`,
    ...(slowest > 0 ? [`ended within ${slowest.toFixed(1)} s`] : []),
  ].join(", ");
  return { name, count: rounds, outcome, seconds: (performance.now() - start) / 1000, failures };
}
