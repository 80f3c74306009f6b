/**
 * How long a training step takes, from its graph and its messages: fitted to steps that were timed.
 *
 * @module
 */

import { REDUCE_SCATTER_BYTES } from "../../engine/channels/collective.ts";
import type { StepCost } from "../../model/cost.ts";
import { fitNonNegative } from "./least_squares.ts";

/** What a rank has to do in a step. */
export interface RankLoad {
  readonly edges: number;
  /** Interior nodes, which receive. */
  readonly nodes: number;
  /** Messages that it sends, and their bytes. */
  readonly messages: number;
  readonly bytes: number;
}

/** A step as it was timed. */
export interface TimedStep {
  /** By rank. */
  readonly loads: readonly RankLoad[];
  /** Computing of each rank. */
  readonly computeSeconds: readonly number[];
  /** Sending and waiting of the rank that waited least: the others also wait for it. */
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
  /** NaN if there were no steps of several ranks to fit. */
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
  const several = steps.filter(({ loads }) => loads.length > 1);
  const communication = several.length < 2
    ? { coefficients: [NaN, NaN], residual: NaN }
    : fitNonNegative(
      several.map(({ loads }) => [most(loads, "messages"), most(loads, "bytes")]),
      several.map(({ communicationSeconds }) => communicationSeconds),
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

/** The times of a step by the model: those of the slowest rank. */
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
      : messageSeconds * most(loads, "messages") + byteSeconds * most(loads, "bytes"),
  };
}

/**
 * Messages that a rank sends in a step, and their bytes but for what frames them, of a step that
 * was counted: to every other rank in each halo exchange, and those of the all-reduce.
 */
export function countedTraffic(
  cost: StepCost,
  ranks: number,
): Pick<RankLoad, "messages" | "bytes"> {
  if (ranks === 1) return { messages: 0, bytes: 0 };
  const isParted = cost.reduceBytes > REDUCE_SCATTER_BYTES;
  const halos = cost.forwardHalos + cost.backwardHalos;
  return {
    messages: (halos + (isParted ? 2 : 1)) * (ranks - 1),
    bytes: cost.forwardHaloBytes + cost.backwardHaloBytes +
      cost.reduceBytes * (ranks - 1) * (isParted ? 2 / ranks : 1),
  };
}

/**
 * Where a falling share passes a limit, between sizes by a power law.
 *
 * @param points By ascending size.
 * @returns Undefined if it is on one side everywhere.
 */
export function crossing(
  points: readonly { readonly size: number; readonly share: number }[],
  limit: number,
): number | undefined {
  for (let k = points.length - 1; k > 0; k--) {
    const [low, high] = [points[k - 1], points[k]];
    if (!(low.share > limit && high.share <= limit)) continue;
    const part = Math.log(low.share / limit) / Math.log(low.share / high.share);
    return low.size * (high.size / low.size) ** part;
  }
  return undefined;
}

function most(loads: readonly RankLoad[], figure: "messages" | "bytes"): number {
  return Math.max(...loads.map((load) => load[figure]));
}
