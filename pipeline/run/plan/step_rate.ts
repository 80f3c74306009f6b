/**
 * Measures the speed of training steps on a device in a fraction of a second.
 *
 * @module
 */

import type { Device } from "../../../kernels/device.ts";
import type { NetworkConfig } from "../../model/config.ts";
import { StepCounter } from "../../model/cost.ts";
import { GradientStepper, NO_REDUCE } from "../../model/gradient_step.ts";
import { type HaloPlan, NO_HALO } from "../../model/halo.ts";
import type { NetworkInput, NetworkOptions } from "../../model/network.ts";
import { createNetwork } from "../../model/create_network.ts";

/** Operations of the timed step: some milliseconds on a core, enough work for a GPU. */
const MAX_OPERATIONS = { core: 1e8, gpu: 2e10 };

/** Timed steps, after one that compiles and allocates; the fastest counts. */
const TIMED_STEPS = 6;

/** Receivers used to count the operations per receiver. */
const COUNTED_RECEIVERS = 64;

/** Part of a graph as input of the network. */
type Part = NetworkInput["graph"];

/**
 * Measures the operations per second of training steps on the first nodes of a part of a graph,
 * with the same mix of kernels as the run.
 *
 * @param part Part of a rank, with at least one node.
 */
export async function measureStepRate(
  device: Device,
  config: NetworkConfig,
  options: NetworkOptions,
  part: Part,
): Promise<number> {
  const { graph, operations } = await shortPart(device, config, options, part);
  const network = createNetwork(device, config, options);
  const stepper = new GradientStepper(device, network);
  const sample = {
    graph,
    input: pattern(graph.interiorCount * config.inputs),
    target: pattern(graph.interiorCount * config.outputs),
    counted: new Float32Array(graph.interiorCount).fill(1),
  };
  try {
    device.write(network.parameters, network.layout.initialValues(0));
    let seconds = Infinity;
    for (let step = 0; step <= TIMED_STEPS; step++) {
      const start = performance.now();
      await stepper.step(sample, NO_HALO, NO_REDUCE);
      if (step > 0) seconds = Math.min(seconds, (performance.now() - start) / 1000);
    }
    return operations / seconds;
  } finally {
    stepper.release();
    network.release();
  }
}

/** As many nodes of a part as make a short step, and the operations of that step. */
async function shortPart(
  device: Device,
  config: NetworkConfig,
  options: NetworkOptions,
  part: Part,
) {
  const maxOperations = device.name === "webgpu" && !device.isFallback
    ? MAX_OPERATIONS.gpu
    : MAX_OPERATIONS.core;
  const count = async (receiverCount: number) => {
    const graph = firstReceivers(part, receiverCount);
    const { operations } = await new StepCounter(device, config, options).trainingStep(graph);
    return { graph, operations };
  };
  const few = Math.min(part.interiorCount, COUNTED_RECEIVERS);
  const perReceiver = (await count(few)).operations / few;
  return await count(
    Math.min(part.interiorCount, Math.max(1, Math.floor(maxOperations / perReceiver))),
  );
}

/** The first receivers with all their edges; other senders are replaced to avoid ghost nodes. */
function firstReceivers(
  { offsets, senders, degrees }: Part,
  interiorCount: number,
): Part & HaloPlan {
  return {
    interiorCount,
    ghostCount: 0,
    offsets: offsets.subarray(0, interiorCount + 1),
    senders: senders.slice(0, offsets[interiorCount]).map((sender) => sender % interiorCount),
    degrees: degrees.subarray(0, interiorCount),
    ghostCounts: new Uint32Array(1),
    sendCounts: new Uint32Array(1),
    sendNodes: new Uint32Array(0),
  };
}

/** Numbers of both signs, of the magnitude of normalised ones. */
function pattern(length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, k) => ((k * 7919) % 2003) / 1001 - 1);
}
