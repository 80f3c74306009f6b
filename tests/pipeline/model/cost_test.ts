import assert from "node:assert/strict";
import { createCpuDevice } from "../../../kernels/cpu/cpu_device.ts";
import { ALL_KERNELS } from "../../../kernels/ops/all.ts";
import { OPERATIONS } from "../../../kernels/operations.ts";
import { inMemoryPeers } from "../../../pipeline/engine/channels/peers.ts";
import { type LocalGraph, localGraphs } from "../../../pipeline/graph/local_graph.ts";
import { partitionNodes } from "../../../pipeline/graph/partition_nodes.ts";
import { radiusGraph } from "../../../pipeline/graph/radius_graph.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";
import type { DsmpnnConfig, GcnConfig, NetworkConfig } from "../../../pipeline/model/config.ts";
import { type StepCost, StepCounter } from "../../../pipeline/model/cost.ts";
import { stepOperations } from "../../../scripts/bench/step_operations.ts";
import { createOptimizer, type OptimizerName } from "../../../pipeline/model/muon.ts";
import { mlpSizes, ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { RankNetwork } from "../../../pipeline/training/rank_network.ts";
import { partOf, randomSample } from "../../support/sample.ts";

const DSMPNN: DsmpnnConfig = {
  network: "dsmpnn",
  inputs: 3,
  outputs: 2,
  width: 12,
  hops: 3,
  encoderHidden: [10],
  decoderHidden: [14, 9],
  kernelHidden: [20, 16],
  hopActivation: "gelu",
  residual: true,
  rootWeight: true,
  hopNorm: "layer",
  edgeUpdate: "decoded",
};
const GCN: GcnConfig = { network: "gcn", inputs: 3, outputs: 2, width: 12, layers: 3 };

const NODES = 700;
const position = fillUniform(hash(1, "cost"), new Float32Array(2 * NODES));
const graph = radiusGraph(position, 2, {
  radius: 0.12,
  maxEdges: 12,
  seed: 1,
  epoch: 0,
  mesh: "cost",
});

function parts(ranks: number): LocalGraph[] {
  return localGraphs(graph, partitionNodes(position, 2, ranks), ranks);
}

/** The cost of one training step on every rank, for a device with the traits of the CPU. */
function count(
  config: NetworkConfig,
  ranks: number,
  savedActivationBytes?: number,
  optimizer?: OptimizerName,
  hasGradientLoss?: boolean,
) {
  const options = { savedActivationBytes };
  return Promise.all(
    parts(ranks).map(async (local) => {
      const counter = new StepCounter(createCpuDevice(), config, options, optimizer);
      return { counter, cost: await counter.trainingStep(local, hasGradientLoss) };
    }),
  );
}

function sum(values: readonly { readonly cost: StepCost }[], figure: keyof StepCost): number {
  return values.reduce((total, { cost }) => total + cost[figure], 0);
}

/** Operations of one pass of an MLP over `rows` rows: forward, or one of its two gradients. */
function mlpOperations(sizes: readonly number[], rows: number): number {
  return sizes.slice(1).reduce(
    (total, columns, layer) => total + 2 * rows * sizes[layer] * columns,
    0,
  );
}

Deno.test("every kernel has an operation count", () => {
  assert.deepEqual(Object.keys(OPERATIONS).sort(), ALL_KERNELS.map(({ name }) => name).sort());
});

Deno.test(
  "the operations of a counted step are those of the formulas, encoder, decoder and recomputation",
  async () => {
    const size = { nodeCount: NODES, edgeCount: graph.senders.length };
    const encoder = mlpSizes(DSMPNN, "encoder");
    const decoder = mlpSizes(DSMPNN, "decoder");
    // Forward, both gradients and recomputation; the gradient of the encoder's input is not needed.
    const encoding = 4 * mlpOperations(encoder, NODES) - 2 * NODES * encoder[0] * encoder[1];
    // Once per hop: every result but the last feeds the edges of the next hop.
    const decoding = DSMPNN.hops * 4 * mlpOperations(decoder, NODES);
    const expected = stepOperations(DSMPNN, size) + encoding + decoding;

    const attributes = DSMPNN.inputs + DSMPNN.outputs;
    const [first, second] = DSMPNN.kernelHidden;
    const firstLayer = 2 * size.edgeCount * attributes * first;
    const otherLayers = 2 * size.edgeCount * (first * second + second * DSMPNN.width);
    const [saved] = await count(DSMPNN, 1, Infinity);
    const [recomputed] = await count(DSMPNN, 1, 0);
    // Saved blocks may recompute the first layer.
    assert.ok([0, firstLayer].includes((saved.cost.operations - expected) / DSMPNN.hops));
    assert.equal(recomputed.cost.operations, expected + DSMPNN.hops * (firstLayer + otherLayers));
    // The length of the edge and one attribute of each end widen its first layer: forward, twice
    // back except in the first hop, and recomputed if it was before.
    const [ends] = await count({ ...DSMPNN, edgeInputs: "ends", dimensions: 2 }, 1, 0);
    const passes = 3 * DSMPNN.hops + (DSMPNN.hops - 1);
    const added = passes * 2 * size.edgeCount * 3 * first;
    assert.equal(ends.cost.operations - recomputed.cost.operations, added);
    const [gcn] = await count(GCN, 1);
    assert.equal(gcn.cost.operations, stepOperations(GCN, size));
    // Two Gram matrices, 14 products of their size for five polynomials, and two with the matrix.
    const [muon] = await count(GCN, 1, undefined, "muon");
    assert.equal(muon.cost.operations - gcn.cost.operations, 18 * 2 * GCN.width ** 3);
  },
);

for (const config of [DSMPNN, GCN]) {
  Deno.test(
    `the counted memory of a ${config.network} step is the memory that CPU ranks allocate`,
    async () => {
      const ranks = 3;
      const hasGradientLoss = config === DSMPNN;
      const gradientLoss = { weight: 0.05, dimensions: 2, radius: 0.12 };
      const whole = randomSample(config, graph, 1, hasGradientLoss ? gradientLoss : undefined);
      // Enough for some of the blocks.
      const savedActivationBytes = 400_000;
      const optimizer = config === GCN ? "muon" : undefined;
      const counted = await count(
        config,
        ranks,
        savedActivationBytes,
        optimizer,
        hasGradientLoss,
      );
      const locals = parts(ranks);
      await Promise.all(
        inMemoryPeers(ranks).map(async (peers, rank) => {
          const device = createCpuDevice();
          const network = new RankNetwork(device, config, peers, { savedActivationBytes });
          network.setParameters(whole.parameters);
          const { gradient } = await network.gradientStep(partOf(whole, locals[rank]));
          if (optimizer !== undefined) {
            await createOptimizer(optimizer, device, config).prepare(gradient, gradient, 1e-3);
          }
          assert.equal(counted[rank].counter.deviceBytes, device.memory.peakBytes);
        }),
      );
    },
  );

  Deno.test(`a ${config.network} step sends the rows of its ghosts and its gradient`, async () => {
    const ranks = 4;
    const counted = await count(config, ranks);
    const ghosts = parts(ranks).map(({ ghostCount }) => ghostCount);
    const exchanges = (config.network === "gcn" ? config.layers : config.hops) - 1;
    const bytes = exchanges * 4 * config.width;
    const total = ghosts.reduce((total, count) => total + count, 0);
    assert.ok(total > 0);
    assert.equal(sum(counted, "forwardHaloBytes"), total * bytes);
    counted.forEach(({ cost }, rank) => {
      assert.deepEqual([cost.forwardHalos, cost.backwardHalos], [exchanges, exchanges]);
      assert.equal(cost.backwardHaloBytes, ghosts[rank] * bytes);
      // Gradient in float32, sum of squares and number of values in float64.
      assert.equal(cost.reduceBytes, 4 * new ParameterLayout(config).length + 2 * 8);
    });
    const withGradientLoss = await count(config, ranks, undefined, undefined, true);
    // Errors with a flag forward, gradients backward; a number of values, and two sums over edges,
    // in an all-reduce of their own.
    assert.equal(sum(withGradientLoss, "errorBytes"), total * 4 * (2 * config.outputs + 1));
    withGradientLoss.forEach(({ cost }, rank) => {
      const { errorBytes: _, ...others } = cost;
      const { errorBytes, ...plain } = counted[rank].cost;
      assert.equal(errorBytes, 0);
      assert.deepEqual(others, { ...plain, reduceBytes: plain.reduceBytes + 4 * 8 });
    });
  });
}

Deno.test("a prediction needs fewer operations and less memory than a step", async () => {
  const [local] = parts(2);
  const predicting = new StepCounter(createCpuDevice(), DSMPNN);
  const training = new StepCounter(createCpuDevice(), DSMPNN);
  const step = await training.trainingStep(local);
  const prediction = await predicting.prediction(local);
  assert.ok(prediction.operations < step.operations / 2);
  assert.ok(predicting.deviceBytes < training.deviceBytes);
  assert.deepEqual([prediction.backwardHaloBytes, prediction.reduceBytes], [0, 0]);
  assert.equal(prediction.forwardHaloBytes, step.forwardHaloBytes);
});

Deno.test("peak memory grows with a larger graph, not with a smaller one", async () => {
  const counter = new StepCounter(createCpuDevice(), DSMPNN);
  const [half] = parts(2);
  const [whole] = parts(1);
  await counter.trainingStep(half);
  const halfBytes = counter.deviceBytes;
  await counter.trainingStep(whole);
  const wholeBytes = counter.deviceBytes;
  await counter.trainingStep(half);
  assert.ok(halfBytes < wholeBytes);
  assert.equal(counter.deviceBytes, wholeBytes);
});
