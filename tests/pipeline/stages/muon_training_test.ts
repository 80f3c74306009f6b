/** Trainings with Muon in this thread: what they record, and how they resume. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { readCheckpoint } from "../../../pipeline/training/checkpoint_file.ts";
import { listCheckpoints } from "../../../pipeline/training/checkpoints.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import partition from "../../../pipeline/stages/partition.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import train from "../../../pipeline/stages/train.ts";
import { runStage, runStageIn } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "./meshes.ts";
import { run } from "./small_checkpoint.ts";

const STEPS = 4;
const SAVED_STEPS = 2;

Deno.test("a training with Muon resumes to the bits of an uninterrupted one", () =>
  inTemporaryDirectory(async (directory) => {
    const meshes = [meshBatch("a", 40, 0, 1)];
    const scales = await runStage(statistics, {}, meshes);
    const subdomains = await runStage(partition, {}, meshes);
    const rule = { nodes: 20, radius: 0.5, maxEdges: 4, epochs: STEPS, seed: 1 };
    const graphs = await runStage(sample, rule, subdomains);
    const trainIn = async (name: string, steps: number, options: object) => {
      const place = join(directory, name);
      await Deno.mkdir(place, { recursive: true });
      const checkpoint = { directory: place, every: { steps: 1 }, run };
      const sizes = {
        width: 4,
        hops: 1,
        encoderHidden: [4],
        decoderHidden: [4],
        kernelHidden: [4],
      };
      const all = { ...sizes, device: "cpu", checkpoint, ...options };
      const [batch] = await runStageIn(place, train, all, graphs.slice(0, steps), scales);
      const [{ path }] = await listCheckpoints(place);
      return { batch, path, bytes: await Deno.readFile(join(place, "model.safetensors")) };
    };
    const uninterrupted = await trainIn("uninterrupted", STEPS, { optimizer: "muon" });
    const stopped = await trainIn("stopped", SAVED_STEPS, { optimizer: "muon" });
    const saved = await readCheckpoint(stopped.path);
    assert.deepEqual([saved.progress.step, saved.progress.optimizer], [SAVED_STEPS, "muon"]);
    const other = join(directory, "resumed");
    const resume = { directory: other, every: { steps: 1 }, run, resume: stopped.path };
    const resumed = await trainIn("resumed", STEPS, { optimizer: "muon", checkpoint: resume });
    assert.deepEqual(resumed.bytes, uninterrupted.bytes);
    const [first, last] = await Promise.all(
      [resumed, uninterrupted].map(({ path }) => readCheckpoint(path)),
    );
    assert.deepEqual(first.firstMoment, last.firstMoment);
    assert.deepEqual(first.secondMoment, last.secondMoment);
    const { training } = await readModelFile(join(directory, "resumed", "model.safetensors"));
    assert.equal(training.optimizer, "muon");
    assert.equal(JSON.parse(resumed.batch.value("training", 0, "utf8")).optimizer, "muon");

    // Moments of another optimizer would be a momentum of a different size, without a word.
    await assert.rejects(trainIn("resumed", STEPS, { checkpoint: resume }), {
      name: "DataError",
      message: /optimizer must be that of the checkpoint, "muon", it is "adam"/,
    });
    // A warm start takes the parameters alone.
    const warm = await trainIn("warm", SAVED_STEPS, { initFrom: stopped.path });
    const { progress } = await readCheckpoint(warm.path);
    assert.ok(!("optimizer" in progress), "nothing is recorded for Adam");
    const adam = await readModelFile(join(directory, "warm", "model.safetensors"));
    assert.ok(!("optimizer" in adam.training));
  }));
