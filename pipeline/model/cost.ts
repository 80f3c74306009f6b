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
  /** Halo exchanges of the forward pass. */
  readonly forwardHalos: number;
  /** Bytes of latents that the rank sends in them. */
  readonly forwardHaloBytes: number;
  /** Halo exchanges of the backward pass. */
  readonly backwardHalos: number;
  /** Bytes of ghost gradients that the rank sends in them. */
  readonly backwardHaloBytes: number;
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

  /** The cost of a training step on a part of a graph. */
  trainingStep(graph: NetworkInput["graph"] & HaloPlan): Promise<StepCost> {
    const { inputs, outputs } = this.#config;
    const { interiorCount, ghostCount } = graph;
    const sample: TrainingSample = {
      graph,
      input: new Float32Array((interiorCount + ghostCount) * inputs),
      target: new Float32Array(interiorCount * outputs),
      counted: new Float32Array(interiorCount).fill(1),
    };
    return this.#count(graph, async (allReduce) => {
      const { gradient } = await this.#stepper.step(sample, this.#halo, allReduce);
      await this.#optimizer?.prepare(gradient, gradient, 0);
    });
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
    return {
      operations: this.device.operations - operations,
      forwardHalos: forward.count,
      forwardHaloBytes: forward.bytes,
      backwardHalos: backward.count,
      backwardHaloBytes: backward.bytes,
      reduceBytes,
    };
  }
}

/** A rank's halo that counts the messages and receives zeros. */
class CountedHalo implements HaloExchange {
  forward = { count: 0, bytes: 0 };
  backward = { count: 0, bytes: 0 };
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
    this.forward = { count: 0, bytes: 0 };
    this.backward = { count: 0, bytes: 0 };
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

  async #count(
    total: { count: number; bytes: number },
    exchange: () => Promise<void>,
  ): Promise<void> {
    const before = this.#sentBytes;
    await exchange();
    if (this.#hasPeers) total.count++;
    total.bytes += this.#sentBytes - before;
  }
}
