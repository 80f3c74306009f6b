/** A training sample on a complete graph, computed on one rank or several. @module */

import assert from "node:assert/strict";
import type { Device } from "../../kernels/device.ts";
import { inMemoryPeers } from "../../pipeline/engine/channels/peers.ts";
import { type Graph, graphFromEdges } from "../../pipeline/graph/graph.ts";
import { type LocalGraph, localGraphs } from "../../pipeline/graph/local_graph.ts";
import { fillNormal, fillUniform, hash } from "../../pipeline/graph/random.ts";
import type { NetworkConfig } from "../../pipeline/model/config.ts";
import type { GradientLoss } from "../../pipeline/model/gradient_loss.ts";
import {
  GradientStepper,
  NO_REDUCE,
  type TrainingSample,
} from "../../pipeline/model/gradient_step.ts";
import { NO_HALO } from "../../pipeline/model/halo.ts";
import type { NetworkOptions } from "../../pipeline/model/network.ts";
import { createNetwork } from "../../pipeline/model/create_network.ts";
import { createOptimizer, type OptimizerName } from "../../pipeline/model/muon.ts";
import { ParameterLayout } from "../../pipeline/model/parameters.ts";
import type { Case } from "../../pipeline/training/case_file.ts";
import { RankNetwork } from "../../pipeline/training/rank_network.ts";
import { bits, type Computed } from "./exactness.ts";

/** A sample on a complete graph, with initial parameters. */
export interface WholeSample {
  readonly config: NetworkConfig;
  readonly graph: Graph;
  /** `[N, I]` */
  readonly input: Float32Array;
  /** `[N, O]` */
  readonly target: Float32Array;
  /** `[N]` */
  readonly counted: Float32Array;
  /** With the positions `[N, D]`. */
  readonly gradientLoss?: GradientLoss | undefined;
  /** Flat. */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** @default "adam" */
  readonly optimizer?: OptimizerName | undefined;
  readonly steps: number;
  readonly learningRate: number;
}

/** The sample of a case file. */
export function sampleOfCase(file: Case): WholeSample {
  const { position, dimensions } = file;
  return {
    ...file,
    gradientLoss: file.gradientLoss && { ...file.gradientLoss, position, dimensions },
    graph: graphFromEdges(file.nodeCount, file.senders, file.receivers),
    steps: file.adam.steps,
    learningRate: file.adam.learningRate,
  };
}

/** Expected numbers of a case file. */
export function expectationOf({ config, expected }: Case): Computed {
  assert.ok(expected);
  const layout = new ParameterLayout(config);
  return {
    prediction: expected.prediction,
    loss: expected.loss,
    gradient: layout.fromTensors(expected.gradient, "gradient"),
    losses: [...expected.losses],
    after: layout.fromTensors(expected.after, "after"),
  };
}

/** A sample with keyed normal numbers on a graph; odd seeds weigh its nodes. */
export function randomSample(
  config: NetworkConfig,
  graph: Graph,
  seed: number,
  gradientLoss?: Omit<GradientLoss, "position">,
): WholeSample {
  const normal = (name: string, columns: number) =>
    fillNormal(hash(seed, name), new Float32Array(graph.nodeCount * columns));
  const parameters = new ParameterLayout(config).initialValues(seed);
  const weights = seed % 2 === 0 ? [1] : [1, 4, 0.25];
  // Moves layer norm away from 1 and 0, where an error in its gradient could hide.
  const noise = fillUniform(hash(seed, "noise"), new Float32Array(parameters.length));
  return {
    config,
    graph,
    input: normal("input", config.inputs),
    target: normal("target", config.outputs),
    counted: new Float32Array(graph.nodeCount).map((_, node) => weights[node % weights.length]),
    gradientLoss: gradientLoss && {
      ...gradientLoss,
      position: normal("position", gradientLoss.dimensions),
    },
    parameters: parameters.map((value, k) => value + 0.1 * (noise[k] - 0.5)),
    steps: 5,
    learningRate: 1e-3,
  };
}

/** A rank's part of a sample. */
export function partOf(
  sample: WholeSample,
  graph: LocalGraph,
): TrainingSample & { graph: LocalGraph } {
  const { inputs, outputs } = sample.config;
  const interior = graph.nodes.subarray(0, graph.interiorCount);
  return {
    graph,
    input: rowsOf(sample.input, inputs, graph.nodes),
    target: rowsOf(sample.target, outputs, interior),
    counted: rowsOf(sample.counted, 1, interior),
    gradientLoss: sample.gradientLoss && {
      ...sample.gradientLoss,
      position: rowsOf(sample.gradientLoss.position, sample.gradientLoss.dimensions, graph.nodes),
    },
  };
}

/** Numbers of a network on one rank. */
export async function computeAlone(
  device: Device,
  sample: WholeSample,
  options: NetworkOptions = {},
): Promise<Computed> {
  const [whole] = localGraphs(sample.graph, new Uint32Array(sample.graph.nodeCount), 1);
  const part = partOf(sample, whole);
  const network = createNetwork(device, sample.config, options);
  const stepper = new GradientStepper(device, network);
  try {
    device.write(network.parameters, sample.parameters);
    const predicted = await network.forward(part, NO_HALO, { training: false });
    const prediction = await device.read(predicted) as Float32Array;
    const trained = await train(device, sample, {
      gradientStep: () => stepper.step(part, NO_HALO, NO_REDUCE),
      setParameters: (parameters) => device.write(network.parameters, parameters),
    });
    return { prediction, ...trained };
  } finally {
    stepper.release();
    network.release();
  }
}

/**
 * Numbers of several ranks in one thread, over the channels and the all-reduce of a real run.
 */
export async function computeOnRanks(
  device: Device,
  sample: WholeSample,
  owner: Uint32Array,
  ranks: number,
): Promise<Computed> {
  const { outputs } = sample.config;
  const locals = localGraphs(sample.graph, owner, ranks);
  const prediction = new Float32Array(sample.graph.nodeCount * outputs).fill(NaN);
  const results = await Promise.all(
    inMemoryPeers(ranks).map(async (peers, rank) => {
      const network = new RankNetwork(device, sample.config, peers);
      const part = partOf(sample, locals[rank]);
      network.setParameters(sample.parameters);
      (await network.predict(part)).forEach((value, k) => {
        const node = locals[rank].nodes[Math.floor(k / outputs)];
        prediction[node * outputs + k % outputs] = value;
      });
      const trained = await train(device, sample, {
        gradientStep: () => network.gradientStep(part),
        setParameters: (parameters) => network.setParameters(parameters),
      });
      network.network.release();
      return trained;
    }),
  );
  for (const other of results.slice(1)) assertSameBits(other, results[0]);
  return { prediction, ...results[0] };
}

type Trained = Omit<Computed, "prediction">;

/** Losses and parameters of the steps. */
async function train(
  device: Device,
  { config, parameters: initial, optimizer: name = "adam", steps, learningRate }: WholeSample,
  network: {
    readonly gradientStep: () => Promise<
      { readonly loss: number; readonly gradient: Float32Array }
    >;
    readonly setParameters: (parameters: Float32Array<ArrayBuffer>) => void;
  },
): Promise<Trained> {
  const parameters = initial.slice();
  const optimizer = createOptimizer(name, device, config);
  const losses: number[] = [];
  network.setParameters(parameters);
  let gradient = new Float32Array(0);
  for (let step = 0; step < steps; step++) {
    const result = await network.gradientStep();
    if (step === 0) gradient = result.gradient.slice();
    losses.push(result.loss);
    await optimizer.prepare(parameters, result.gradient, learningRate);
    optimizer.apply(parameters);
    network.setParameters(parameters);
  }
  optimizer.release();
  return { loss: losses[0], gradient, losses, after: parameters };
}

/** Asserts that two ranks hold the same model, bit for bit. */
function assertSameBits(actual: Trained, expected: Trained): void {
  assert.deepEqual(actual.losses, expected.losses);
  assert.deepEqual(bits(actual.gradient), bits(expected.gradient));
  assert.deepEqual(bits(actual.after), bits(expected.after));
}

function rowsOf(values: Float32Array, width: number, nodes: Uint32Array): Float32Array {
  return Float32Array.from(
    { length: nodes.length * width },
    (_, k) => values[nodes[Math.floor(k / width)] * width + k % width],
  );
}
