import assert from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../../../../errors.ts";
import { overrideOptions, type PipelineSpec, runPipeline } from "../../../../mod.ts";
import { definePipeline } from "../../../../pipeline/stages/built_in_pipeline.ts";
import { checkFit, checkWorkersFit } from "../../../../pipeline/run/plan/machine.ts";
import type { Plan } from "../../../../pipeline/run/plan/plan.ts";
import { cachedMeshes } from "../../../../pipeline/run/plan/process_memory.ts";
import { planRun } from "../../../../pipeline/run/run_pipeline.ts";
import { STAGES } from "../../../../pipeline/stages/registry.ts";
import load from "../../../../pipeline/stages/load.ts";
import { partConnectivity } from "../../../../pipeline/batches/part_connectivity.ts";
import { connectivityOf } from "../../../../pipeline/graph/connectivity.ts";
import { graphFromEdges } from "../../../../pipeline/graph/graph.ts";
import { readGraph } from "../../../../pipeline/batches/graph_rows.ts";
import partition from "../../../../pipeline/stages/partition.ts";
import sample from "../../../../pipeline/stages/sample.ts";
import { runStage } from "../../../support/run_stage.ts";
import {
  inDirectory,
  namesIn,
  smallPipeline,
  SPLIT_SIZES,
  writeSmallStore,
} from "../../../scripts/small_darcy.ts";
import { validPipeline } from "../../../../pipeline/run/valid_pipeline.ts";

const GIB = 2 ** 30;

async function planOf(spec: PipelineSpec): Promise<Plan> {
  const plan = await planRun(spec);
  assert.ok(plan);
  return plan;
}

Deno.test("planRun() draws the first graph of the run, and counts its steps", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const ranks = 3;
    const epochs = 4;
    const spec = smallPipeline(store, ranks, [`stages.graphs.with.epochs=${epochs}`]);
    const { stages, training } = await planOf(spec);

    const optionsOf = (name: string) => spec.stages[name].with ?? {};
    // A plan reads at most three meshes.
    const meshes = await runStage(load, { ...optionsOf("meshes"), limit: 3 });
    const subdomains = await runStage(partition, optionsOf("subdomains"), meshes);
    const parts = (await runStage(sample, optionsOf("graphs"), subdomains)).slice(0, ranks).map(
      readGraph,
    );
    assert.deepEqual(training.nodeCounts, parts.map(({ interiorCount }) => interiorCount));
    assert.deepEqual(training.ghostCounts, parts.map(({ ghostCount }) => ghostCount));
    assert.deepEqual(training.edgeCounts, parts.map(({ senders }) => senders.length));
    // The parts together are the graph of one rank.
    const whole = await runStage(partition, { parts: 1 }, meshes);
    const [graph] = (await runStage(sample, optionsOf("graphs"), whole)).map(readGraph);
    assert.deepEqual(training.connectivity, partConnectivity([graph]));
    const { medianEdges, nodeCount } = training.connectivity;
    assert.ok(nodeCount === 60 && medianEdges > 3, `${nodeCount} nodes, ${medianEdges} edges`);
    assert.equal(training.steps, epochs * SPLIT_SIZES.train);
    assert.deepEqual([training.stage, training.ranks], ["model", ranks]);
    assert.deepEqual(stages.map(({ name }) => name).sort(), Object.keys(spec.stages).sort());
    assert.ok(training.stepSeconds > 0);
  });
});

Deno.test("planRun() needs more memory for larger graphs, networks and more ranks", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const plan = (ranks: number, ...changes: string[]) =>
      planOf(smallPipeline(store, ranks, changes));
    const small = await plan(1);
    const wide = await plan(1, "stages.model.with.width=32");
    const whole = await plan(1, "stages.graphs.with.nodes=all");
    const shared = await plan(2);
    assert.ok(wide.training.deviceBytes[0] > 1.5 * small.training.deviceBytes[0]);
    assert.ok(whole.training.deviceBytes[0] > 1.5 * small.training.deviceBytes[0]);
    const addedBytes = (plan: Plan) => plan.peakBytes - plan.idleBytes;
    // Two more workers, for training and for prediction.
    assert.ok(addedBytes(shared) > addedBytes(small) + 30e6);
    assert.ok(shared.training.deviceBytes[1] < small.training.deviceBytes[0]);
  });
});

Deno.test("cachedMeshes() are those of epochs and report, up to their limits", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const MIB = 2 ** 20;
    const cached = async (...changes: string[]) => {
      const { pipeline } = await validPipeline(smallPipeline(store, 1, changes), {
        registry: STAGES,
      });
      return cachedMeshes(pipeline, { meshCount: 100, meshBytes: 2 * MIB });
    };
    assert.deepEqual(await cached(), [
      { stage: "graphs", bytes: 200 * MIB },
      { stage: "report", bytes: 200 * MIB },
    ]);
    // Meshes that are read again wait for garbage collection.
    assert.deepEqual(
      await cached("stages.graphs.with.keptMeshMiB=8", "stages.report.with.keptMeshMiB=150"),
      [
        { stage: "graphs", bytes: (8 + 64) * MIB },
        { stage: "report", bytes: 200 * MIB },
      ],
    );
  });
});

Deno.test("planRun() handles graphs without edges on more ranks than nodes", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const isolated = ["nodes=2", "radius=1e-6", "allowDisconnected=true"].map((option) =>
      `stages.graphs.with.${option}`
    );
    const { training } = await planOf(smallPipeline(store, 3, isolated));
    assert.deepEqual(training.edgeCounts, [0, 0, 0]);
    assert.equal(training.nodeCounts.reduce((sum, count) => sum + count), 2);
    assert.ok(training.stepSeconds > 0 && Number.isFinite(training.stepSeconds));
  });
});

Deno.test("planRun() is undefined without training or with custom graph stages", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const loading = definePipeline({
      name: "loading",
      stages: { meshes: { run: "load", with: { store } } },
    });
    assert.equal(await planRun(loading), undefined);
    const own = new URL("../../../../scripts/bench/mesh_stage.ts", import.meta.url).href;
    const options = { nodes: 30, edges: 3, dimensions: 2, parts: 1 };
    const onOwnGraphs = definePipeline({
      name: "own",
      stages: {
        meshes: { run: "load", with: { store } },
        statistics: { run: "statistics", from: "meshes" },
        graphs: { run: own, with: options },
        model: { run: "train", from: ["graphs", "statistics"], with: { device: "cpu" } },
      },
    });
    assert.equal(await planRun(onOwnGraphs), undefined);
  });
});

Deno.test("runPipeline() refuses a training that cannot fit, and writes nothing", async () => {
  await inDirectory(async (directory) => {
    const store = await writeSmallStore(directory);
    const out = join(directory, "out");
    // 65 · 8192² parameters and as many gradients.
    const spec = overrideOptions(smallPipeline(store), [
      "stages.model.with.width=8192",
      "stages.model.with.kernelHidden=[64]",
    ]);
    await assert.rejects(runPipeline(spec, { directory: out }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /"model": .* must fit the device .*4\.29.GB.* 3\d\.\d.GB; choose smaller/,
      );
      return true;
    });
    assert.deepEqual(await namesIn(directory), ["darcy.zarr"]);
  });
});

/** A plan with the given needs in bytes. */
function planWith(
  needs: {
    first?: number | undefined;
    device?: number | undefined;
    array?: number | undefined;
    process?: number | undefined;
    meshes?: number | undefined;
  },
): Plan {
  const limits = { arrayBytes: 2 * GIB, totalBytes: 4 * GIB };
  return {
    name: "large",
    stages: [],
    seconds: 1,
    idleBytes: GIB / 8,
    peakBytes: GIB / 8 + (needs.process ?? GIB),
    cachedMeshes: [{ stage: "graphs", bytes: needs.meshes ?? 0 }, {
      stage: "report",
      bytes: needs.meshes ?? 0,
    }],
    training: {
      stage: "model",
      ranks: 2,
      device: "some device",
      limits,
      parameterCount: 1,
      nodeCounts: [1, 1],
      ghostCounts: [1, 1],
      edgeCounts: [1, 1],
      connectivity: connectivityOf(graphFromEdges(2, [0, 1], [1, 0])),
      costs: [],
      rankBytes: [1, 1],
      deviceBytes: [needs.first ?? GIB, needs.device ?? GIB],
      arrayBytes: [GIB, needs.array ?? GIB],
      steps: 1,
      stepSeconds: 1,
      certifies: true,
    },
  };
}

Deno.test("checkFit() compares each rank with its device, and the run with the memory", () => {
  const machine = { totalBytes: 16 * GIB, availableBytes: 8 * GIB };
  checkFit(planWith({ device: 4 * GIB, array: 2 * GIB, process: 8 * GIB }), machine);
  const refusal = (plan: Plan, message: RegExp) =>
    assert.throws(
      () => checkFit(plan, machine),
      (error) => error instanceof UserError && message.test(error.message),
    );
  refusal(
    planWith({ device: 4 * GIB + 4 }),
    /rank 1 of stage "model" .* \(some device, 4\.29.GB\), .* 4\.29.GB; .*keptActivationMiB\)$/,
  );
  refusal(
    planWith({ first: 5 * GIB }),
    /rank 0 .* more ranks, .*keptActivationMiB\), or .*certify=false\)$/,
  );
  refusal(
    planWith({ array: 2 * GIB + 4 }),
    /largest array of rank 1 .* must fit a buffer of its device .*2\.15.GB/,
  );
  refusal(
    planWith({ process: 8 * GIB + 1 }),
    /the memory that is available \(8\.59.GB of 17\.2.GB\), .* 8\.59.GB; draw smaller graphs/,
  );
  refusal(
    planWith({ process: 8 * GIB + 1, meshes: GIB }),
    /; hold fewer meshes .*stages\.graphs\.with\.keptMeshMiB, stages\.report\.with\.keptMeshMiB\)/,
  );
  // Without the permission to query the system, only the device counts.
  checkFit(planWith({ process: 1000 * GIB }), undefined);
});

Deno.test("checkWorkersFit() counts workers and the channels between all ranks", () => {
  const stage = (name: string, ranks: number, peers: boolean) =>
    ({ name, ranks, stage: { peers } }) as Parameters<typeof checkWorkersFit>[1][number];
  const stages = [stage("graphs", 1, false), stage("model", 4096, true)];
  assert.throws(
    () => checkWorkersFit("large", stages, 64 * GIB),
    /its 4,097 workers must fit .*68\.7.GB.*need about 86\.7.GB .* stage "model" has 4096/,
  );
  const workers = 4097 * 19 * 2 ** 20;
  assert.throws(() => checkWorkersFit("large", stages, workers + 2 ** 32), UserError);
  checkWorkersFit("large", stages, workers + 5e9 + 2 ** 26);
  checkWorkersFit("small", [stage("graphs", 1, false), stage("model", 2, true)], 2 ** 26);
});
