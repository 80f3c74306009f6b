/**
 * What a pipeline will take before it runs: graphs, messages, memory and time of its training.
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
import type { GraphRow } from "../../batches/graph_rows.ts";
import { networkConfig, type TrainOptions } from "../../training/train_options.ts";
import { type CountedWork, countRanks } from "./counted_ranks.ts";
import { type DrawnGraph, type FirstGraphs, firstGraphs } from "./first_graphs.ts";
import {
  DRIVER_BYTES,
  keptMeshes,
  type MeshKeeper,
  processBytes,
  rankBytes,
  type TrainingMemory,
  waitingBytes,
} from "./process_memory.ts";
import { measureStepRate } from "./step_rate.ts";

/**
 * What a run will take. Times are rough: they follow from a measurement of a fraction of a second.
 */
export interface Plan {
  readonly name: string;
  /** Every producer comes before its consumers. */
  readonly stages: readonly Pick<ValidStage, "name" | "ranks" | "from">[];
  readonly training: TrainingPlan;
  /** Who holds the training meshes in memory, as far as they stay there. */
  readonly keptMeshes: readonly MeshKeeper[];
  /** Most bytes of the whole process, and what it has of them before the run. */
  readonly peakBytes: number;
  readonly idleBytes: number;
  /** Time of the whole run. */
  readonly seconds: number;
}

/** What the training will take. Lists have one entry per rank. */
export interface TrainingPlan {
  /** Name of its stage. */
  readonly stage: string;
  readonly ranks: number;
  /** Description of the device, and its limits. */
  readonly device: string;
  readonly limits: Device["limits"];
  readonly parameterCount: number;
  /** Nodes, ghosts and edges of the first graph. */
  readonly nodeCounts: readonly number[];
  readonly ghostCounts: readonly number[];
  readonly edgeCounts: readonly number[];
  /** What each rank does and sends in a step. */
  readonly costs: readonly StepCost[];
  /** Most bytes on the device, and of the largest array there. */
  readonly deviceBytes: readonly number[];
  readonly arrayBytes: readonly number[];
  /** Most bytes of the worker; its device is in it but for a GPU's. */
  readonly rankBytes: readonly number[];
  readonly steps: number;
  readonly stepSeconds: number;
  /** Whether rank 0 also computes the first step on the whole graph. */
  readonly certifies: boolean;
}

/**
 * Meshes that are read to draw the first graphs of the training: one for each, as they change from
 * step to step.
 */
const TRAINING_MESHES = 3;

/** Time in which the workers of a run start. */
const START_SECONDS = 1;

/**
 * Time from sending a message to taking it, and bytes that pass from worker to worker in a second.
 */
const MESSAGE_SECONDS = 2e-4;
const BYTES_PER_SECOND = 1e9;

/**
 * Plans the training of a valid pipeline: draws its first graphs, counts a step on them, and times
 * a short one.
 *
 * @returns Undefined for a pipeline that trains nothing, or whose graphs come from stages that are
 * not built in.
 * @throws {UserError} If the graphs have another number of parts than the training has ranks.
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
  checkParts(stage, first);
  const options = stage.resolved as TrainOptions;
  const config = networkConfig(
    options,
    first.parts[0].inputNames.length,
    first.parts[0].targetNames.length,
  );
  const networkOptions = { savedActivationBytes: options.keptActivationMiB * 2 ** 20 };
  const device = await createDevice(options.device, options.webgpu);
  try {
    checkParameters(stage, new ParameterLayout(config).length, device);
    const work = { traits: device, config, options: networkOptions };
    const certify = (options.certify ?? true) && stage.ranks > 1;
    const counted = await countRanks({ ...work, graphs: drawn.graphs, task: "training", certify });
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
        parameterCount,
        costs,
        deviceBytes,
        arrayBytes,
        rankBytes: rankBytes(memory),
        steps: drawn.count,
        stepSeconds,
        certifies: certify,
      },
      keptMeshes: keptMeshes(pipeline, memory),
      idleBytes,
      peakBytes: processBytes(idleBytes + driverBytesOf(device), pipeline, memory),
      seconds: START_SECONDS + certificateOperations / rate + drawn.count * stepSeconds +
        prediction.seconds,
    };
  } finally {
    device.destroy();
  }
}

function checkParts({ ranks }: ValidStage, { parts: [part] }: DrawnGraph): void {
  if (part.ranks === ranks) return;
  throw new UserError(
    `Cannot train as ranks and parts must be the same number: ${ranks} ranks, ` +
      `${part.ranks} parts; set both, ` +
      `or use --ranks`,
  );
}

/**
 * Throws where parameters and gradients alone are too many: not even a count of a step would end
 * soon.
 */
function checkParameters(
  { name }: ValidStage,
  count: number,
  { description, limits }: Device,
): void {
  const bytes = 2 * 4 * count;
  if (bytes <= limits.totalBytes) return;
  throw new UserError(
    `Cannot train stage "${name}" as its parameters and their gradients must fit the ` +
      `device (${description}, ` +
      `${formatBytes(limits.totalBytes)}): they take ${formatBytes(bytes)}; choose smaller widths`,
  );
}

/**
 * What the stage takes that predicts with the trained model, if there is one: time to cover its
 * meshes, and bytes of meshes and graphs that wait for it in channels while the model is trained.
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

/** What the ranks hold of the memory of the process: a GPU has its own. */
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
 * Time from one graph to the next: that of the slowest rank with its messages, or of drawing the
 * graph, or of all work shared by the cores, whichever is longest.
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
  const messages = cost.forwardHalos + cost.backwardHalos + 2;
  return messages * MESSAGE_SECONDS +
    (cost.forwardHaloBytes + cost.backwardHaloBytes + 2 * cost.reduceBytes) / BYTES_PER_SECOND;
}
