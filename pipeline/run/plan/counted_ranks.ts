/**
 * The ranks of a stage on devices that only count: what a step of each takes.
 *
 * @module
 */

import type { DeviceTraits } from "../../../kernels/counting_device.ts";
import { inMemoryPeers } from "../../engine/channels/peers.ts";
import type { NetworkConfig } from "../../model/config.ts";
import { type StepCost, StepCounter } from "../../model/cost.ts";
import type { NetworkOptions } from "../../model/network.ts";
import { certifyStep } from "../../training/certificate.ts";
import type { GraphRow } from "../../batches/graph_rows.ts";
import type { DrawnGraph } from "./first_graphs.ts";

/** What the steps take; lists have one entry per rank. */
export interface CountedRanks {
  /** Of the first graph. */
  readonly costs: readonly StepCost[];
  readonly parameterCount: number;
  /** Most bytes on the device over all graphs, and of the largest array there. */
  readonly deviceBytes: readonly number[];
  readonly arrayBytes: readonly number[];
  /** Operations of the step that is computed on one rank too; 0 without it. */
  readonly certificateOperations: number;
}

/** What is counted. */
export interface CountedWork {
  /** Traits of the device that will do the work. */
  readonly traits: DeviceTraits;
  readonly config: NetworkConfig;
  readonly options: NetworkOptions;
  readonly graphs: readonly DrawnGraph[];
  readonly task: "training" | "prediction";
  /** Whether the first step is computed on one rank too. */
  readonly certify: boolean;
}

/** Counts the steps on the first graphs, with the memory that stays from step to step. */
export async function countRanks(work: CountedWork): Promise<CountedRanks> {
  const { traits, config, options, graphs, task } = work;
  const [first, ...others] = graphs;
  const counters = first.parts.map(() => new StepCounter(traits, config, options));
  const count = ({ parts }: DrawnGraph) =>
    Promise.all(
      parts.map((part, rank) =>
        task === "training" ? counters[rank].trainingStep(part) : counters[rank].prediction(part)
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

/** Lets the ranks certify a step of which all numbers are 0. */
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
