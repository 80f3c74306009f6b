/**
 * Runs a drawn pipeline and checks what came of it.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { messageOf, StageError } from "../../errors.ts";
import { processorShare } from "../../pipeline/engine/workers/processor_share.ts";
import type { RunReport } from "../../pipeline/engine/workers/run_report.ts";
import { runStages } from "../../pipeline/engine/workers/run_stages.ts";
import type { PipelineSpec } from "../../pipeline/engine/definition/spec.ts";
import { withinSeconds } from "../command/within_seconds.ts";
import type { RandomPipeline } from "./random_pipeline.ts";
import { type Collected, collectedFile } from "./stages/collect.ts";
import { killFile } from "./stages/disturbance.ts";

/** How a run went. */
export interface RandomRun {
  /** What must not happen, a line each. */
  readonly problems: readonly string[];
  /** Rows that were collected. */
  readonly rows: number;
  /** Channels that got more room, as all stages waited for each other. */
  readonly grown: number;
  /** From the end of a worker, or from an abort, to the end of the run. */
  readonly endSeconds: number;
}

/** A run takes parts of a second; one that takes so long hangs. */
const mostSeconds = 60;
/** From the end of a worker to that of the run, with a processor of one's own. */
const mostEndSeconds = 5;
/** Workers that live say so more often than that. */
const beatMilliseconds = 40;

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
  let grown = 0, abortTime = Infinity;
  const abort = () => {
    abortTime = Date.now();
    stop.abort(new Error("stopped by the test"));
  };
  const abortTimer = abortMilliseconds === undefined
    ? undefined
    : setTimeout(abort, abortMilliseconds);
  // Built in, as it were: nothing has to be asked of workers before they run.
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
  let report: RunReport | undefined, error: unknown;
  try {
    report = await withinSeconds(mostSeconds, run, hanging);
  } catch (thrown) {
    error = thrown;
    if (error === hanging) {
      stop.abort();
      await withinSeconds(mostSeconds, run, hanging).catch(() => {});
    }
  }
  const end = Date.now();
  clearTimeout(abortTimer);
  const problems = error === hanging
    ? [`the run hangs for ${mostSeconds} s`]
    : await livingWorkers(directory);
  const collected = readCollected(pipeline, directory);
  for (const [name, ranks] of Object.entries(collected)) {
    for (const [rank, rows] of ranks.entries()) {
      const { most } = spec.stages[name].with!;
      const problem = rows === undefined
        ? report && "got no rows"
        : difference(rows, expected[name][rank], most as number | undefined);
      if (problem) problems.push(`"${name}" rank ${rank} ${problem}`);
    }
  }
  const killTime = kill ? timeOfKill(directory) : abortTime;
  const endSeconds = Number.isFinite(killTime) && error !== undefined ? (end - killTime) / 1000 : 0;
  // On a computer that others use too, a second is as long as what there is of it.
  if (endSeconds > mostEndSeconds && endSeconds * processorShare() > mostEndSeconds) {
    problems.push(`the run ended ${endSeconds} s after its worker`);
  }
  if (grown > 0 && !readsInTurn(spec)) {
    problems.push("a channel grew, though no stage reads one input before another");
  }
  problems.push(...wrongEnd(pipeline, error, Number.isFinite(abortTime)));
  return { problems, rows: countRows(collected), grown, endSeconds };
}

/** Whether a stage leaves one input alone while it waits for another. */
function readsInTurn({ stages }: PipelineSpec): boolean {
  return Object.values(stages).some(({ with: { order } = {} }) =>
    order === "in turn" || order === "one after the other"
  );
}

const hanging = new Error("hanging");

/** What is wrong with how the run ended. */
function wrongEnd({ kill }: RandomPipeline, error: unknown, isAborted: boolean): readonly string[] {
  if (kill !== undefined) {
    const isNamed = error instanceof StageError && error.stage === kill.stage &&
      error.rank === kill.rank;
    return isNamed ? [] : [`"${kill.stage}" rank ${kill.rank} was killed: ${error ?? "no error"}`];
  }
  const isAbort = isAborted && error instanceof Error && error.name === "AbortError";
  return error === undefined || isAbort ? [] : [messageOf(error)];
}

/** The workers that still make their files. */
async function livingWorkers(directory: string): Promise<string[]> {
  const beats = () =>
    [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) =>
      name.endsWith(".beat")
    );
  for (const name of beats()) Deno.removeSync(`${directory}/${name}`);
  await new Promise((resolve) => setTimeout(resolve, beatMilliseconds));
  return beats().map((name) => `worker ${name.replace(".beat", "")} still runs`);
}

/** The rows of each rank that collects; undefined where it has not written them. */
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

/**
 * How rows differ from those expected, of which a stage that takes `most` gets the first ones of
 * every path.
 */
function difference(rows: Collected, expected: Collected, most = Infinity): string | undefined {
  const count = (rows: Collected) =>
    Object.values(rows).reduce((sum, { length }) => sum + length, 0);
  const wanted = most === Infinity ? expected : Object.fromEntries(
    Object.entries(rows).map(([path, { length }]) => [path, expected[path]?.slice(0, length)]),
  );
  const isComplete = count(rows) >= Math.min(most, count(expected));
  if (isComplete && isDeepStrictEqual(rows, wanted)) return undefined;
  return `got ${JSON.stringify(rows)} where ${JSON.stringify(expected)} is expected`;
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
