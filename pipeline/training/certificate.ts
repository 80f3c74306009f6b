/**
 * The certificate of a distributed step: its errors against the same step on one rank.
 *
 * @module
 */

import type { Device } from "../../kernels/device.ts";
import { createRecordBatch, type RecordBatch, type Schema } from "../../io/record_batch.ts";
import type { Peers } from "../engine/definition/stage.ts";
import { graphFromEdges } from "../graph/graph.ts";
import { localGraphs } from "../graph/local_graph.ts";
import type { NetworkConfig } from "../model/config.ts";
import type { GradientLoss } from "../model/gradient_loss.ts";
import { GradientStepper, NO_REDUCE, type TrainingSample } from "../model/gradient_step.ts";
import { NO_HALO } from "../model/halo.ts";
import { createNetwork } from "../model/create_network.ts";
import type { ParameterLayout } from "../model/parameters.ts";
import type { GraphRow } from "../batches/graph_rows.ts";

/**
 * Allowed error of the prediction, relative to the largest predicted value (`model.md`, "Exact
 * means").
 */
export const PREDICTION_TOLERANCE = 5e-6;
/** Allowed relative error of the loss. */
export const LOSS_TOLERANCE = 5e-6;
/** Allowed error of a gradient tensor, relative to its largest value. */
export const GRADIENT_TOLERANCE = 3e-5;
/**
 * Alternatively allowed error of a gradient tensor, relative to the largest gradient of all
 * tensors: some tensors are rounding noise.
 */
export const GRADIENT_FLOOR = 1e-6;
/**
 * The same for two float32 gradients of a real data set. The gradient of the output bias is the sum
 * of all errors, which nearly cancel: on 400 nodes of Darcy, both sides carry rounding noise of up
 * to 4e-6 of the largest gradient. A gradient without its halo part is off by 5e-3 or more.
 */
export const CERTIFICATE_FLOOR = 1e-5;

/** Errors of a step on many ranks against the same step on one. */
export interface Certificate {
  readonly ranks: number;
  /** Largest error over the largest value. */
  readonly predictionError: number;
  /** Largest over the tensors of largest error over largest value. */
  readonly gradientError: number;
  readonly lossError: number;
}

/** Graph, sample and prediction of one rank. */
const PART: Schema = {
  name: "certificatePart",
  columns: {
    interiorCount: "int32",
    nodes: { list: "uint32" },
    offsets: { list: "uint32" },
    senders: { list: "uint32" },
    input: { list: "float32" },
    target: { list: "float32" },
    counted: { list: "float32" },
    prediction: { list: "float32" },
    /** For the gradient loss; empty without it. */
    position: { list: "float32" },
  },
};

/** A rank's part of the step to certify. */
export interface CertificatePart {
  readonly graph: GraphRow;
  readonly sample: TrainingSample;
  /** Normalised prediction of the interior nodes. */
  readonly prediction: Float32Array;
}

/**
 * The certificate of a step on rank 0, undefined on the others; every rank calls it.
 *
 * The complete graph is assembled from the parts of the ranks, so with an overlap shorter than the
 * radius both sides lack the same edges: the certificate checks the exchange, not the cut.
 *
 * @param parameters Flat parameters of the step.
 * @param step Loss and mean gradient of the step over all ranks.
 */
export async function certifyStep(
  device: Device,
  config: NetworkConfig,
  peers: Peers,
  part: CertificatePart,
  parameters: Float32Array<ArrayBuffer>,
  step: { readonly loss: number; readonly gradient: Float32Array },
): Promise<Certificate | undefined> {
  if (peers.rank !== 0) {
    await peers.send(0, partBatch(part));
    return undefined;
  }
  const parts = [partBatch(part)];
  for (let rank = 1; rank < peers.ranks; rank++) parts.push(await peers.receive(rank));
  const whole = assemble(parts, config, part.sample.gradientLoss);

  const network = createNetwork(device, config);
  const stepper = new GradientStepper(device, network);
  device.write(network.parameters, parameters);
  const single = await stepper.step(whole.sample, NO_HALO, NO_REDUCE);
  const prediction = await device.read(
    await network.forward(whole.sample, NO_HALO, { training: false }),
  );
  const certificate = {
    ranks: peers.ranks,
    predictionError: relativeError(whole.prediction, prediction),
    gradientError:
      gradientErrors(network.layout, step.gradient, single.gradient, CERTIFICATE_FLOOR).worst,
    lossError: Math.abs(step.loss - single.loss) / (single.loss || 1),
  };
  stepper.release();
  network.release();
  return certificate;
}

/** Whether all errors of a certificate are within their tolerances. */
export function isWithinTolerance(
  { predictionError, gradientError, lossError }: Certificate,
): boolean {
  return predictionError <= PREDICTION_TOLERANCE && gradientError <= GRADIENT_TOLERANCE &&
    lossError <= LOSS_TOLERANCE;
}

/** Largest error over largest expected value; infinite where a value is not a number. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return ratio(largestDifference(actual, expected), largestValue(expected));
}

/** Largest absolute difference; infinite where a value is not a number. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < expected.length; k++) {
    const difference = Math.abs(actual[k] - expected[k]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

/** Errors of a flat gradient by tensor. */
export interface GradientErrors {
  /**
   * Largest error of each tensor over its largest value, or over the floor where that is larger.
   */
  readonly byTensor: Readonly<Record<string, number>>;
  /** Largest of `byTensor`. */
  readonly worst: number;
}

/**
 * Compares two flat gradients tensor by tensor.
 *
 * The error of a tensor is relative to its largest value, but at least to `floor /
 * GRADIENT_TOLERANCE` of the largest gradient of all tensors. So `worst <= GRADIENT_TOLERANCE`
 * means that every tensor is within one of the two bounds.
 */
export function gradientErrors(
  layout: ParameterLayout,
  actual: Float32Array,
  expected: Float32Array,
  floor: number = GRADIENT_FLOOR,
): GradientErrors {
  const minimum = floor / GRADIENT_TOLERANCE * largestValue(expected);
  const byTensor: Record<string, number> = {};
  for (const { name, offset, length } of layout.tensors) {
    const a = actual.subarray(offset, offset + length);
    const b = expected.subarray(offset, offset + length);
    byTensor[name] = ratio(largestDifference(a, b), Math.max(largestValue(b), minimum));
  }
  return { byTensor, worst: Math.max(0, ...Object.values(byTensor)) };
}

function largestValue(values: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) largest = Math.max(largest, Math.abs(values[k]));
  return largest;
}

/** `error / scale`; the error itself for a scale of 0. */
function ratio(error: number, scale: number): number {
  return scale === 0 ? error : error / scale;
}

function partBatch({ graph, sample, prediction }: CertificatePart): RecordBatch {
  const { interiorCount, nodes, offsets, senders } = graph;
  return createRecordBatch(PART, [{
    interiorCount,
    nodes,
    offsets,
    senders,
    input: sample.input,
    target: sample.target,
    counted: sample.counted,
    prediction,
    position: sample.gradientLoss?.position ?? new Float32Array(0),
  }]);
}

/** The complete sample from the parts of the ranks; nodes are in the order of the mesh. */
function assemble(
  parts: readonly RecordBatch[],
  { inputs, outputs }: NetworkConfig,
  gradientLoss: GradientLoss | undefined,
): { readonly sample: TrainingSample; readonly prediction: Float32Array } {
  const interiors = parts.map((part) =>
    part.list("nodes", 0, "uint32").subarray(0, part.value("interiorCount", 0, "int32"))
  );
  const order = Uint32Array.from(interiors.flatMap((nodes) => [...nodes])).sort();
  const place = new Map(Array.from(order, (node, k) => [node, k]));
  const nodeCount = order.length;
  const input = new Float32Array(nodeCount * inputs);
  const counted = new Float32Array(nodeCount);
  const target = new Float32Array(nodeCount * outputs);
  const prediction = new Float32Array(nodeCount * outputs);
  const dimensions = gradientLoss?.dimensions ?? 0;
  const position = new Float32Array(nodeCount * dimensions);
  const senders: number[] = [];
  const receivers: number[] = [];
  parts.forEach((part, rank) => {
    const nodes = part.list("nodes", 0, "uint32");
    const offsets = part.list("offsets", 0, "uint32");
    const localSenders = part.list("senders", 0, "uint32");
    const rows = (column: string, width: number, local: number) =>
      part.list(column, 0, "float32").subarray(local * width, (local + 1) * width);
    interiors[rank].forEach((node, local) => {
      const at = place.get(node)!;
      input.set(rows("input", inputs, local), at * inputs);
      target.set(rows("target", outputs, local), at * outputs);
      prediction.set(rows("prediction", outputs, local), at * outputs);
      counted.set(rows("counted", 1, local), at);
      position.set(rows("position", dimensions, local), at * dimensions);
      for (let e = offsets[local]; e < offsets[local + 1]; e++) {
        senders.push(place.get(nodes[localSenders[e]])!);
        receivers.push(at);
      }
    });
  });
  const graph = graphFromEdges(nodeCount, senders, receivers);
  const [whole] = localGraphs(graph, new Uint32Array(nodeCount), 1);
  const ofWhole = gradientLoss && { ...gradientLoss, position };
  return {
    sample: { graph: whole, input, target, counted, gradientLoss: ofWhole },
    prediction,
  };
}
