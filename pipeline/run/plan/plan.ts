/**
 * Forecasts the graphs, messages, memory and time of a training before the pipeline runs.
 *
 * @module
 */

import { UserError } from "../../../errors.ts";
import type { Device } from "../../../kernels/device.ts";
import { createDevice } from "../../../kernels/select_device.ts";
import type { ValidPipeline, ValidStage } from "../../engine/definition/validate.ts";
import type { StepCost } from "../../model/cost.ts";
import { ParameterLayout } from "../../model/parameters.ts";
import { formatBytes } from "../../../format.ts";
import { type Connectivity, partConnectivity } from "../../batches/part_connectivity.ts";
import { checkRanks, type GraphRow } from "../../batches/graph_rows.ts";
import { networkConfig, type TrainOptions } from "../../training/train_options.ts";
import { type CountedWork, countRanks } from "./counted_ranks.ts";
import { type DrawnGraph, type FirstGraphs, firstGraphs } from "./first_graphs.ts";
import {
  type CachedMeshes,
  cachedMeshes,
  DRIVER_BYTES,
  processBytes,
  rankBytes,
  type TrainingMemory,
  waitingBytes,
} from "./process_memory.ts";
import { measureStepRate } from "./step_rate.ts";

/**
 * Forecast of a run. Times are rough: they are extrapolated from a measurement of a fraction of a
 * second.
 */
export interface Plan {
  readonly name: string;
  /** Every producer comes before its consumers. */
  readonly stages: readonly Pick<ValidStage, "name" | "ranks" | "from">[];
  readonly training: TrainingPlan;
  /** Meshes that stages hold in memory. */
  readonly cachedMeshes: readonly CachedMeshes[];
  /** Peak memory of the process, and its memory before the run. */
  readonly peakBytes: number;
  readonly idleBytes: number;
  /** Time of the complete run. */
  readonly seconds: number;
}

/** Forecast of the training. Lists have one entry per rank. */
export interface TrainingPlan {
  /** Name of the stage that trains. */
  readonly stage: string;
  readonly ranks: number;
  /** Description of the device, and its limits. */
  readonly device: string;
  readonly limits: Device["limits"];
  readonly parameterCount: number;
  /** Nodes, ghost nodes and edges of the first graph. */
  readonly nodeCounts: readonly number[];
  readonly ghostCounts: readonly number[];
  readonly edgeCounts: readonly number[];
  /** Neighbours and components of the first graph, all ranks together. */
  readonly connectivity: Connectivity;
  /** Cost of a step of each rank. */
  readonly costs: readonly StepCost[];
  /** Maximal bytes on the device, and bytes of the largest array. */
  readonly deviceBytes: readonly number[];
  readonly arrayBytes: readonly number[];
  /** Maximal bytes of the worker, including those of its device unless it is a GPU. */
  readonly rankBytes: readonly number[];
  readonly steps: number;
  readonly stepSeconds: number;
  /** Whether rank 0 also computes the first step on the complete graph. */
  readonly certifies: boolean;
}

/** Meshes read to draw the first graphs of the training: one per graph, as in a run. */
const TRAINING_MESHES = 3;

/** Time to start the workers of a run. */
const START_SECONDS = 1;

/** Latency of a message between workers, and bandwidth of a channel. */
const MESSAGE_SECONDS = 2e-4;
const BYTES_PER_SECOND = 1e9;

/**
 * Forecasts the training of a pipeline: draws its first graphs, counts a step on them, and times a
 * short step.
 *
 * @returns Undefined if the pipeline has no training, or its graphs come from custom stages.
 * @throws {UserError} If the number of parts of the graphs differs from the number of ranks of the
 * training, or its parameters do not fit the device.
 */
export async function planPipeline(
  pipeline: ValidPipeline,
  signal: AbortSignal = new AbortController().signal,
): Promise<Plan | undefined> {
  const idleBytes = Deno.memoryUsage().rss;
  const stage = [...pipeline.stages.values()].find(({ stage }) => stage.name === "train");
  if (stage === undefined) return undefined;
  const drawn = await firstGraphs(pipeline, stage.from[0], TRAINING_MESHES, signal);
  if (drawn === undefined || drawn.graphs.length === 0) return undefined;
  const [first] = drawn.graphs;
  checkRanks("train", first.parts[0], stage.ranks);
  const options = stage.resolved as TrainOptions;
  const { inputNames, targetNames, dimensions } = first.parts[0];
  const config = networkConfig(options, inputNames.length, targetNames.length, dimensions);
  const networkOptions = { savedActivationBytes: options.keptActivationMiB * 2 ** 20 };
  const device = await createDevice(options.device, options.webgpu);
  try {
    checkParameters(stage, new ParameterLayout(config).length, device);
    const work = { traits: device, config, options: networkOptions };
    const certify = (options.certify ?? true) && stage.ranks > 1;
    const counted = await countRanks({
      ...work,
      optimizer: options.optimizer,
      graphs: drawn.graphs,
      task: "training",
      hasGradientLoss: (options.gradientLoss ?? 0) > 0,
      certify,
    });
    const rate = await measureStepRate(device, config, networkOptions, largestPart(first));
    const stepSeconds = secondsPerGraph(counted.costs, rate, drawn);
    const prediction = await planPrediction(pipeline, stage, work, rate, signal);
    const memory = {
      ...memoryOf(device, drawn, counted.deviceBytes),
      waitingBytes: prediction.waitingBytes,
    };
    const { costs, parameterCount, deviceBytes, arrayBytes, certificateOperations } = counted;
    return {
      name: pipeline.name,
      stages: [...pipeline.stages.values()].map(({ name, ranks, from }) => ({ name, ranks, from })),
      training: {
        stage: stage.name,
        ranks: stage.ranks,
        device: device.description,
        limits: device.limits,
        nodeCounts: first.parts.map(({ interiorCount }) => interiorCount),
        ghostCounts: first.parts.map(({ ghostCount }) => ghostCount),
        edgeCounts: first.parts.map(({ senders }) => senders.length),
        connectivity: partConnectivity(first.parts),
        parameterCount,
        costs,
        deviceBytes,
        arrayBytes,
        rankBytes: rankBytes(memory),
        steps: drawn.count,
        stepSeconds,
        certifies: certify,
      },
      cachedMeshes: cachedMeshes(pipeline, memory),
      idleBytes,
      peakBytes: processBytes(idleBytes + driverBytesOf(device), pipeline, memory),
      seconds: START_SECONDS + certificateOperations / rate + drawn.count * stepSeconds +
        prediction.seconds,
    };
  } finally {
    device.destroy();
  }
}

/** Throws if the parameters and gradients alone are too large: counting a step would take long. */
function checkParameters(
  { name }: ValidStage,
  count: number,
  { description, limits }: Device,
): void {
  const bytes = 2 * 4 * count;
  if (bytes <= limits.totalBytes) return;
  throw new UserError(
    `Cannot train stage "${name}": its parameters and their gradients must fit the device ` +
      `(${description}, ${formatBytes(limits.totalBytes)}), they need ${formatBytes(bytes)}; ` +
      "choose smaller widths",
  );
}

/**
 * Forecasts the stage that predicts with the trained model, if there is one: the time to cover its
 * meshes, and the bytes of meshes and graphs that wait for it in channels during the training.
 */
async function planPrediction(
  pipeline: ValidPipeline,
  training: ValidStage,
  work: Pick<CountedWork, "traits" | "config" | "options">,
  rate: number,
  signal: AbortSignal,
): Promise<{ readonly seconds: number; readonly waitingBytes: number }> {
  const predict = [...pipeline.stages.values()].find(({ stage, from }) =>
    stage.name === "predict" && from[0] === training.name
  );
  const drawn = predict && await firstGraphs(pipeline, predict.from[1], 1, signal);
  if (drawn === undefined || drawn.graphs.length === 0) return { seconds: 0, waitingBytes: 0 };
  const { costs } = await countRanks({
    ...work,
    graphs: drawn.graphs,
    task: "prediction",
    certify: false,
  });
  return {
    seconds: drawn.count * secondsPerGraph(costs, rate, drawn),
    waitingBytes: waitingBytes(drawn.graphs[0].batchBytes, drawn.count) +
      waitingBytes([drawn.meshBytes], drawn.meshCount),
  };
}

/** Memory of the ranks as part of the process; a GPU has its own memory. */
function memoryOf(
  device: Device,
  { graphs: [{ batchBytes }], ...stream }: FirstGraphs,
  deviceBytes: readonly number[],
): Omit<TrainingMemory, "waitingBytes"> {
  const isGpu = device.name === "webgpu" && !device.isFallback;
  return {
    ...stream,
    deviceBytes: deviceBytes.map((bytes) => driverBytesOf(device) + (isGpu ? 0 : bytes)),
    batchBytes,
  };
}

function driverBytesOf({ name }: Device): number {
  return name === "webgpu" ? DRIVER_BYTES : 0;
}

function largestPart({ parts }: DrawnGraph) {
  const size = ({ interiorCount, senders }: GraphRow) => interiorCount + senders.length;
  return parts.reduce((largest, part) => size(part) > size(largest) ? part : largest);
}

/**
 * Time from one graph to the next: the longest of the slowest rank with its messages, the drawing
 * of the graph, and all work divided by the number of cores.
 */
function secondsPerGraph(
  costs: readonly StepCost[],
  rate: number,
  { graphs }: FirstGraphs,
): number {
  const computing = costs.map(({ operations }) => operations / rate);
  const slowest = Math.max(
    ...costs.map((cost, rank) => computing[rank] + messageSeconds(cost, costs.length)),
  );
  const drawing = Math.min(...graphs.map(({ drawSeconds }) => drawSeconds));
  const work = computing.reduce((sum, seconds) => sum + seconds, drawing);
  return Math.max(slowest, drawing, work / navigator.hardwareConcurrency);
}

function messageSeconds(cost: StepCost, ranks: number): number {
  if (ranks === 1) return 0;
  // The gradient loss exchanges errors, sums the edges, and returns gradients.
  const errorMessages = cost.errorBytes > 0 ? 3 : 0;
  const messages = cost.forwardHalos + cost.backwardHalos + errorMessages + 2;
  const haloBytes = cost.forwardHaloBytes + cost.backwardHaloBytes + cost.errorBytes;
  return messages * MESSAGE_SECONDS + (haloBytes + 2 * cost.reduceBytes) / BYTES_PER_SECOND;
}
