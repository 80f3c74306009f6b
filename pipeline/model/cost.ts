/**
 * The cost of a training step or a prediction on one rank: arithmetic, device memory and messages.
 *
 * The network's own code runs on a device that counts instead of computing, so the figures follow
 * every decision of that code, such as which activations it saves and which it recomputes.
 *
 * @module
 */

import { CountingDevice, type DeviceTraits } from "../../kernels/counting_device.ts";
import type { DeviceArray } from "../../kernels/device.ts";
import type { NetworkConfig } from "./config.ts";
import { type AllReduce, GradientStepper, type TrainingSample } from "./gradient_step.ts";
import { type HaloExchange, type HaloPlan, RankHalo, type RowMessages } from "./halo.ts";
import type { Network, NetworkInput, NetworkOptions } from "./network.ts";
import { createNetwork } from "./create_network.ts";
import { createOptimizer, type OptimizerName } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";

/** Cost of one step on one rank. */
export interface StepCost {
  /** Floating-point operations of the matrix products, recomputation included. */
  readonly operations: number;
  /** Halo exchanges of latents in the forward pass. */
  readonly forwardHalos: number;
  /** Bytes of latents that the rank sends in them. */
  readonly forwardHaloBytes: number;
  /** Halo exchanges of latent gradients in the backward pass. */
  readonly backwardHalos: number;
  /** Bytes of ghost gradients that the rank sends in them. */
  readonly backwardHaloBytes: number;
  /** Bytes of errors and of their gradients that the rank sends for the gradient loss. */
  readonly errorBytes: number;
  /** Bytes that the rank contributes to the all-reduce: its gradient and the totals of the loss. */
  readonly reduceBytes: number;
}

/** Counts the steps of one rank; like a rank, it reuses its memory from step to step. */
export class StepCounter {
  readonly device: CountingDevice;
  readonly #config: NetworkConfig;
  readonly #network: Network;
  readonly #stepper: GradientStepper;
  readonly #halo: CountedHalo;
  readonly #optimizer: Optimizer | undefined;

  /**
   * @param traits Traits of the device that will do the work.
   * @param optimizer Optimizer to count in training steps. @default none
   */
  constructor(
    traits: DeviceTraits,
    config: NetworkConfig,
    options: NetworkOptions = {},
    optimizer?: OptimizerName,
  ) {
    this.device = new CountingDevice(traits);
    this.#config = config;
    this.#network = createNetwork(this.device, config, options);
    this.#stepper = new GradientStepper(this.device, this.#network);
    this.#halo = new CountedHalo(this.device);
    this.#optimizer = optimizer && createOptimizer(optimizer, this.device, config);
  }

  /** The number of parameters of the network. */
  get parameterCount(): number {
    return this.#network.layout.length;
  }

  /** Peak size of the device arrays so far, in bytes. */
  get deviceBytes(): number {
    return this.device.memory.peakBytes;
  }

  /**
   * The cost of a training step on a part of a graph.
   *
   * @param hasGradientLoss Whether the loss includes the gradient loss. @default false
   */
  async trainingStep(
    graph: NetworkInput["graph"] & HaloPlan,
    hasGradientLoss = false,
  ): Promise<StepCost> {
    const { inputs, outputs } = this.#config;
    const { interiorCount, ghostCount } = graph;
    const nodeCount = interiorCount + ghostCount;
    const position = new Float32Array(nodeCount);
    const sample: TrainingSample = {
      graph,
      input: new Float32Array(nodeCount * inputs),
      target: new Float32Array(interiorCount * outputs),
      counted: new Float32Array(interiorCount).fill(1),
      gradientLoss: hasGradientLoss ? { weight: 1, position, dimensions: 1, radius: 1 } : undefined,
    };
    return await this.#count(graph, async (allReduce) => {
      const { gradient } = await this.#stepper.step(sample, this.#halo, allReduce);
      await this.#optimizer?.prepare(gradient, gradient, 0);
    }, hasGradientLoss);
  }

  /** The cost of the prediction of a part of a graph. */
  prediction(graph: NetworkInput["graph"] & HaloPlan): Promise<StepCost> {
    const input = new Float32Array((graph.interiorCount + graph.ghostCount) * this.#config.inputs);
    return this.#count(
      graph,
      () => this.#network.forward({ graph, input }, this.#halo, { training: false }),
    );
  }

  async #count(
    graph: HaloPlan,
    run: (allReduce: AllReduce) => Promise<unknown>,
    hasGradientLoss = false,
  ): Promise<StepCost> {
    const operations = this.device.operations;
    let reduceBytes = 0;
    this.#halo.start(graph);
    await run((gradient, totals) => {
      reduceBytes += gradient.byteLength + totals.byteLength;
      // The counted nodes may all be on other ranks.
      totals.fill(1);
      return Promise.resolve();
    });
    const { forward, backward } = this.#halo;
    // The errors follow the last latents, and their gradients precede those of the latents.
    const errors = hasGradientLoss ? [...forward.splice(-1), ...backward.splice(0, 1)] : [];
    return {
      operations: this.device.operations - operations,
      forwardHalos: forward.length,
      forwardHaloBytes: sum(forward),
      backwardHalos: backward.length,
      backwardHaloBytes: sum(backward),
      errorBytes: sum(errors),
      reduceBytes,
    };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A rank's halo that counts the messages and receives zeros. */
class CountedHalo implements HaloExchange {
  /** Bytes sent in each exchange; empty on one rank. */
  forward: number[] = [];
  backward: number[] = [];
  readonly #halo: RankHalo;
  #hasPeers = false;
  #sentBytes = 0;

  constructor(device: CountingDevice) {
    const messages: RowMessages = {
      send: (_, rows) => {
        this.#sentBytes += rows.byteLength;
        return Promise.resolve();
      },
      receive: (_, count, width) => Promise.resolve(new Float32Array(count * width)),
    };
    this.#halo = new RankHalo(device, messages);
  }

  /** Resets the counts for the next graph. */
  start(plan: HaloPlan): void {
    this.forward = [];
    this.backward = [];
    this.#hasPeers = plan.ghostCounts.length > 1;
    this.#halo.setPlan(plan);
  }

  updateGhosts(values: DeviceArray<"f32">, width: number, meanwhile?: () => void): Promise<void> {
    return this.#count(this.forward, () => this.#halo.updateGhosts(values, width, meanwhile));
  }

  accumulateGhosts(
    gradients: DeviceArray<"f32">,
    width: number,
    meanwhile?: () => void,
  ): Promise<void> {
    return this.#count(
      this.backward,
      () => this.#halo.accumulateGhosts(gradients, width, meanwhile),
    );
  }

  async #count(exchanges: number[], exchange: () => Promise<void>): Promise<void> {
    const before = this.#sentBytes;
    await exchange();
    if (this.#hasPeers) exchanges.push(this.#sentBytes - before);
  }
}
