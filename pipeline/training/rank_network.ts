/**
 * One rank's network with its halo and all-reduce, as training, prediction and cases use it.
 *
 * @module
 */

import type { Device } from "../../kernels/device.ts";
import { allReduce } from "../engine/channels/collective.ts";
import type { Peers } from "../engine/definition/stage.ts";
import type { NetworkConfig } from "../model/config.ts";
import {
  type GradientStep,
  GradientStepper,
  NO_REDUCE,
  type TrainingSample,
} from "../model/gradient_step.ts";
import { type HaloExchange, type HaloPlan, NO_HALO, RankHalo } from "../model/halo.ts";
import type { Network, NetworkInput, NetworkOptions } from "../model/network.ts";
import { createNetwork } from "../model/create_network.ts";
import { PeerMessages } from "./peer_messages.ts";

/** A network on one rank's device, connected to the other ranks. */
export class RankNetwork {
  readonly network: Network;
  readonly #device: Device;
  readonly #peers: Peers | undefined;
  readonly #messages: PeerMessages | undefined;
  readonly #halo: RankHalo | undefined;
  readonly #stepper: GradientStepper;

  /** @param peers The ranks of the stage; none by default, for a network on one rank. */
  constructor(device: Device, config: NetworkConfig, peers?: Peers, options: NetworkOptions = {}) {
    this.#device = device;
    this.#peers = peers;
    this.network = createNetwork(device, config, options);
    this.#messages = peers && peers.ranks > 1 ? new PeerMessages(peers) : undefined;
    this.#halo = this.#messages && new RankHalo(device, this.#messages);
    this.#stepper = new GradientStepper(device, this.network);
  }

  /** Bytes of the halo messages that this rank has sent. */
  get haloBytes(): number {
    return this.#messages?.sentBytes ?? 0;
  }

  /** Writes the flat parameters to the device. */
  setParameters(parameters: Float32Array<ArrayBuffer>): void {
    this.#device.write(this.network.parameters, parameters);
  }

  /**
   * Loss and gradient of a sample over all ranks; every rank calls it with its part.
   *
   * @param counts Numbers to sum over all ranks in the same all-reduce; overwritten with the sums.
   */
  gradientStep(
    sample: TrainingSample & { readonly graph: HaloPlan },
    counts = new Float64Array(0),
  ): Promise<GradientStep> {
    const peers = this.#peers;
    const reduce = peers === undefined
      ? NO_REDUCE
      : (gradient: Float32Array, totals: Float64Array) => allReduce(peers, gradient, totals);
    return this.#stepper.step(sample, this.#haloFor(sample.graph), reduce, counts);
  }

  /**
   * Normalised prediction of the interior nodes `[interior, O]`; every rank calls it with its part.
   */
  async predict(
    input: NetworkInput & { readonly graph: HaloPlan },
  ): Promise<Float32Array<ArrayBuffer>> {
    const prediction = await this.network.forward(input, this.#haloFor(input.graph), {
      training: false,
    });
    return await this.#device.read(prediction) as Float32Array<ArrayBuffer>;
  }

  /** Releases the device memory. */
  release(): void {
    this.#stepper.release();
    this.network.release();
  }

  #haloFor(plan: HaloPlan): HaloExchange {
    if (this.#halo === undefined) return NO_HALO;
    this.#halo.setPlan(plan);
    return this.#halo;
  }
}
