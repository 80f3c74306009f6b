/** Measures training steps on P ranks, by the code that trains. @module */

import { join } from "node:path";
import { z } from "zod";
import { allReduce } from "../../pipeline/engine/channels/collective.ts";
import { defineStage, type Peers } from "../../pipeline/engine/definition/stage.ts";
import { TimedPeers } from "../../pipeline/engine/channels/timed_peers.ts";
import { type NetworkConfig, parseNetworkConfig } from "../../pipeline/model/config.ts";
import { createOptimizer, type OptimizerName } from "../../pipeline/model/muon.ts";
import type { AdamOptions } from "../../pipeline/model/optimizer.ts";
import { ParameterLayout } from "../../pipeline/model/parameters.ts";
import { readCaseFile } from "../../pipeline/training/case_file.ts";
import { readGraph } from "../../pipeline/batches/graph_rows.ts";
import { firstBatch } from "../../pipeline/training/model_batch.ts";
import { openDevice } from "../../pipeline/training/open_device.ts";
import { RankNetwork } from "../../pipeline/training/rank_network.ts";
import { GRAPH } from "../../pipeline/batches/batch_schemas.ts";
import { gigaflops, productMs, RATE_SHAPE } from "./matmul_rate.ts";
import { PeakMemory } from "../../pipeline/run/plan/peak_memory.ts";

/** Measurements of one rank. */
export interface RankSteps {
  readonly nodes: number;
  readonly ghosts: number;
  readonly edges: number;
  /** Of all ranks together, before any update. */
  readonly loss: number;
  /** Time of each step, and of it the time spent on sending and on waiting for other ranks. */
  readonly stepMs: readonly number[];
  readonly communicationMs: readonly number[];
  /** Rate of the device's matrix product while all ranks run it. */
  readonly matmulGflops: number;
  /** Peak memory of the process up to the last step. */
  readonly peakBytes: number;
  readonly device: string;
}

/** Name of the file in the run's directory with the `RankSteps` of a rank. */
export function stepsFile(rank: number): string {
  return `steps.${rank}.json`;
}

const MATMUL_REPEATS = 9;

const stepOptions = z.strictObject({
  /** Case file with network, parameters and optimizer. */
  file: z.string().optional(),
  /** Options of the network otherwise. */
  network: z.unknown().optional(),
  device: z.enum(["auto", "webgpu", "cpu"]),
  warmup: z.int().min(0),
  repeats: z.int().min(1),
});

export default defineStage({
  name: "bench_step",
  description: "Measures training steps on one graph over all ranks.",
  options: stepOptions,
  inputs: [GRAPH],
  peers: true,
  async run({ inputs: [graphs], options, beat, peers: untimedPeers, rank, directory }) {
    const memory = new PeakMemory();
    const graph = readGraph(await firstBatch(graphs, "the graph of the benchmark"));
    const { config, optimizer: name, adam, parameters } = await readTrainee(options);
    const device = await openDevice({ options, beat });
    try {
      const peers = new TimedPeers(untimedPeers);
      const network = new RankNetwork(device, config, peers);
      const sample = { graph, input: graph.input, target: graph.target, counted: graph.counted };
      const optimizer = createOptimizer(name, device, config, adam);
      network.setParameters(parameters);

      const losses: number[] = [];
      const stepMs: number[] = [];
      const communicationMs: number[] = [];
      for (let step = -options.warmup; step < options.repeats; step++) {
        await nextTurn();
        await meet(peers);
        const start = performance.now();
        const communicationBefore = peers.communicationMs;
        const { loss, gradient } = await network.gradientStep(sample);
        await optimizer.prepare(parameters, gradient, adam.learningRate);
        optimizer.apply(parameters);
        network.setParameters(parameters);
        await device.finish();
        losses.push(loss);
        if (step < 0) continue;
        stepMs.push(performance.now() - start);
        communicationMs.push(peers.communicationMs - communicationBefore);
      }
      const peak = memory.bytes;
      // No rank allocates for the product before all have read the peak.
      await meet(peers);
      const result: RankSteps = {
        nodes: graph.interiorCount,
        ghosts: graph.ghostCount,
        edges: graph.senders.length,
        loss: losses[0],
        stepMs,
        communicationMs,
        matmulGflops: gigaflops(RATE_SHAPE, await productMs(device, RATE_SHAPE, MATMUL_REPEATS)),
        peakBytes: peak,
        device: device.description,
      };
      await Deno.writeTextFile(join(directory, stepsFile(rank)), JSON.stringify(result));
    } finally {
      device.destroy();
    }
  },
});

/** What is trained: a network with its first parameters. */
interface Trainee {
  readonly config: NetworkConfig;
  readonly optimizer: OptimizerName;
  readonly adam: AdamOptions & { readonly learningRate: number };
  readonly parameters: Float32Array<ArrayBuffer>;
}

async function readTrainee({ file, network }: z.infer<typeof stepOptions>): Promise<Trainee> {
  if (file !== undefined) return await readCaseFile(file);
  const config = parseNetworkConfig(network, "the benchmark");
  return {
    config,
    optimizer: "adam",
    adam: { learningRate: 1e-3 },
    parameters: new ParameterLayout(config).initialValues(0),
  };
}

/** Lets the ranks start together. */
async function meet(peers: Peers): Promise<void> {
  await allReduce(peers, new Float32Array(0), new Float64Array(1));
}

/** Lets the worker show that it is alive. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
