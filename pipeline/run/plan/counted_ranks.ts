/**
 * Counts operations, messages and memory of a step of each rank, on devices that do not compute.
 *
 * @module
 */

import type { DeviceTraits } from "../../../kernels/counting_device.ts";
import { inMemoryPeers } from "../../engine/channels/peers.ts";
import type { NetworkConfig } from "../../model/config.ts";
import { type StepCost, StepCounter } from "../../model/cost.ts";
import type { OptimizerName } from "../../model/muon.ts";
import type { NetworkOptions } from "../../model/network.ts";
import { certifyStep } from "../../training/certificate.ts";
import type { GraphRow } from "../../batches/graph_rows.ts";
import type { DrawnGraph } from "./first_graphs.ts";

/** Cost of the steps. Lists have one entry per rank. */
export interface CountedRanks {
  /** Cost of a step on the first graph. */
  readonly costs: readonly StepCost[];
  readonly parameterCount: number;
  /** Maximal bytes on the device over all graphs, and bytes of the largest array. */
  readonly deviceBytes: readonly number[];
  readonly arrayBytes: readonly number[];
  /** Operations of the certificate, which repeats a step on one rank; 0 without one. */
  readonly certificateOperations: number;
}

/** The steps to count. */
export interface CountedWork {
  /** Traits of the device that will compute the steps. */
  readonly traits: DeviceTraits;
  readonly config: NetworkConfig;
  readonly options: NetworkOptions;
  /** Optimizer of a training. */
  readonly optimizer?: OptimizerName | undefined;
  readonly graphs: readonly DrawnGraph[];
  readonly task: "training" | "prediction";
  /** Whether the loss of a training includes the gradient loss. @default false */
  readonly hasGradientLoss?: boolean | undefined;
  /** Whether the first step is also computed on one rank. */
  readonly certify: boolean;
}

/** Counts steps on the first graphs, including the memory that is reused from step to step. */
export async function countRanks(work: CountedWork): Promise<CountedRanks> {
  const { traits, config, options, optimizer, graphs, task, hasGradientLoss } = work;
  const [first, ...others] = graphs;
  const counters = first.parts.map(() => new StepCounter(traits, config, options, optimizer));
  const count = ({ parts }: DrawnGraph) =>
    Promise.all(
      parts.map((part, rank) =>
        task === "training"
          ? counters[rank].trainingStep(part, hasGradientLoss)
          : counters[rank].prediction(part)
      ),
    );
  const costs = await count(first);
  const certificateOperations = work.certify
    ? await countCertificate(counters, config, first.parts)
    : 0;
  for (const graph of others) await count(graph);
  return {
    costs,
    parameterCount: counters[0].parameterCount,
    deviceBytes: counters.map(({ deviceBytes }) => deviceBytes),
    arrayBytes: counters.map(({ device }) => device.largestArrayBytes),
    certificateOperations,
  };
}

/** Counts the certificate of a step whose numbers are all 0. */
async function countCertificate(
  counters: readonly StepCounter[],
  config: NetworkConfig,
  parts: readonly GraphRow[],
): Promise<number> {
  const before = counters[0].device.operations;
  const zeros = new Float32Array(counters[0].parameterCount);
  await Promise.all(
    inMemoryPeers(parts.length).map((peers, rank) => {
      const graph = parts[rank];
      const { input, target, counted } = graph;
      const prediction = new Float32Array(graph.interiorCount * config.outputs);
      const part = { graph, sample: { graph, input, target, counted }, prediction };
      return certifyStep(counters[rank].device, config, peers, part, zeros, {
        loss: 0,
        gradient: zeros,
      });
    }),
  );
  return counters[0].device.operations - before;
}
