import assert from "node:assert/strict";
import { join } from "node:path";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { UserError } from "../../../errors.ts";
import partition from "../../../pipeline/stages/partition.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import train from "../../../pipeline/stages/train.ts";
import { readCheckpoint, writeCheckpoint } from "../../../pipeline/training/checkpoint_file.ts";
import { listCheckpoints } from "../../../pipeline/training/checkpoints.ts";
import { runStage, runStageIn } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "../stages/meshes.ts";
import { run } from "../stages/small_checkpoint.ts";

const STEPS = 4;

interface Inputs {
  readonly graphs: readonly RecordBatch[];
  readonly scales: readonly RecordBatch[];
}

async function inputs(): Promise<Inputs> {
  const meshes = [meshBatch("a", 40, 0, 1)];
  const scales = await runStage(statistics, {}, meshes);
  const subdomains = await runStage(partition, {}, meshes);
  const rule = { nodes: 20, radius: 0.5, maxEdges: 4, epochs: STEPS, seed: 1 };
  return { scales, graphs: await runStage(sample, rule, subdomains) };
}

async function trainIn(directory: string, { graphs, scales }: Inputs, options: object) {
  const network = { width: 4, hops: 1, encoderHidden: [4], decoderHidden: [4], kernelHidden: [4] };
  const checkpoint = { directory, every: { steps: 1 }, run };
  const all = { ...network, device: "cpu", checkpoint, ...options };
  return await runStageIn(directory, train, all, graphs, scales);
}

/** Checks that the last checkpoint has finite numbers after `steps` steps, and there is no model. */
async function checkLeft(directory: string, steps: number): Promise<string> {
  const [{ path, step }] = await listCheckpoints(directory);
  assert.equal(step, steps);
  const { model, firstMoment, secondMoment } = await readCheckpoint(path);
  for (const numbers of [model.parameters, firstMoment, secondMoment]) {
    assert.ok(numbers.every(Number.isFinite));
  }
  await assert.rejects(Deno.stat(join(directory, "model.safetensors")), Deno.errors.NotFound);
  return path;
}

Deno.test("a training that diverges ends at its step, and saves the finite numbers before", () =>
  inTemporaryDirectory(async (directory) => {
    const given = await inputs();
    // The update of step 1 is finite; with its parameters, the products of step 2 overflow.
    const wild = { learningRate: 1e22, warmup: 0 };
    const message =
      /training at step 2 \(sample "a"\): the gradient of "[\w.]+" must be finite, it is/;
    await assert.rejects(trainIn(directory, given, wild), { name: "UserError", message });
    const path = await checkLeft(directory, 1);

    // The last step is no exception.
    const last = join(directory, "last");
    await Deno.mkdir(last);
    const two = { ...given, graphs: given.graphs.slice(0, 2) };
    await assert.rejects(trainIn(last, two, wild), { name: "UserError", message });
    await checkLeft(last, 1);

    // A resumed run stops at the same step; one with other options starts from the checkpoint.
    const checkpoint = { directory, every: { steps: 1 }, run, resume: path };
    await assert.rejects(trainIn(directory, given, { ...wild, checkpoint }), { message });
    const first = await readCheckpoint(path);
    first.model.parameters.fill(0.1);
    await writeCheckpoint(path, first);
    const restarted = join(directory, "restarted");
    await Deno.mkdir(restarted);
    const [model] = await trainIn(restarted, given, { learningRate: 1e-30, initFrom: path });
    assert.deepEqual(model.list("parameters", 0, "float32"), first.model.parameters);
  }));

Deno.test("a training whose update overflows retains the parameters before it", () =>
  inTemporaryDirectory(async (directory) => {
    const given = await inputs();
    await assert.rejects(
      trainIn(directory, given, { learningRate: 1e40, warmup: 0, checkpoint: undefined }),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          /at step 1 .* the update of "[\w.]+" must be finite, .* 1e\+40/,
        );
        return true;
      },
    );
    await assert.rejects(Deno.stat(join(directory, "model.safetensors")), Deno.errors.NotFound);
  }));

Deno.test("readCheckpoint() refuses numbers that are not finite", () =>
  inTemporaryDirectory(async (directory) => {
    await trainIn(directory, await inputs(), {});
    const [{ path }] = await listCheckpoints(directory);
    const saved = await readCheckpoint(path);
    saved.secondMoment[3] = Infinity;
    await writeCheckpoint(path, saved);
    await assert.rejects(readCheckpoint(path), {
      name: "DataError",
      message: /"secondMoment" must be finite, element 3 is Infinity/,
    });
  }));
