import assert from "node:assert/strict";
import { join } from "node:path";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { runStageInMemory } from "../../../pipeline/engine/workers/run_in_memory.ts";
import { readCheckpoint } from "../../../pipeline/training/checkpoint_file.ts";
import { listCheckpoints } from "../../../pipeline/training/checkpoints.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import partition from "../../../pipeline/stages/partition.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import train from "../../../pipeline/stages/train.ts";
import { runStage } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "./meshes.ts";
import { run } from "./small_checkpoint.ts";

const STEPS = 3;

/**
 * Trains in this thread, and stops as a stopped run does: with an error, at the beat `stopBeat`.
 */
async function trainUntil(
  stopBeat: number,
  directory: string,
  graphs: readonly RecordBatch[],
  scales: readonly RecordBatch[],
): Promise<{ readonly beats: number }> {
  const stop = new AbortController();
  let beats = 0;
  const output = runStageInMemory(train, {
    directory,
    signal: stop.signal,
    options: {
      width: 4,
      hops: 1,
      encoderHidden: [4],
      decoderHidden: [4],
      kernelHidden: [4],
      // Muon also waits for the device within its update.
      optimizer: "muon",
      device: "cpu",
      checkpoint: { directory, every: { seconds: 1000 }, run },
    },
    inputs: [graphs, scales].map((batches) => ReadableStream.from(batches)),
    onBeat: () => {
      if (++beats === stopBeat) stop.abort(new Error("stopped on request"));
    },
  });
  await Array.fromAsync(output).catch((error) => assert.match(error.message, /stopped on request/));
  return { beats };
}

Deno.test("train saves complete steps only, wherever it is stopped", () =>
  inTemporaryDirectory(async (directory) => {
    const meshes = [meshBatch("a", 40, 0, 1)];
    const [scales, subdomains] = await Promise.all([
      runStage(statistics, {}, meshes),
      runStage(partition, { parts: 1 }, meshes),
    ]);
    const graphs = await runStage(
      sample,
      { nodes: 20, radius: 0.5, maxEdges: 4, epochs: STEPS, seed: 1 },
      subdomains,
    );
    // The model after each number of steps, of a training without further graphs.
    const models: Float32Array[] = [];
    let lastBeat = 0;
    for (let steps = 1; steps <= STEPS; steps++) {
      const complete = join(directory, `${steps} steps`);
      await Deno.mkdir(complete);
      const { beats } = await trainUntil(Infinity, complete, graphs.slice(0, steps), scales);
      lastBeat = beats;
      models.push((await readModelFile(join(complete, "model.safetensors"))).model.parameters);
    }
    const saved = new Set<number>();
    for (let beat = 1; beat <= lastBeat; beat++) {
      const stopped = join(directory, `beat ${beat}`);
      await Deno.mkdir(stopped);
      await trainUntil(beat, stopped, graphs, scales);
      const [place] = await listCheckpoints(stopped);
      saved.add(place?.step ?? 0);
      if (place === undefined) continue;
      const { model, progress, losses } = await readCheckpoint(place.path);
      assert.equal(losses.length, progress.step);
      assert.deepEqual(
        model.parameters,
        models[progress.step - 1],
        `beat ${beat}, step ${progress.step}`,
      );
    }
    assert.deepEqual([...saved], [0, 1, 2, 3]);
  }));
