/**
 * What a training step or a prediction takes of a rank: arithmetic, device memory, messages.
 *
 * The network's own code runs on a device that computes nothing, so the figures follow every choice
 * it makes, such as which activations it keeps and which it computes again.
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

/** What one step takes of one rank. */
export interface StepCost {
  /** Floating-point operations of the matrix products, with all that is computed more than once. */
  readonly operations: number;
  /**
   * Halo exchanges in which the rank sends latents to the owners of ghosts' copies, and their bytes
   * together.
   */
  readonly forwardHalos: number;
  readonly forwardHaloBytes: number;
  /** The same for the gradients of its ghosts. */
  readonly backwardHalos: number;
  readonly backwardHaloBytes: number;
  /** Bytes of the gradient with the totals that every rank brings to the all-reduce. */
  readonly reduceBytes: number;
}

/** Counts the steps of one rank; like a rank, it keeps its memory from step to step. */
export class StepCounter {
  readonly device: CountingDevice;
  readonly #config: NetworkConfig;
  readonly #network: Network;
  readonly #stepper: GradientStepper;
  readonly #halo: CountedHalo;

  /** @param traits Those of the device that will do the work. */
  constructor(traits: DeviceTraits, config: NetworkConfig, options: NetworkOptions = {}) {
    this.device = new CountingDevice(traits);
    this.#config = config;
    this.#network = createNetwork(this.device, config, options);
    this.#stepper = new GradientStepper(this.device, this.#network);
    this.#halo = new CountedHalo(this.device);
  }

  /** Parameters of the network. */
  get parameterCount(): number {
    return this.#network.layout.length;
  }

  /** The most bytes that the arrays of the device had so far. */
  get deviceBytes(): number {
    return this.device.memory.peakBytes;
  }

  /** What a training step on a part of a graph takes. */
  trainingStep(graph: NetworkInput["graph"] & HaloPlan): Promise<StepCost> {
    const { inputs, outputs } = this.#config;
    const { interiorCount, ghostCount } = graph;
    const sample: TrainingSample = {
      graph,
      input: new Float32Array((interiorCount + ghostCount) * inputs),
      target: new Float32Array(interiorCount * outputs),
      counted: new Float32Array(interiorCount).fill(1),
    };
    return this.#count(graph, (allReduce) => this.#stepper.step(sample, this.#halo, allReduce));
  }

  /** What the prediction of a part of a graph takes. */
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
      // Other ranks may be those that count nodes; a step that counts none is an error.
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

/** The halo of a rank whose messages are counted and answered with zeros. */
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

  /** Counts anew, for the next graph. */
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
