/**
 * A model of the time of a training step from its graph and its messages, fitted to timed steps.
 *
 * @module
 */

import { REDUCE_SCATTER_BYTES } from "../../engine/channels/collective.ts";
import type { StepCost } from "../../model/cost.ts";
import { fitNonNegative } from "./least_squares.ts";

/** Work of a rank in a step. */
export interface RankLoad {
  readonly edges: number;
  /** Interior nodes, the receivers. */
  readonly nodes: number;
  /** Messages that the rank sends, and their bytes. */
  readonly messages: number;
  readonly bytes: number;
}

/** A timed step. */
export interface TimedStep {
  /** By rank. */
  readonly loads: readonly RankLoad[];
  /** Compute time of each rank. */
  readonly computeSeconds: readonly number[];
  /** Sending and waiting of the rank that waits least: the others also wait for that rank. */
  readonly communicationSeconds: number;
}

/**
 * Compute time = edge · edges + node · nodes + step; communication time = message · messages + byte
 * · bytes.
 */
export interface StepModel {
  readonly edgeSeconds: number;
  readonly nodeSeconds: number;
  readonly stepSeconds: number;
  readonly computeResidual: number;
  readonly messageSeconds: number;
  readonly byteSeconds: number;
  /** NaN without at least two steps of several ranks. */
  readonly communicationResidual: number;
}

/** Fits the model; residuals are root mean squares of relative errors. */
export function fitStepModel(steps: readonly TimedStep[]): StepModel {
  const ranks = steps.flatMap(({ loads, computeSeconds }) =>
    loads.map((load, rank) => ({ ...load, seconds: computeSeconds[rank] }))
  );
  const compute = fitNonNegative(
    ranks.map(({ edges, nodes }) => [edges, nodes, 1]),
    ranks.map(({ seconds }) => seconds),
  );
  const parallel = steps.filter(({ loads }) => loads.length > 1);
  const communication = parallel.length < 2
    ? { coefficients: [NaN, NaN], residual: NaN }
    : fitNonNegative(
      parallel.map(({ loads }) => [largest(loads, "messages"), largest(loads, "bytes")]),
      parallel.map(({ communicationSeconds }) => communicationSeconds),
    );
  const [edgeSeconds, nodeSeconds, stepSeconds] = compute.coefficients;
  const [messageSeconds, byteSeconds] = communication.coefficients;
  return {
    edgeSeconds,
    nodeSeconds,
    stepSeconds,
    computeResidual: compute.residual,
    messageSeconds,
    byteSeconds,
    communicationResidual: communication.residual,
  };
}

/** The times of a step in the model: those of the slowest rank. */
export function modelTimes(
  model: StepModel,
  loads: readonly RankLoad[],
): { readonly computeSeconds: number; readonly communicationSeconds: number } {
  const { edgeSeconds, nodeSeconds, stepSeconds, messageSeconds, byteSeconds } = model;
  return {
    computeSeconds: Math.max(
      ...loads.map(({ edges, nodes }) => edgeSeconds * edges + nodeSeconds * nodes + stepSeconds),
    ),
    communicationSeconds: loads.length === 1
      ? 0
      : messageSeconds * largest(loads, "messages") + byteSeconds * largest(loads, "bytes"),
  };
}

/**
 * Messages that a rank sends in a step, and their bytes without framing: to every other rank in
 * each halo exchange, and those of the all-reduce.
 *
 * @param cost Counted operations and bytes of the step
 */
export function countedTraffic(
  cost: StepCost,
  ranks: number,
): Pick<RankLoad, "messages" | "bytes"> {
  if (ranks === 1) return { messages: 0, bytes: 0 };
  const isParted = cost.reduceBytes > REDUCE_SCATTER_BYTES;
  const halos = cost.forwardHalos + cost.backwardHalos;
  // The gradient loss exchanges errors, sums the edges, and returns gradients.
  const errors = cost.errorBytes > 0 ? 3 : 0;
  return {
    messages: (halos + errors + (isParted ? 2 : 1)) * (ranks - 1),
    bytes: cost.forwardHaloBytes + cost.backwardHaloBytes + cost.errorBytes +
      cost.reduceBytes * (ranks - 1) * (isParted ? 2 / ranks : 1),
  };
}

/**
 * The size at which a falling share crosses a limit, interpolated by a power law.
 *
 * @param points Points by ascending size
 * @returns Undefined if all points lie on one side of the limit.
 */
export function crossing(
  points: readonly { readonly size: number; readonly share: number }[],
  limit: number,
): number | undefined {
  const next = points.findLastIndex(({ share }, k) =>
    k > 0 && points[k - 1].share > limit && share <= limit
  );
  if (next < 0) return undefined;
  const low = points[next - 1];
  const high = points[next];
  const part = Math.log(low.share / limit) / Math.log(low.share / high.share);
  return low.size * (high.size / low.size) ** part;
}

function largest(loads: readonly RankLoad[], figure: "messages" | "bytes"): number {
  return Math.max(...loads.map((load) => load[figure]));
}
