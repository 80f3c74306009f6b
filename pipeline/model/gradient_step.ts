/**
 * Loss and gradient of one sample over all ranks.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import { squaredErrorGradient } from "../../kernels/ops/squared_error.ts";
import { type EdgeSums, type GradientLoss, sumDifferences, sumEdges } from "./gradient_loss.ts";
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
  /** Weights of the interior nodes in the squared error, 0 without a target `[interior]`. */
  readonly counted: Float32Array;
  /** On all ranks or none. @default the loss is the mean squared error alone */
  readonly gradientLoss?: GradientLoss | undefined;
}

/** Result of a gradient step, equal on all ranks. */
export interface GradientStep {
  /**
   * Weighted mean squared error over the counted nodes of all ranks and all outputs, plus the
   * weighted gradient loss, if there is one; 0 without counted nodes.
   */
  readonly loss: number;
  /** The mean squared error alone. */
  readonly meanSquare: number;
  /** Number of counted values of all ranks, each times its weight. */
  readonly count: number;
  /** Gradient of the loss, flat; valid until the next step. */
  readonly gradient: Float32Array;
}

const NO_COUNTS = new Float64Array(0);
const NO_GRADIENT = new Float32Array(0);

/** The gradient loss of a step on one rank. */
interface GradientLossPart {
  /** Gradient of the loss by the prediction, times the number of counted values of all ranks. */
  readonly predictionGradient: DeviceArray<"f32">;
  /** The rank's part of the weighted gradient loss. */
  readonly loss: number;
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
   *
   * @param counts Numbers to sum over all ranks in the same all-reduce; overwritten with the sums.
   * @default none
   */
  async step(
    sample: TrainingSample,
    halo: HaloExchange,
    allReduce: AllReduce,
    counts: Float64Array = NO_COUNTS,
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
    // The gradient is 2 · weight · error: its square is 4 · weight² · error².
    const errors = await this.#device.read(gradient);
    let localSquares = 0;
    let localCount = 0;
    for (let k = 0; k < errors.length; k++) {
      const weight = sample.counted[Math.floor(k / columns)] || 1;
      localSquares += errors[k] * errors[k] / 4 / weight;
    }
    for (let row = 0; row < rows; row++) localCount += sample.counted[row] * columns;
    const part = sample.gradientLoss === undefined ? undefined : await this.#gradientLoss(
      sample,
      sample.gradientLoss,
      errors as Float32Array,
      localCount,
      halo,
      allReduce,
    );

    this.#device.clear(this.#network.gradients);
    await this.#network.backward(part?.predictionGradient ?? gradient, halo);
    await this.#device.read(this.#network.gradients, this.#gradient);
    const own = part === undefined
      ? [localSquares, localCount]
      : [localSquares, localCount, part.loss];
    const totals = Float64Array.of(...own, ...counts);
    await allReduce(this.#gradient, totals);
    counts.set(totals.subarray(own.length));
    const squares = totals[0];
    const count = totals[1];
    if (count === 0) {
      this.#gradient.fill(0);
      return { loss: 0, meanSquare: 0, count, gradient: this.#gradient };
    }
    for (let k = 0; k < this.#gradient.length; k++) this.#gradient[k] /= count;
    const meanSquare = squares / count;
    const loss = part === undefined ? meanSquare : meanSquare + totals[2];
    return { loss, meanSquare, count, gradient: this.#gradient };
  }

  /**
   * The gradient loss, exact over the ranks: errors of ghosts come from their owners, and the
   * gradients by them return.
   *
   * @param doubledErrors Twice the errors of the interior nodes times their weights; 0 where
   * nothing is known.
   * @param localCount Number of counted values of this rank.
   */
  async #gradientLoss(
    { graph, counted }: TrainingSample,
    gradientLoss: GradientLoss,
    doubledErrors: Float32Array,
    localCount: number,
    halo: HaloExchange,
    allReduce: AllReduce,
  ): Promise<GradientLossPart> {
    const { interiorCount, ghostCount } = graph;
    const nodeCount = interiorCount + ghostCount;
    const outputs = interiorCount === 0 ? 0 : doubledErrors.length / interiorCount;
    const width = outputs + 1;
    const rows = new Float32Array(nodeCount * width);
    for (let i = 0; i < interiorCount; i++) {
      const scale = 2 * (counted[i] || 1);
      for (let c = 0; c < outputs; c++) {
        rows[i * width + c] = doubledErrors[i * outputs + c] / scale;
      }
      rows[i * width + outputs] = counted[i];
    }
    const exchanged = this.#workspace.store("errors", "f32", rows);
    await halo.updateGhosts(exchanged, width);
    if (ghostCount > 0) {
      const ghosts = exchanged.slice(interiorCount * width, nodeCount * width);
      rows.set(await this.#device.read(ghosts) as Float32Array, interiorCount * width);
    }

    const errors = { rows, outputs };
    const local = sumEdges(graph, errors, gradientLoss);
    const totals = Float64Array.of(localCount, local.count, local.squaredLengths);
    await allReduce(NO_GRADIENT, totals);
    const edges: EdgeSums = { count: totals[1], squaredLengths: totals[2] };
    // Without edges there is no mean, and a rank without nodes does not know the outputs.
    const valueCount = edges.count * outputs;
    const mean = valueCount === 0 ? 0 : gradientLoss.weight / valueCount;
    const gradient = new Float64Array(nodeCount * outputs);
    const sum = sumDifferences(graph, errors, gradientLoss, edges, mean * totals[0], gradient);
    for (let k = 0; k < doubledErrors.length; k++) gradient[k] += doubledErrors[k];
    const returned = this.#workspace.store("errorGradient", "f32", Float32Array.from(gradient));
    await halo.accumulateGhosts(returned, outputs);
    return { predictionGradient: returned.slice(0, interiorCount * outputs), loss: mean * sum };
  }

  /** Releases the device memory of the loss. */
  release(): void {
    this.#workspace.release();
  }
}
