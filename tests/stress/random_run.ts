/**
 * Runs a random pipeline and checks its results.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { messageOf, StageError } from "../../errors.ts";
import { processorShare } from "../../pipeline/engine/workers/processor_share.ts";
import type { RunReport } from "../../pipeline/engine/workers/run_report.ts";
import { runStages } from "../../pipeline/engine/workers/run_stages.ts";
import type { PipelineSpec } from "../../pipeline/engine/definition/spec.ts";
import { withinSeconds } from "../../scripts/command/within_seconds.ts";
import type { RandomPipeline } from "./random_pipeline.ts";
import { type Collected, collectedFile } from "./stages/collect.ts";
import { killFile } from "./stages/disturbance.ts";

/** Results of a run. */
export interface RandomRun {
  /** Violations, one line each. */
  readonly problems: readonly string[];
  /** Rows that were collected. */
  readonly rows: number;
  /** Channels that were enlarged since all stages waited for each other. */
  readonly grown: number;
  /** Seconds from the end of a worker, or from an abort, to the end of the run. */
  readonly endSeconds: number;
}

/** A run takes less than a second; one that takes this long hangs. */
const MAX_SECONDS = 60;
/** Seconds from the end of a worker to the end of the run, on an idle computer. */
const MAX_END_SECONDS = 5;
/** Running workers write their file more often than this. */
const BEAT_MILLISECONDS = 40;

/**
 * Runs a pipeline in an empty directory.
 *
 * @param abortMilliseconds When the run is aborted, if it is
 */
export async function runRandomPipeline(
  pipeline: RandomPipeline,
  directory: string,
  abortMilliseconds?: number,
): Promise<RandomRun> {
  const { spec, channelBytes, expected, kill } = pipeline;
  const stop = new AbortController();
  let grown = 0;
  let abortTime = Infinity;
  const abort = () => {
    abortTime = Date.now();
    stop.abort(new Error("stopped by the test"));
  };
  const abortTimer = abortMilliseconds === undefined
    ? undefined
    : setTimeout(abort, abortMilliseconds);
  // As built-in stages, they need no worker to load their definition.
  const registry = Object.fromEntries(Object.values(spec.stages).map(({ run }) => [run, run]));
  const run = runStages(spec, {
    registry,
    directory,
    channelBytes,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "warning") grown++;
    },
  });
  let report: RunReport | undefined;
  let error: unknown;
  try {
    report = await withinSeconds(MAX_SECONDS, run, HANGING);
  } catch (thrown) {
    error = thrown;
    if (error === HANGING) {
      stop.abort();
      await withinSeconds(MAX_SECONDS, run, HANGING).catch(() => {});
    }
  }
  const end = Date.now();
  clearTimeout(abortTimer);
  const problems = error === HANGING
    ? [`the run hangs for ${MAX_SECONDS} s`]
    : await livingWorkers(directory);
  const collected = readCollected(pipeline, directory);
  for (const [name, ranks] of Object.entries(collected)) {
    for (const [rank, rows] of ranks.entries()) {
      const { most } = spec.stages[name].with!;
      const problem = rows === undefined
        ? report && "received no rows"
        : difference(rows, expected[name][rank], most as number | undefined);
      if (problem) problems.push(`"${name}" rank ${rank} ${problem}`);
    }
  }
  const killTime = kill ? timeOfKill(directory) : abortTime;
  const endSeconds = Number.isFinite(killTime) && error !== undefined ? (end - killTime) / 1000 : 0;
  // On a shared computer, a second counts for the share of it that this process gets.
  if (endSeconds > MAX_END_SECONDS && endSeconds * processorShare() > MAX_END_SECONDS) {
    problems.push(`the run ended ${endSeconds} s after its worker`);
  }
  if (grown > 0 && !readsInTurn(spec)) {
    problems.push("a channel grew, though no stage reads one input before another");
  }
  problems.push(...wrongEnd(pipeline, error, Number.isFinite(abortTime)));
  return { problems, rows: countRows(collected), grown, endSeconds };
}

/** Whether a stage reads nothing of one input while it waits for another. */
function readsInTurn({ stages }: PipelineSpec): boolean {
  return Object.values(stages).some(({ with: { order } = {} }) =>
    order === "in turn" || order === "one after the other"
  );
}

const HANGING = new Error("hanging");

/** Violations of how a run must end. */
function wrongEnd({ kill }: RandomPipeline, error: unknown, isAborted: boolean): readonly string[] {
  if (kill !== undefined) {
    const isNamed = error instanceof StageError && error.stage === kill.stage &&
      error.rank === kill.rank;
    return isNamed ? [] : [`"${kill.stage}" rank ${kill.rank} was killed: ${error ?? "no error"}`];
  }
  const isAbort = isAborted && error instanceof Error && error.name === "AbortError";
  return error === undefined || isAbort ? [] : [messageOf(error)];
}

/** Workers that still write their files. */
async function livingWorkers(directory: string): Promise<string[]> {
  const beats = () =>
    [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
      name.endsWith(".beat")
    );
  for (const name of beats()) Deno.removeSync(`${directory}/${name}`);
  await new Promise((resolve) => setTimeout(resolve, BEAT_MILLISECONDS));
  return beats().map((name) => `worker ${name.replace(".beat", "")} still runs`);
}

/** The rows of each collecting rank, if it has written them. */
function readCollected(
  { expected }: RandomPipeline,
  directory: string,
): Readonly<Record<string, readonly (Collected | undefined)[]>> {
  const read = (name: string, rank: number): Collected | undefined => {
    try {
      return JSON.parse(Deno.readTextFileSync(collectedFile(directory, name, rank)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  };
  return Object.fromEntries(
    Object.entries(expected).map((
      [name, ranks],
    ) => [name, ranks.map((_, rank) => read(name, rank))]),
  );
}

/** How rows differ from those expected: a stage that stops early has the first of every path. */
function difference(rows: Collected, expected: Collected, most = Infinity): string | undefined {
  const count = (rows: Collected) =>
    Object.values(rows).reduce((sum, { length }) => sum + length, 0);
  const required = most === Infinity ? expected : Object.fromEntries(
    Object.entries(rows).map(([path, { length }]) => [path, expected[path]?.slice(0, length)]),
  );
  const isComplete = count(rows) >= Math.min(most, count(expected));
  if (isComplete && isDeepStrictEqual(rows, required)) return undefined;
  return `received ${JSON.stringify(rows)} where ${JSON.stringify(expected)} is expected`;
}

function countRows(collected: ReturnType<typeof readCollected>): number {
  return Object.values(collected).flat().flatMap((rows) => Object.values(rows ?? {})).reduce(
    (sum, { length }) => sum + length,
    0,
  );
}

function timeOfKill(directory: string): number {
  try {
    return Number(Deno.readTextFileSync(killFile(directory)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return Infinity;
    throw error;
  }
}
