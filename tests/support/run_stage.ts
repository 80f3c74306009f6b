/** Runs one stage in this thread, as the engine would with one rank. @module */

import type { RecordBatch } from "../../io/record_batch.ts";
import type { Stage } from "../../pipeline/engine/definition/stage.ts";
import { runStageInMemory } from "../../pipeline/engine/workers/run_in_memory.ts";

/** The batches that `stage` yields for the batches of each input. */
export function runStage<Options>(
  stage: Stage<Options>,
  options: Readonly<Record<string, unknown>>,
  ...inputs: readonly (readonly RecordBatch[])[]
): Promise<RecordBatch[]> {
  return runStageIn(".", stage, options, ...inputs);
}

/** Like `runStage`, for a stage that uses the directory of its run. */
export function runStageIn<Options>(
  directory: string,
  stage: Stage<Options>,
  options: Readonly<Record<string, unknown>>,
  ...inputs: readonly (readonly RecordBatch[])[]
): Promise<RecordBatch[]> {
  const run = { options, inputs: inputs.map(streamOf), directory };
  return Array.fromAsync(runStageInMemory(stage, run));
}

/** Warnings of a stage that runs like `runStage`. */
export function warningsOf<Options>(
  stage: Stage<Options>,
  options: Readonly<Record<string, unknown>>,
  ...inputs: readonly (readonly RecordBatch[])[]
): Promise<readonly string[]> {
  return warningsIn(".", stage, options, ...inputs);
}

/** Warnings of a stage that runs like `runStageIn`. */
export async function warningsIn<Options>(
  directory: string,
  stage: Stage<Options>,
  options: Readonly<Record<string, unknown>>,
  ...inputs: readonly (readonly RecordBatch[])[]
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const run = { options, inputs: inputs.map(streamOf), directory, onWarning };
  await Array.fromAsync(runStageInMemory(stage, run));
  return warnings;
}

async function* streamOf(batches: readonly RecordBatch[]): AsyncGenerator<RecordBatch> {
  yield* batches;
}
