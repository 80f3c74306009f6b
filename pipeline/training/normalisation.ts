/**
 * z-scores: physical values as network inputs, and predictions back in physical units. Targets may
 * be divided by their divisors first.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import { targetDivisors } from "./target_divisors.ts";

/**
 * Mean and scale (standard deviation, or 1 for a constant) of every input, and of every target
 * after division by its divisor.
 */
export interface Normalisation {
  readonly inputMean: Float64Array;
  readonly inputScale: Float64Array;
  readonly targetMean: Float64Array;
  readonly targetScale: Float64Array;
  /**
   * Powers of the inputs in the divisors of the targets `[O, I]`; empty where no target has one.
   */
  readonly targetPowers: Float64Array;
  /** Scale of every target in physical units, to which errors are relative. */
  readonly targetDeviation: Float64Array;
}

/** The normalisation in the first row of a statistics or model batch. */
export function readNormalisation(batch: RecordBatch): Normalisation {
  const numbers = (column: string) => batch.list(column, 0, "float64");
  return {
    inputMean: numbers("inputMean"),
    inputScale: numbers("inputScale"),
    targetMean: numbers("targetMean"),
    targetScale: numbers("targetScale"),
    targetPowers: numbers("targetPowers"),
    targetDeviation: numbers("targetDeviation"),
  };
}

/** The lists of a normalisation in a file; those of divisors only if targets have divisors. */
export function storedLists({ targetPowers }: Normalisation): readonly (keyof Normalisation)[] {
  return [
    ...["inputMean", "inputScale", "targetMean", "targetScale"] as const,
    ...(targetPowers.length > 0 ? ["targetPowers", "targetDeviation"] as const : []),
  ];
}

/**
 * The normalisation of a file.
 *
 * @param read Reads a list of `length` finite numbers, or throws.
 */
export function readStoredLists(
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
  hasDivisors: boolean,
  read: (name: keyof Normalisation, length: number) => Float64Array,
): Normalisation {
  const targetScale = read("targetScale", outputs);
  return {
    inputMean: read("inputMean", inputs),
    inputScale: read("inputScale", inputs),
    targetMean: read("targetMean", outputs),
    targetScale,
    targetPowers: hasDivisors ? read("targetPowers", outputs * inputs) : new Float64Array(0),
    targetDeviation: hasDivisors ? read("targetDeviation", outputs) : targetScale.slice(),
  };
}

/** `(values - mean) / scale` by column; values `[rows, mean.length]`. */
export function normalise(
  values: Float32Array,
  mean: Float64Array,
  scale: Float64Array,
): Float32Array<ArrayBuffer> {
  const width = mean.length;
  const normal = new Float32Array(values.length);
  for (let k = 0; k < values.length; k++) {
    normal[k] = (values[k] - mean[k % width]) / scale[k % width];
  }
  return normal;
}

/** `values · scale + mean` by column: back to physical units. */
export function denormalise(
  values: Float32Array,
  mean: Float64Array,
  scale: Float64Array,
): Float32Array<ArrayBuffer> {
  const width = mean.length;
  const physical = new Float32Array(values.length);
  for (let k = 0; k < values.length; k++) {
    physical[k] = values[k] * scale[k % width] + mean[k % width];
  }
  return physical;
}

/** Inputs of nodes `[rows or more, I]` in physical units, and their names `[I]`. */
export interface NodeInputs {
  readonly input: Float32Array;
  readonly inputNames: readonly string[];
}

/** Targets `[rows, O]` in physical units as z-scores, after division by their divisors. */
export function normaliseTargets(
  target: Float32Array,
  { input, inputNames }: NodeInputs,
  { targetMean, targetScale, targetPowers }: Normalisation,
): Float32Array<ArrayBuffer> {
  const divisors = targetDivisors(
    input,
    target.length / targetMean.length,
    targetPowers,
    inputNames,
  );
  const relative = divisors === undefined ? target : target.map((value, k) => value / divisors[k]);
  return normalise(relative, targetMean, targetScale);
}

/** Undoes {@linkcode normaliseTargets}. */
export function denormaliseTargets(
  prediction: Float32Array,
  { input, inputNames }: NodeInputs,
  { targetMean, targetScale, targetPowers }: Normalisation,
): Float32Array<ArrayBuffer> {
  const divisors = targetDivisors(
    input,
    prediction.length / targetMean.length,
    targetPowers,
    inputNames,
  );
  const relative = denormalise(prediction, targetMean, targetScale);
  return divisors === undefined ? relative : relative.map((value, k) => value * divisors[k]);
}

/** Largest deviation of a constant column, relative to its mean. */
const CONSTANT_TOLERANCE = 1e-7;

/**
 * Running mean and variance by column, in float64 (Chan, Golub and LeVeque's pairwise update per
 * batch).
 */
export class ColumnStatistics {
  readonly #width: number;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  #count = 0;

  constructor(width: number) {
    this.#width = width;
    this.#mean = new Float64Array(width);
    this.#squares = new Float64Array(width);
  }

  /** Adds the rows of `values` `[rows, width]`. */
  add(values: Float32Array): void {
    const width = this.#width;
    const rows = values.length / width;
    if (rows === 0) return;
    for (let c = 0; c < width; c++) {
      let mean = 0;
      let squares = 0;
      for (let k = c; k < values.length; k += width) mean += values[k];
      mean /= rows;
      for (let k = c; k < values.length; k += width) squares += (values[k] - mean) ** 2;
      const shift = mean - this.#mean[c];
      const total = this.#count + rows;
      this.#squares[c] += squares + shift * shift * this.#count * rows / total;
      this.#mean[c] += shift * rows / total;
    }
    this.#count += rows;
  }

  /** The means, and the standard deviations with 1 for a constant column. */
  result(): { readonly mean: Float64Array; readonly scale: Float64Array } {
    const scale = this.#squares.map((squares) => Math.sqrt(squares / this.#count));
    // A constant column has only rounding noise around its mean.
    const isConstant = (c: number) =>
      !(scale[c] > CONSTANT_TOLERANCE * Math.abs(this.#mean[c]) && scale[c] > 0);
    return { mean: this.#mean.slice(), scale: scale.map((value, c) => isConstant(c) ? 1 : value) };
  }
}
