/** Trainings with validation in this thread, on one rank and on several. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { RecordBatch } from "../../../io/record_batch.ts";
import { inMemoryPeers } from "../../../pipeline/engine/channels/peers.ts";
import type { StageRecord } from "../../../pipeline/engine/definition/stage.ts";
import { executeStage } from "../../../pipeline/engine/workers/execute_stage.ts";
import partition from "../../../pipeline/stages/partition.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import train from "../../../pipeline/stages/train.ts";
import { readCheckpoint } from "../../../pipeline/training/checkpoint_file.ts";
import { listCheckpoints } from "../../../pipeline/training/checkpoints.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import { runStage } from "../../support/run_stage.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { meshBatch } from "./meshes.ts";
import { run } from "./small_checkpoint.ts";

const EPOCHS = 4;
const NETWORK = { width: 4, hops: 1, encoderHidden: [4], decoderHidden: [4], kernelHidden: [4] };

interface Trained {
  readonly directory: string;
  readonly records: readonly StageRecord[];
  readonly model: RecordBatch;
}

interface Training {
  readonly ranks?: number | undefined;
  readonly options?: object | undefined;
  /** Graphs of the training on each rank. @default all */
  readonly graphCount?: number | undefined;
  /** @default two samples */
  readonly validation?: readonly RecordBatch[] | undefined;
}

const TRAINING = [meshBatch("a", 40, 0, 2), meshBatch("b", 40, 1, 2)];
const VALIDATION = [meshBatch("c", 40, 0, 2), meshBatch("d", 40, 1, 2)];

async function graphsOf(meshes: readonly RecordBatch[], ranks: number, epochs: number) {
  const subdomains = await runStage(partition, { parts: ranks }, meshes);
  const rule = { nodes: 20, radius: 0.5, maxEdges: 4, epochs, seed: 1 };
  return await runStage(sample, rule, subdomains);
}

/** Trains on all ranks in a directory of its own. */
async function trained(directory: string, training: Training): Promise<Trained> {
  const { ranks = 1, options = {}, graphCount, validation = VALIDATION } = training;
  await Deno.mkdir(directory, { recursive: true });
  const scales = await runStage(statistics, {}, TRAINING);
  const graphs = (await graphsOf(TRAINING, ranks, EPOCHS)).slice(
    0,
    graphCount && ranks * graphCount,
  );
  const validationGraphs = validation.length === 0 ? [] : await graphsOf(validation, ranks, 1);
  const { signal } = new AbortController();
  const records: StageRecord[] = [];
  const models = inMemoryPeers(ranks, signal).map(async (peers, rank) => {
    const ofRank = (batches: readonly RecordBatch[]) =>
      batches.filter((graph) => graph.value("rank", 0, "int32") === rank);
    const inputs = [ofRank(graphs), scales, ofRank(validationGraphs)];
    const [model] = await Array.fromAsync(executeStage(train, {
      name: "model",
      options: { ...NETWORK, device: "cpu", certify: false, ...options },
      rank,
      ranks,
      inputs: inputs.map(async function* (batches) {
        yield* batches;
      }),
      peers,
      directory,
      signal,
      beat() {},
      progress() {},
      record: (entry) => records.push(entry),
      warn() {},
    }));
    return model;
  });
  const [model] = await Promise.all(models);
  return { directory, records: records.filter(({ kind }) => kind === "validation"), model };
}

Deno.test("train validates after each epoch as on one rank, and retains the best", () =>
  inTemporaryDirectory(async (home) => {
    const runs = await Promise.all(
      [1, 2, 3].map((ranks) =>
        trained(join(home, String(ranks)), { ranks, options: { keep: "best" } })
      ),
    );
    const figures = runs.map(({ records }) =>
      records.flatMap(({ values: { relativeL2, normalisedRmse } }) =>
        [relativeL2, normalisedRmse].map(Number)
      )
    );
    const [{ records, directory, model }] = runs;
    assert.deepEqual(records.map(({ values }) => [values.step, values.epoch]), [
      [2, 0],
      [4, 1],
      [6, 2],
      [8, 3],
    ]);
    assert.ok(records.every(({ values: { sampleCount } }) => sampleCount === 2));
    for (const other of figures.slice(1)) {
      other.forEach((figure, k) => assert.ok(Math.abs(figure / figures[0][k] - 1) < 1e-5));
    }
    const errors = records.map(({ values }) => Number(values.relativeL2));
    const best = records.findLast(({ values }) => values.isBest)!.values.step;
    assert.equal(errors.indexOf(Math.min(...errors)), Number(best) / 2 - 1);
    const [retained, bestFile] = await Promise.all(
      ["model", "model.best"].map((name) => readModelFile(join(directory, `${name}.safetensors`))),
    );
    assert.deepEqual(retained.model, bestFile.model);
    assert.deepEqual([retained.training.keptStep, bestFile.training.steps], [best, best]);
    assert.equal(JSON.parse(model.value("validation", 0, "utf8")).points.length, 4);
  }));

Deno.test("train with validation resumes to the same bits, and ends after its patience", () =>
  inTemporaryDirectory(async (home) => {
    const checkpointIn = (name: string, resume?: string) => ({
      keep: "best",
      schedule: "cosine",
      weightDecay: 0.1,
      ema: 0.9,
      checkpoint: { directory: join(home, name), every: { steps: 1 }, run, resume },
    });
    const whole = await trained(join(home, "whole"), { options: checkpointIn("whole") });
    await trained(join(home, "stopped"), { graphCount: 5, options: checkpointIn("stopped") });
    const [last, previous] = await listCheckpoints(join(home, "stopped"));
    assert.deepEqual([last.step, previous.step], [5, 4]);
    const saved = await readCheckpoint(last.path);
    assert.ok(saved.meanParameters?.some((value, k) => value !== saved.model.parameters[k]));
    assert.deepEqual(saved.progress.validation?.points.map(({ step }) => step), [2, 4]);
    // The same run without the step that only the stopped one validated, its last.
    const resumed = await trained(join(home, "resumed"), {
      options: checkpointIn("resumed", last.path),
    });
    const bytesOf = ({ directory }: Trained, name: string) =>
      Deno.readFile(join(directory, `${name}.safetensors`));
    for (const name of ["model", "model.best"]) {
      assert.deepEqual(await bytesOf(resumed, name), await bytesOf(whole, name));
    }
    assert.equal(
      resumed.model.value("validation", 0, "utf8"),
      whole.model.value("validation", 0, "utf8"),
    );

    // A rate of almost 0: nothing after the first validation is better.
    const impatient = await trained(join(home, "impatient"), {
      options: { learningRate: 1e-12, patience: 2 },
    });
    assert.deepEqual(impatient.records.map(({ values }) => values.step), [2, 4, 6]);
    assert.equal(impatient.model.list("losses", 0, "float64").length, 6);
    // Where the rate falls to 0, the last model is retained unless the best one is asked for.
    const keptStep = async (name: string, options: object) => {
      const { directory } = await trained(join(home, name), { options });
      return (await readModelFile(join(directory, "model.safetensors"))).training.keptStep;
    };
    assert.equal(await keptStep("annealed", {}), undefined);
    assert.equal(await keptStep("last", { schedule: "constant", keep: "last" }), undefined);
    assert.equal(typeof await keptStep("constant", { schedule: "constant" }), "number");
  }));

Deno.test("train refuses validation without samples, and of other fields", () =>
  inTemporaryDirectory(async (home) => {
    await assert.rejects(trained(home, { validation: [] }), {
      name: "DataError",
      message: /^Cannot validate: there must be a validation sample, received none/,
    });
    const scales = await runStage(statistics, {}, TRAINING);
    const graphs = await graphsOf(TRAINING, 1, 1);
    for (const options of [{ validation: {} }, { keep: "best" }, { patience: 1 }]) {
      await assert.rejects(runStage(train, { ...NETWORK, ...options }, graphs, scales), {
        name: "UserError",
        message: /^Cannot train with (validation|keep: "best"|patience): there must be validation/,
      });
    }
    await assert.rejects(
      runStage(train, { ...NETWORK, validation: { every: "abc" } }, graphs, scales),
      /must be such as 1epoch, 200steps or 60s/,
    );
  }));
