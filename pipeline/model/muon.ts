/**
 * Muon: momentum whose matrices are made semi-orthogonal, beside Adam for all other parameters.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { Device } from "../../kernels/device.ts";
import type { NetworkConfig } from "./config.ts";
import {
  Adam,
  type AdamOptions,
  type ElementRange,
  firstNonFinite,
  NonFiniteError,
  type Optimizer,
  type OptimizerState,
} from "./optimizer.ts";
import { type MatrixShape, Orthogonaliser } from "./orthogonaliser.ts";
import { ParameterLayout } from "./parameters.ts";

/** Names of the optimizers; the first is the default. */
export const OPTIMIZERS = ["adam", "muon"] as const;

/** Name of an optimizer. */
export type OptimizerName = typeof OPTIMIZERS[number];

/** Share of the momentum that remains in a step. */
const MOMENTUM = 0.95;

/**
 * Root mean square of an update, in units of the learning rate: about that of Adam, so that both
 * share one rate (Liu et al. 2025).
 */
const UPDATE_SIZE = 0.2;

/** A matrix inside the flat parameters, row by row. */
export interface ParameterMatrix extends MatrixShape {
  /** First element in the flat array. */
  readonly offset: number;
}

/**
 * Muon (Jordan et al. 2024) with Nesterov momentum for matrices, Adam for all other parameters:
 * m ← 0.95 m + 0.05 g, and the update is the nearest semi-orthogonal matrix to 0.95 m + 0.05 g,
 * times 0.2 √(larger side) times the learning rate. The momentum is in the first moments of the
 * state. A matrix whose momentum is zero remains as it is.
 *
 * The products run on the device. Equal devices give equal bits, so each rank computes all of them:
 * with the Darcy preset they take a millisecond, and two ranks that shared the matrices out would
 * save half of it and spend as much on messages.
 */
export class Muon implements Optimizer {
  readonly #adam: Adam;
  readonly #matrices: readonly ParameterMatrix[];
  readonly #orthogonaliser: Orthogonaliser;
  /** Elements of all matrices, one after the other: those of the next step, and its directions. */
  readonly #nextMomentum: Float32Array;
  readonly #nextParameters: Float32Array;
  readonly #directions: Float32Array<ArrayBuffer>;

  /**
   * @param length Number of all parameters.
   * @param matrices The matrices, in ascending order.
   * @param adam Options of Adam for the other parameters.
   */
  constructor(
    device: Device,
    length: number,
    matrices: readonly ParameterMatrix[],
    adam: AdamOptions = {},
  ) {
    const count = matrices.reduce((total, matrix) => total + elementCount(matrix), 0);
    this.#adam = new Adam(length, adam, otherElements(length, matrices));
    this.#matrices = matrices;
    this.#orthogonaliser = new Orthogonaliser(device, matrices);
    this.#nextMomentum = new Float32Array(count);
    this.#nextParameters = new Float32Array(count);
    this.#directions = new Float32Array(count);
  }

  get state(): OptimizerState {
    return this.#adam.state;
  }

  restore(state: OptimizerState): void {
    this.#adam.restore(state);
  }

  async prepare(
    parameters: Float32Array,
    gradient: Float32Array,
    learningRate: number,
  ): Promise<void> {
    this.#adam.prepare(parameters, gradient, learningRate);
    this.#prepareMomentum(gradient);
    await this.#orthogonaliser.orthogonalise(this.#directions);
    const p = this.#nextParameters;
    const directions = this.#directions;
    let sum = 0;
    for (const { offset, rows, columns, first } of this.#placed()) {
      const size = learningRate * UPDATE_SIZE * Math.sqrt(Math.max(rows, columns));
      for (let k = first; k < first + rows * columns; k++) {
        p[k] = parameters[offset + k - first] - size * directions[k];
        sum += p[k];
      }
    }
    if (!Number.isFinite(sum)) throw this.#nonFinite(gradient);
  }

  apply(parameters: Float32Array): void {
    this.#adam.apply(parameters);
    const { firstMoment } = this.#adam.state;
    for (const { offset, first, ...shape } of this.#placed()) {
      const end = first + elementCount(shape);
      firstMoment.set(this.#nextMomentum.subarray(first, end), offset);
      parameters.set(this.#nextParameters.subarray(first, end), offset);
    }
  }

  release(): void {
    this.#orthogonaliser.release();
  }

  /** Computes the next momentum, and the Nesterov momentum of each matrix divided by its norm. */
  #prepareMomentum(gradient: Float32Array): void {
    const { firstMoment } = this.#adam.state;
    const m = this.#nextMomentum;
    const nesterov = this.#directions;
    for (const { offset, first, ...shape } of this.#placed()) {
      const end = first + elementCount(shape);
      let squares = 0;
      for (let k = first; k < end; k++) {
        const at = offset + k - first;
        m[k] = MOMENTUM * firstMoment[at] + (1 - MOMENTUM) * gradient[at];
        nesterov[k] = MOMENTUM * m[k] + (1 - MOMENTUM) * gradient[at];
        squares += nesterov[k] * nesterov[k];
      }
      if (squares === 0) continue;
      const scale = 1 / Math.sqrt(squares);
      for (let k = first; k < end; k++) nesterov[k] *= scale;
    }
  }

  /** The matrices with the first of their elements in the arrays of all matrices. */
  *#placed(): Generator<ParameterMatrix & { readonly first: number }> {
    let first = 0;
    for (const matrix of this.#matrices) {
      yield { ...matrix, first };
      first += elementCount(matrix);
    }
  }

  #nonFinite(gradient: Float32Array): NonFiniteError {
    const k = firstNonFinite(this.#nextParameters);
    let element = k;
    for (const { offset, first } of this.#placed()) if (first <= k) element = offset + k - first;
    return new NonFiniteError(
      "Cannot update parameters: they must be finite in float32, element " +
        `${element} has the gradient ${gradient[element]} and becomes ${this.#nextParameters[k]} ` +
        `with the momentum ${this.#nextMomentum[k]}`,
      element,
    );
  }
}

/**
 * The optimizer of a network.
 *
 * @param device The device of the products of Muon.
 * @throws {UserError} If Muon has no matrix to update.
 */
export function createOptimizer(
  name: OptimizerName,
  device: Device,
  config: NetworkConfig,
  adam: AdamOptions = {},
): Optimizer {
  const layout = new ParameterLayout(config);
  if (name === "adam") return new Adam(layout.length, adam);
  const matrices = muonMatrices(config, layout);
  if (matrices.length === 0) {
    throw new UserError(
      "Cannot train with Muon: the network must have a weight between its first and its last " +
        `layer, its weights are ${weightNames(layout).join(", ")}; use more layers, or the ` +
        'optimizer "adam"',
    );
  }
  return new Muon(device, layout.length, matrices, adam);
}

/**
 * The matrices that Muon updates: all weights except those of the first layer, which reads the
 * inputs, and of the last layer, which gives the outputs. The kernel matrix is one matrix from
 * hidden values and latents to latents `[C · F, F]`, as its product with the moments reads it.
 */
export function muonMatrices(
  config: NetworkConfig,
  layout: ParameterLayout,
): readonly ParameterMatrix[] {
  const isGcn = config.network === "gcn";
  const lastLayer = isGcn ? config.layers - 1 : config.decoderHidden.length;
  const first = isGcn ? "gcn.0.weight" : "encoder.0.weight";
  const last = `${isGcn ? "gcn" : "decoder"}.${lastLayer}.weight`;
  return weightNames(layout).filter((name) => name !== first && name !== last).map((name) => {
    const { offset, length, shape: [out] } = layout.tensor(name);
    const columns = name === "kernelMatrix.weight" ? config.width : out;
    return { offset, rows: length / columns, columns };
  });
}

function weightNames(layout: ParameterLayout): readonly string[] {
  return layout.tensors.flatMap(({ name, shape }) => shape.length === 2 ? [name] : []);
}

function elementCount({ rows, columns }: MatrixShape): number {
  return rows * columns;
}

/** The ranges of a flat array between the matrices. */
function otherElements(
  length: number,
  matrices: readonly ParameterMatrix[],
): readonly ElementRange[] {
  const starts = [0, ...matrices.map((matrix) => matrix.offset + elementCount(matrix))];
  const ends = [...matrices.map(({ offset }) => offset), length];
  return starts.map((start, k) => ({ start, end: ends[k] })).filter(({ start, end }) =>
    start < end
  );
}
