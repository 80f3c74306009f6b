/**
 * Features of a single node for a regression.
 *
 * @module
 */

import { fillNormal, fillUniform, hash } from "../../graph/random.ts";
import type { Rows } from "./ridge.ts";

/** Random Fourier features. */
const FOURIER_COUNT = 192;
/** Points of the transform of each input to even spread. */
const KNOT_COUNT = 129;
/** Inputs beyond which their squares are left out, which would dominate the cost. */
const MAX_SQUARED_INPUTS = 32;
const PURPOSE = "pointwise features";

/**
 * Spreads each input evenly over [−√3, √3] (deviation 1) by its quantiles, piecewise linear between
 * them; values outside the range of the training are held at its end. Inputs that never vary are
 * left out.
 */
export class InputTransform {
  readonly #inputCount: number;
  readonly #columns: readonly {
    readonly column: number;
    readonly knots: readonly number[];
    readonly levels: readonly number[];
  }[];

  /** @param inputs Inputs of the training nodes [N, I], `rows.width` per node */
  constructor({ values, width }: Rows) {
    this.#inputCount = width;
    this.#columns = Array.from({ length: width }, (_, column) => {
      const sorted = values.filter((_, k) => k % width === column).sort();
      return { column, ...evenSpread(sorted) };
    }).filter(({ knots }) => knots.length > 1);
  }

  /** Number of inputs that vary. */
  get width(): number {
    return this.#columns.length;
  }

  /** Writes the inputs of a node, spread evenly, to `spread`. */
  apply(inputs: ArrayLike<number>, node: number, spread: Float64Array): void {
    for (const [c, { column, knots, levels }] of this.#columns.entries()) {
      spread[c] = interpolate(knots, levels, inputs[node * this.#inputCount + column]);
    }
  }
}

/** The features of nodes: 1, the inputs, their squares, and random waves of them. */
export class NodeFeatures {
  readonly width: number;
  readonly #transform: InputTransform;
  readonly #areSquared: boolean;
  /** Wave vectors [FOURIER_COUNT, inputs]. */
  readonly #waves: Float64Array;
  readonly #phases: Float64Array;
  readonly #spread: Float64Array;

  /** @param kernelWidth Width of the Gaussian kernel over the typical distance of two nodes */
  constructor(transform: InputTransform, kernelWidth: number) {
    const inputCount = transform.width;
    this.#transform = transform;
    this.#areSquared = inputCount <= MAX_SQUARED_INPUTS;
    this.width = 1 + inputCount * (this.#areSquared ? 2 : 1) + FOURIER_COUNT;
    const scale = 1 / (kernelWidth * Math.sqrt(Math.max(1, inputCount)));
    this.#waves = fillNormal(
      hash(0, PURPOSE, "waves"),
      new Float64Array(FOURIER_COUNT * inputCount),
    ).map((wave) => wave * scale);
    this.#phases = fillUniform(hash(0, PURPOSE, "phases"), new Float64Array(FOURIER_COUNT))
      .map((share) => 2 * Math.PI * share);
    this.#spread = new Float64Array(inputCount);
  }

  /** Writes the features of a node to `features` [width]. */
  write(inputs: ArrayLike<number>, node: number, features: Float64Array): void {
    const spread = this.#spread;
    this.#transform.apply(inputs, node, spread);
    features[0] = 1;
    features.set(spread, 1);
    let at = 1 + spread.length;
    if (this.#areSquared) {
      for (let i = 0; i < spread.length; i++) features[at++] = spread[i] * spread[i] - 1;
    }
    const amplitude = Math.sqrt(2 / FOURIER_COUNT);
    for (let f = 0; f < FOURIER_COUNT; f++) {
      let angle = this.#phases[f];
      for (let i = 0; i < spread.length; i++) {
        angle += this.#waves[f * spread.length + i] * spread[i];
      }
      features[at++] = amplitude * Math.cos(angle);
    }
  }

  /** The features of some nodes [nodes, width]. */
  of(inputs: ArrayLike<number>, nodes: ArrayLike<number>): Rows {
    const values = new Float64Array(nodes.length * this.width);
    for (let k = 0; k < nodes.length; k++) {
      const row = values.subarray(k * this.width, (k + 1) * this.width);
      this.write(inputs, nodes[k], row);
    }
    return { values, width: this.width };
  }
}

/**
 * Quantiles of sorted values, each distinct one once, with the middle of the ranks that have it,
 * as a number in [−√3, √3].
 */
function evenSpread(sorted: Float64Array) {
  const knots: number[] = [];
  const levels: number[] = [];
  const last = sorted.length - 1;
  let end = 0;
  for (let k = 0; k < KNOT_COUNT; k++) {
    const knot = sorted[Math.round(k * last / (KNOT_COUNT - 1))];
    if (knots.length > 0 && knot === knots[knots.length - 1]) continue;
    const start = sorted.subarray(end).indexOf(knot) + end;
    end = sorted.lastIndexOf(knot) + 1;
    knots.push(knot);
    levels.push(Math.sqrt(3) * ((start + end - 1) / Math.max(1, last) - 1));
  }
  return { knots, levels };
}

function interpolate(
  knots: readonly number[],
  levels: readonly number[],
  value: number,
): number {
  let low = 0;
  let high = knots.length - 1;
  if (!(value > knots[low])) return levels[low];
  if (value >= knots[high]) return levels[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (knots[middle] <= value) low = middle;
    else high = middle;
  }
  const share = (value - knots[low]) / (knots[high] - knots[low]);
  return levels[low] + share * (levels[high] - levels[low]);
}
