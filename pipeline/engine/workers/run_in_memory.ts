/**
 * Stages that run in the calling thread on one rank, without workers: to look at the first batches
 * of a pipeline, and for tests.
 *
 * @module
 */

import type { RecordBatch } from "../../../io/record_batch.ts";
import { inMemoryPeers } from "../channels/peers.ts";
import type { Stage, StageRecord } from "../definition/stage.ts";
import type { ValidPipeline, ValidStage } from "../definition/validate.ts";
import { executeStage } from "./execute_stage.ts";

/** Options of a pipeline that runs in memory. */
export interface InMemoryRunOptions {
  /** Directory for the files of the run. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /**
   * Options to run a stage with instead of those of the pipeline. @default those of the pipeline
   */
  readonly optionsOf?:
    | ((stage: ValidStage) => Readonly<Record<string, unknown>>)
    | undefined;
  /** Called for every batch of every stage before its consumer receives it. */
  readonly onBatch?: ((stage: ValidStage, batch: RecordBatch) => void) | undefined;
}

/**
 * Yields the batches of one stage of a pipeline. The stages before it run as far as their batches
 * are read: the next batch is computed when it is requested, and leaving the loop ends them all. A
 * stage with several consumers runs once for each.
 *
 * @param name Name of the stage in the pipeline.
 * @throws {RangeError} If one of the stages is not built in: custom code only runs in workers.
 */
export async function* runInMemory(
  plan: ValidPipeline,
  name: string,
  run: InMemoryRunOptions,
): AsyncGenerator<RecordBatch, void, void> {
  const stage = plan.stages.get(name);
  if (stage?.builtIn === undefined) {
    throw new RangeError(`Cannot run stage "${name}" in memory: it must be a built-in stage`);
  }
  const batches = runStageInMemory(stage.builtIn, {
    name,
    options: run.optionsOf?.(stage) ?? stage.options,
    inputs: stage.from.map((producer) => runInMemory(plan, producer, run)),
    directory: run.directory,
    signal: run.signal,
  });
  for await (const batch of batches) {
    run.onBatch?.(stage, batch);
    yield batch;
  }
}

/** Options of a single stage that runs in memory. */
export interface InMemoryStageOptions {
  /** Name of the stage in its pipeline. @default that of its module */
  readonly name?: string | undefined;
  /** Options of the stage, as in the `with` of a pipeline. */
  readonly options: Readonly<Record<string, unknown>>;
  /** One stream for each input that the stage declares. */
  readonly inputs: readonly AsyncIterable<RecordBatch>[];
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  /** Called whenever the stage shows that it is at work. */
  readonly onBeat?: (() => void) | undefined;
  /** Receives the warnings of the stage. @default they are dropped */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Called with every entry of the log. */
  readonly onRecord?: ((entry: StageRecord) => void) | undefined;
}

/**
 * Yields the batches of a stage on given inputs; none if it declares no output.
 *
 * @throws {Error} If the signal is aborted: its reason.
 */
export async function* runStageInMemory(
  stage: Stage,
  run: InMemoryStageOptions,
): AsyncGenerator<RecordBatch, void, void> {
  const { signal = new AbortController().signal, onBeat, onWarning, onRecord } = run;
  const [peers] = inMemoryPeers(1, signal);
  const batches = executeStage(stage, {
    name: run.name ?? stage.name,
    options: run.options,
    rank: 0,
    ranks: 1,
    inputs: run.inputs,
    peers,
    directory: run.directory,
    signal,
    beat: () => {
      onBeat?.();
      signal.throwIfAborted();
    },
    progress: () => {},
    record: (entry) => onRecord?.(entry),
    warn: (message) => onWarning?.(message),
  });
  for await (const batch of batches) {
    signal.throwIfAborted();
    yield batch;
  }
}
