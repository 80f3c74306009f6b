/** Runs one stage in this thread, as the engine would with one rank. @module */

import type { RecordBatch } from "../../io/record_batch.ts";
import { inMemoryPeers } from "../../pipeline/engine/channels/peers.ts";
import type { Stage } from "../../pipeline/engine/definition/stage.ts";

/** The batches that `stage` gives for the batches of each input. */
export function runStage<Options>(
  stage: Stage<Options>,
  options: Readonly<Record<string, unknown>>,
  ...inputs: readonly (readonly RecordBatch[])[]
): Promise<RecordBatch[]> {
  return runStageIn(".", stage, options, ...inputs);
}

/** The same for a stage that writes into the directory of its run. */
export async function runStageIn<Options>(
  directory: string,
  stage: Stage<Options>,
  options: Readonly<Record<string, unknown>>,
  ...inputs: readonly (readonly RecordBatch[])[]
): Promise<RecordBatch[]> {
  const [peers] = inMemoryPeers(1);
  const output = stage.run({
    name: stage.name,
    options: stage.options.parse(options),
    rank: 0,
    ranks: 1,
    peers,
    directory,
    inputs: inputs.map(streamOf),
    signal: new AbortController().signal,
    beat() {},
    progress() {},
    warn() {},
  });
  if (output instanceof Promise) {
    await output;
    return [];
  }
  return await Array.fromAsync(output);
}

async function* streamOf(batches: readonly RecordBatch[]): AsyncGenerator<RecordBatch> {
  yield* batches;
}
