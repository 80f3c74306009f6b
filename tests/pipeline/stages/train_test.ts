/** Training in workers, as in a real run, on a Darcy data set of 17 × 17 nodes. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { convertStore } from "../../../pipeline/datasets/convert_store.ts";
import { generateDarcyStore } from "../../../pipeline/datasets/darcy/darcy_store.ts";
import { runStages } from "../../../pipeline/engine/workers/run_stages.ts";
import { definePipeline } from "../../../pipeline/stages/built_in_pipeline.ts";
import { oneCycleRate } from "../../../pipeline/model/optimizer.ts";
import type { Certificate } from "../../../pipeline/training/certificate.ts";
import type { DsmpnnConfig } from "../../../pipeline/model/config.ts";
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import load from "../../../pipeline/stages/load.ts";
import partition from "../../../pipeline/stages/partition.ts";
import { STAGES } from "../../../pipeline/stages/registry.ts";
import sample from "../../../pipeline/stages/sample.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import train from "../../../pipeline/stages/train.ts";
import type { Divisors } from "../../../pipeline/training/target_divisors.ts";
import { GRADIENT_LIMIT, LOSS_LIMIT, PREDICTION_LIMIT } from "../../support/exactness.ts";
import { runStage, runStageIn } from "../../support/run_stage.ts";

/** Limit of the relative loss difference of P ranks and one; rounding grows with the steps. */
const RANKS_LIMIT = 1e-4;
const RADIUS = 0.3;
const STEPS = 8;

const directory = await Deno.makeTempDir({ prefix: "haloflow-train-" });
const generated = join(directory, "generated.zarr");
const zarr = join(directory, "darcy.zarr");

const SMALL_GRAPHS = { nodes: 120, radius: RADIUS, maxEdges: 10, seed: 2 };

const SMALL_NETWORK = {
  width: 8,
  hops: 3,
  encoderHidden: [16],
  decoderHidden: [16],
  kernelHidden: [12, 12],
  learningRate: 5e-3,
  seed: 1,
  device: "cpu",
} as const;

interface TrainingRun {
  readonly directory: string;
  readonly losses: readonly number[];
  readonly learningRates: readonly number[];
  readonly certificate: Certificate | null;
  readonly droppedEdges: number;
  readonly warnings: readonly string[];
}

interface Choice {
  readonly parts?: number | undefined;
  readonly overlap?: number | undefined;
  readonly store?: string | undefined;
  /** Of the targets. */
  readonly divisors?: Divisors | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Writes the generated store with coefficients of 2 and 8, and solutions multiplied by a power of
 * them: multiplied and divided by powers of two, a target retains all its bits.
 */
async function writeMultiple(path: string, power: number): Promise<void> {
  const source = await openMeshStore(generated);
  const read = async (index: number) => {
    const sample = await source.read(index);
    const coefficient = sample.fields.coefficient.map((value) => value < 6 ? 2 : 8);
    const multiple = (value: number, node: number) => value * coefficient[node] ** power;
    return { ...sample, fields: { coefficient, solution: sample.fields.solution.map(multiple) } };
  };
  const split = (name: string) => source.split(name);
  const { attributes, sampleCount } = source;
  await convertStore({ path: generated, attributes, sampleCount, split, read }, path);
}

let runs = 0;

/** Trains, by default for 8 steps: two epochs over four samples. */
async function trainInWorkers(ranks: number, choice: Choice = {}): Promise<TrainingRun> {
  const {
    parts = ranks,
    overlap = RADIUS,
    store = zarr,
    divisors = {},
  } = choice;
  const output = join(directory, `run${runs++}`);
  const warnings: string[] = [];
  const pipeline = definePipeline({
    name: "train",
    stages: {
      meshes: { run: "load", with: { store } },
      statistics: { run: "statistics", from: "meshes", with: { divisors } },
      subdomains: { run: "partition", from: "meshes", with: { parts, overlap } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { ...SMALL_GRAPHS, epochs: STEPS / 4 },
      },
      model: {
        run: "train",
        from: ["graphs", "statistics"],
        ranks,
        with: { ...SMALL_NETWORK, ...choice.with },
      },
      record: { run: import.meta.resolve("./record_model.ts"), from: "model" },
    },
  });
  await runStages(pipeline, {
    registry: STAGES,
    directory: output,
    onEvent: (event) => event.type === "warning" && warnings.push(event.message),
  });
  const record = JSON.parse(await Deno.readTextFile(join(output, "model.json")));
  return { directory: output, warnings, ...record };
}

/** Losses of a training on one sample in this thread, on one rank. */
async function trainOneSample(
  epochs: number,
  options: object,
  parts = 1,
): Promise<readonly number[]> {
  const meshes = await runStage(load, { store: zarr, limit: 1 });
  const scales = await runStage(statistics, {}, meshes);
  const subdomains = await runStage(partition, { parts }, meshes);
  const graphs = await runStage(sample, { ...SMALL_GRAPHS, epochs }, subdomains);
  const network = { ...SMALL_NETWORK, ...options };
  const [model] = await runStageIn(directory, train, network, graphs, scales);
  return [...model.list("losses", 0, "float64")];
}

Deno.test("training in workers", async (t) => {
  const shares = { train: 4, validation: 0, test: 0 };
  await generateDarcyStore(generated, { count: 4, resolution: 17, seed: 3, shares });
  await writeMultiple(zarr, 0);
  try {
    await checkTraining(t);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function checkTraining(t: Deno.TestContext): Promise<void> {
  const alone = await trainInWorkers(1);

  await t.step("takes one step per sample and epoch, at the one-cycle rate", () => {
    const { losses, learningRates } = alone;
    assert.equal(losses.length, STEPS);
    const expected = losses.map((_, step) => oneCycleRate(step, { steps: STEPS, peakRate: 5e-3 }));
    assert.deepEqual(learningRates, expected);
    assert.deepEqual([alone.certificate, alone.droppedEdges, alone.warnings], [null, 0, []]);
  });

  await t.step("learns a single sample", async () => {
    const losses = await trainOneSample(40, { learningRate: 2e-2 });
    assert.ok(losses[losses.length - 1] < 0.3 * losses[0], losses.join(" "));
  });

  const two = await trainInWorkers(2);
  for (const ranks of [2, 4]) {
    await t.step(`gives on ${ranks} ranks the losses of one, with a certificate`, async () => {
      const { losses, certificate, warnings } = ranks === 2 ? two : await trainInWorkers(ranks);
      assert.equal(losses.length, STEPS);
      for (const [step, loss] of losses.entries()) {
        const error = Math.abs(loss - alone.losses[step]) / alone.losses[step];
        assert.ok(error <= RANKS_LIMIT, `step ${step + 1}: ${loss} and ${alone.losses[step]}`);
      }
      assert.ok(certificate);
      assert.equal(certificate.ranks, ranks);
      assert.ok(certificate.predictionError <= PREDICTION_LIMIT, JSON.stringify(certificate));
      assert.ok(certificate.gradientError <= GRADIENT_LIMIT, JSON.stringify(certificate));
      assert.ok(certificate.lossError <= LOSS_LIMIT, JSON.stringify(certificate));
      assert.deepEqual(warnings, []);
    });
  }

  await t.step(
    "learns the same with divisors as from targets that were divided before",
    async () => {
      const store = join(directory, "multiple.zarr");
      await writeMultiple(store, 2);
      const referred = await trainInWorkers(2, {
        store,
        divisors: { solution: { coefficient: 2 } },
      });
      assert.deepEqual(referred.losses, two.losses);
      const [plain, divided] = await Promise.all(
        [two, referred].map(async (run) =>
          (await readModelFile(join(run.directory, "model.safetensors"))).model
        ),
      );
      assert.deepEqual(divided.parameters, plain.parameters);
      assert.deepEqual(divided.normalisation.targetScale, plain.normalisation.targetScale);
      assert.deepEqual([...divided.normalisation.targetPowers], [0, 0, 2]);
    },
  );

  await t.step("writes the same bytes in equal runs", async () => {
    const [first, second] = [two, await trainInWorkers(2)];
    const bytes = await Promise.all(
      [first, second].map((run) => Deno.readFile(join(run.directory, "model.safetensors"))),
    );
    assert.deepEqual(first.losses, second.losses);
    assert.deepEqual(bytes[0], bytes[1]);
    const { model, training } = await readModelFile(join(first.directory, "model.safetensors"));
    assert.deepEqual(model.inputNames, ["x", "y", "coefficient"]);
    assert.deepEqual(model.graphRule, {
      edges: "radius",
      radius: RADIUS,
      maxEdges: 10,
      sampledNodes: 120,
    });
    assert.deepEqual([training.steps, training.ranks, training.seed], [STEPS, 2, 1]);
    assert.deepEqual(training.certificate, first.certificate);
    assert.equal(training.device, "WebAssembly SIMD");
    assert.ok(!("gradientLoss" in training));
  });

  await t.step(
    "warns of an overlap below the radius and counts the edges that it drops",
    async () => {
      const { droppedEdges, warnings, losses, certificate } = await trainInWorkers(2, {
        overlap: 0.05,
      });
      assert.ok(droppedEdges > 0);
      assert.match(
        warnings[0],
        /^Rank \d drops \d+ of \d+ edges of the first graph because their senders lie beyond/,
      );
      assert.notDeepEqual(losses, alone.losses);
      // One rank that lacks the same edges gives the same numbers.
      assert.ok(certificate && certificate.gradientError <= GRADIENT_LIMIT);
    },
  );

  await t.step(
    "refuses meshes that are cut into more or fewer parts than there are ranks",
    async () => {
      const rule = "train: ranks and parts must be the same number, received";
      await assert.rejects(trainInWorkers(3, { parts: 2 }), {
        name: "StageError",
        message: new RegExp(`^Stage "model" .*annot ${rule} 3 ranks and 2 parts`),
      });
      // With more parts than ranks, routing to a rank that does not exist may fail first.
      await assert.rejects(trainOneSample(1, {}, 2), {
        name: "UserError",
        message: new RegExp(`^Cannot ${rule} 1 ranks and 2 parts`),
      });
    },
  );

  await t.step("stops when the gradient is no longer finite, with sample and tensor", async () => {
    await assert.rejects(trainOneSample(8, { learningRate: 1e30, warmup: 0 }), {
      name: "UserError",
      message: /at step 2 \(sample "darcy-3-000\d"\): the gradient of "encoder.0.weight" .*NaN/,
    });
  });

  await t.step("states in the model that its kernel network sees both ends", async () => {
    const stated = async (options: object) => {
      const modelFile = `model${runs++}.safetensors`;
      const losses = await trainOneSample(1, { ...options, modelFile });
      const { model } = await readModelFile(join(directory, modelFile));
      const { edgeInputs, dimensions } = model.config as Partial<DsmpnnConfig>;
      return { loss: losses[0], edgeInputs, dimensions };
    };
    const ends = await stated({ edgeInputs: "ends" });
    const differences = await stated({ edgeInputs: "differences" });
    const absent = await stated({});
    assert.deepEqual([ends.edgeInputs, ends.dimensions], ["ends", 2]);
    assert.deepEqual(differences, absent);
    assert.deepEqual([absent.edgeInputs, absent.dimensions], [undefined, undefined]);
    assert.notEqual(ends.loss, absent.loss);
    const gcn = await stated({ network: "gcn", layers: 2, edgeInputs: "ends" });
    assert.deepEqual([gcn.edgeInputs, gcn.dimensions], [undefined, undefined]);
  });

  await t.step("trains a GCN with gradient loss on two ranks, with a certificate", async () => {
    const { certificate, directory, losses } = await trainInWorkers(2, {
      with: { network: "gcn", layers: 3, gradientLoss: 0.05 },
    });
    const { training } = await readModelFile(join(directory, "model.safetensors"));
    assert.equal(training.gradientLoss, 0.05);
    assert.ok(losses[0] > 2 * alone.losses[0], `${losses[0]}`);
    assert.ok(certificate && certificate.gradientError <= GRADIENT_LIMIT);
    assert.ok(certificate.lossError <= LOSS_LIMIT, JSON.stringify(certificate));
  });
}
