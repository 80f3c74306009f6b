/**
 * Loss and gradient of one sample over all ranks.
 *
 * @module
 */

import type { Device } from "../../kernels/device.ts";
import { squaredErrorGradient } from "../../kernels/ops/squared_error.ts";
import type { HaloExchange } from "./halo.ts";
import type { Network, NetworkInput } from "./network.ts";
import { Workspace } from "./workspace.ts";

/**
 * Sums `gradient` and `totals` over all ranks in place; the result is bitwise equal on all ranks.
 */
export type AllReduce = (gradient: Float32Array, totals: Float64Array) => Promise<void>;

/** The all-reduce of a single rank. */
export const NO_REDUCE: AllReduce = () => Promise.resolve();

/** A rank's part of one training sample. */
export interface TrainingSample extends NetworkInput {
  /** Normalised targets of the interior nodes `[interior, O]`. */
  readonly target: Float32Array;
  /** 1 for an interior node that counts in the loss, else 0 `[interior]`. */
  readonly counted: Float32Array;
}

/** Result of a gradient step, equal on all ranks. */
export interface GradientStep {
  /** Mean squared error over the counted nodes of all ranks and all outputs; 0 without any. */
  readonly loss: number;
  /** Number of counted values of all ranks. */
  readonly count: number;
  /** Gradient of the loss, flat; valid until the next step. */
  readonly gradient: Float32Array;
}

/** Computes loss and gradient; reuses its buffers from step to step. */
export class GradientStepper {
  readonly #device: Device;
  readonly #network: Network;
  readonly #workspace: Workspace;
  readonly #gradient: Float32Array<ArrayBuffer>;

  constructor(device: Device, network: Network) {
    this.#device = device;
    this.#network = network;
    this.#workspace = new Workspace(device);
    this.#gradient = new Float32Array(network.layout.length);
  }

  /**
   * Forward, loss, backward and all-reduce of one sample. A sample without a counted node has loss
   * and gradient 0.
   */
  async step(
    sample: TrainingSample,
    halo: HaloExchange,
    allReduce: AllReduce,
  ): Promise<GradientStep> {
    const prediction = await this.#network.forward(sample, halo);
    const rows = sample.counted.length;
    const columns = rows === 0 ? 0 : sample.target.length / rows;
    const gradient = this.#workspace.f32("predictionGradient", prediction.length);
    this.#device.run(
      squaredErrorGradient,
      {
        prediction,
        target: this.#workspace.store("target", "f32", sample.target as Float32Array<ArrayBuffer>),
        counted: this.#workspace.store(
          "counted",
          "f32",
          sample.counted as Float32Array<ArrayBuffer>,
        ),
        gradient,
      },
      { rows, columns },
    );
    // The gradient is 2 · error on the counted rows and 0 elsewhere: its square is 4 · error².
    const errors = await this.#device.read(gradient);
    const totals = new Float64Array(2);
    for (let k = 0; k < errors.length; k++) totals[0] += errors[k] * errors[k] / 4;
    for (let row = 0; row < rows; row++) totals[1] += sample.counted[row] * columns;

    this.#device.clear(this.#network.gradients);
    await this.#network.backward(gradient, halo);
    await this.#device.read(this.#network.gradients, this.#gradient);
    await allReduce(this.#gradient, totals);
    const squares = totals[0];
    const count = totals[1];
    if (count === 0) {
      this.#gradient.fill(0);
      return { loss: 0, count, gradient: this.#gradient };
    }
    for (let k = 0; k < this.#gradient.length; k++) this.#gradient[k] /= count;
    return { loss: squares / count, count, gradient: this.#gradient };
  }

  /** Releases the device memory of the loss. */
  release(): void {
    this.#workspace.release();
  }
}
