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
import { readModelFile } from "../../../pipeline/training/model_file.ts";
import { STAGES } from "../../../pipeline/stages/registry.ts";
import type { Divisors } from "../../../pipeline/training/target_divisors.ts";
import { GRADIENT_LIMIT, LOSS_LIMIT, PREDICTION_LIMIT } from "../../support/exactness.ts";

/**
 * Relative difference of the losses on P ranks and on one over the first 20 steps; rounding grows
 * from step to step.
 */
const RANKS_LIMIT = 1e-4;
const RADIUS = 0.3;
const STEPS = 20;

const directory = await Deno.makeTempDir({ prefix: "haloflow-train-" });
const zarr = join(directory, "darcy.zarr");

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
  /** Training samples of the four, and passes over them. */
  readonly limit?: number | undefined;
  readonly epochs?: number | undefined;
  /** Of the targets. */
  readonly divisors?: Divisors | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

let runs = 0;

/** Trains, by default for 20 steps: five epochs over four samples. */
async function train(ranks: number, choice: Choice = {}): Promise<TrainingRun> {
  const {
    parts = ranks,
    overlap = RADIUS,
    store = zarr,
    limit = 4,
    epochs = STEPS / limit,
    divisors = {},
  } = choice;
  const output = join(directory, `run${runs++}`);
  const warnings: string[] = [];
  const pipeline = definePipeline({
    name: "train",
    stages: {
      meshes: { run: "load", with: { store, limit } },
      statistics: { run: "statistics", from: "meshes", with: { divisors } },
      subdomains: { run: "partition", from: "meshes", with: { parts, overlap } },
      graphs: {
        run: "sample",
        from: "subdomains",
        with: { nodes: 120, radius: RADIUS, maxEdges: 10, epochs, seed: 2 },
      },
      model: {
        run: "train",
        from: ["graphs", "statistics"],
        ranks,
        with: {
          width: 8,
          hops: 3,
          encoderHidden: [16],
          decoderHidden: [16],
          kernelHidden: [12, 12],
          learningRate: 5e-3,
          seed: 1,
          device: "cpu",
          ...choice.with,
        },
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

Deno.test("training in workers", async (t) => {
  await generateDarcyStore(zarr, {
    count: 6,
    resolution: 17,
    seed: 3,
    shares: { train: 4, validation: 1, test: 1 },
  });
  try {
    await checkTraining(t);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function checkTraining(t: Deno.TestContext): Promise<void> {
  const alone = await train(1);

  await t.step("takes one step per sample and epoch, at the one-cycle rate", () => {
    const { losses, learningRates } = alone;
    assert.equal(losses.length, STEPS);
    const expected = losses.map((_, step) => oneCycleRate(step, { steps: STEPS, peakRate: 5e-3 }));
    assert.deepEqual(learningRates, expected);
    assert.deepEqual([alone.certificate, alone.droppedEdges, alone.warnings], [null, 0, []]);
  });

  await t.step("learns a sample by heart", async () => {
    const { losses } = await train(1, { limit: 1, epochs: 60, with: { learningRate: 2e-2 } });
    assert.ok(losses[losses.length - 1] < 0.3 * losses[0], losses.join(" "));
  });

  const two = await train(2);
  for (const ranks of [2, 4]) {
    await t.step(`gives on ${ranks} ranks the losses of one, with a certificate`, async () => {
      const { losses, certificate, warnings } = ranks === 2 ? two : await train(ranks);
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
    "learns with divisors what it learns from targets that were divided before",
    async () => {
      // Divided and multiplied by powers of two, a target keeps all its bits.
      const source = await openMeshStore(zarr);
      const storeTimes = async (name: string, power: number) => {
        const read = async (index: number) => {
          const sample = await source.read(index);
          const coefficient = sample.fields.coefficient.map((value) => value < 6 ? 2 : 8);
          const solution = sample.fields.solution.map((value, node) =>
            value * coefficient[node] ** power
          );
          return { ...sample, fields: { coefficient, solution } };
        };
        const { path, attributes, sampleCount } = source;
        const split = (name: string) => source.split(name);
        await convertStore({ path, attributes, sampleCount, split, read }, join(directory, name));
        return join(directory, name);
      };
      const plain = await train(2, { store: await storeTimes("plain.zarr", 0) });
      const referred = await train(2, {
        store: await storeTimes("referred.zarr", 2),
        divisors: { solution: { coefficient: 2 } },
      });
      assert.deepEqual(referred.losses, plain.losses);
      const [theirs, ours] = await Promise.all(
        [plain, referred].map(async (run) =>
          (await readModelFile(join(run.directory, "model.safetensors"))).model
        ),
      );
      assert.deepEqual(ours.parameters, theirs.parameters);
      assert.deepEqual(ours.normalisation.targetScale, theirs.normalisation.targetScale);
      assert.deepEqual([...ours.normalisation.targetPowers], [0, 0, 2]);
    },
  );

  await t.step("writes the same bytes in equal runs", async () => {
    const [first, second] = [two, await train(2)];
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
  });

  await t.step("gives the same losses from Zarr and from Arrow", async () => {
    const arrow = join(directory, "darcy.arrow");
    await convertStore(await openMeshStore(zarr), arrow);
    assert.deepEqual((await train(1, { store: arrow })).losses, alone.losses);
  });

  await t.step(
    "warns of an overlap below the radius and counts the edges that it drops",
    async () => {
      const { droppedEdges, warnings, losses, certificate } = await train(2, { overlap: 0.05 });
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
      for (const [ranks, parts] of [[2, 3], [3, 2], [1, 2]]) {
        // With more parts than ranks, the part that has no rank may be found first.
        const cut = `"model" .*annot train: ranks and parts must be the same number, received ` +
          `${ranks} ranks and ${parts} parts`;
        const route =
          `"graphs" .*annot route a batch to rank \\d of stage "model": it has ${ranks} ranks`;
        await assert.rejects(train(ranks, { parts }), {
          name: "StageError",
          message: new RegExp(`^Stage (${cut}|${parts > ranks ? route : cut})`),
        });
      }
    },
  );

  await t.step("stops when the loss is no longer finite, and says what to do", async () => {
    await assert.rejects(train(1, { with: { learningRate: 1e30, warmup: 0 } }), {
      name: "StageError",
      message:
        /annot continue training: the loss must be finite, .* at step \d+ .*use a smaller learningRate/,
    });
  });

  await t.step("trains a GCN on ranks as on one", async () => {
    const options = { network: "gcn", layers: 3 };
    const [one, two] = [await train(1, { with: options }), await train(2, { with: options })];
    for (const [step, loss] of two.losses.entries()) {
      assert.ok(
        Math.abs(loss - one.losses[step]) / one.losses[step] <= RANKS_LIMIT,
        `step ${step + 1}`,
      );
    }
  });
}
