/**
 * z-scores: physical values as network inputs, and predictions back in physical units. Targets may
 * be divided by their divisors first.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import { addOffsets, unpackOffsets } from "../batches/value_offsets.ts";
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
  /**
   * True value minus the value that means and scales refer to, of inputs, then targets `[I + O]`;
   * empty where all are 0. The means of targets with divisors refer to true values.
   */
  readonly valueOffset: Float64Array;
}

const NO_OFFSETS = new Float64Array(0);

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
    valueOffset: numbers("valueOffset"),
  };
}

/**
 * The lists of a normalisation in a file: those of divisors, weights and offsets only if there are
 * any.
 */
export function storedLists(
  { targetScale, targetPowers, targetDeviation, valueOffset }: Normalisation,
): readonly (keyof Normalisation)[] {
  const hasDivisors = targetPowers.length > 0;
  const isScaled = targetDeviation.some((deviation, k) => deviation !== targetScale[k]);
  return [
    ...["inputMean", "inputScale", "targetMean", "targetScale"] as const,
    ...(hasDivisors ? ["targetPowers"] as const : []),
    ...(hasDivisors || isScaled ? ["targetDeviation"] as const : []),
    ...(valueOffset.length > 0 ? ["valueOffset"] as const : []),
  ];
}

/**
 * The normalisation of a file.
 *
 * @param has Whether the file has a list.
 * @param read Reads a list of `length` finite numbers, or throws.
 */
export function readStoredLists(
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
  has: (name: keyof Normalisation) => boolean,
  read: (name: keyof Normalisation, length: number) => Float64Array,
): Normalisation {
  const targetScale = read("targetScale", outputs);
  return {
    inputMean: read("inputMean", inputs),
    inputScale: read("inputScale", inputs),
    targetMean: read("targetMean", outputs),
    targetScale,
    targetPowers: has("targetPowers")
      ? read("targetPowers", outputs * inputs)
      : new Float64Array(0),
    targetDeviation: has("targetDeviation")
      ? read("targetDeviation", outputs)
      : targetScale.slice(),
    valueOffset: has("valueOffset") ? read("valueOffset", inputs + outputs) : new Float64Array(0),
  };
}

/** `(values - mean) / scale` by column; values `[rows, mean.length]`. */
export function normalise(
  values: Float32Array | Float64Array,
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
  /**
   * True value minus value of inputs, then targets, if there are any `[I + O]`; empty where all are
   * 0. @default empty
   */
  readonly valueOffset?: Float64Array | undefined;
}

/** Inputs `[rows or more, I]` in physical units as z-scores. */
export function normaliseInputs(
  { input, valueOffset }: Pick<NodeInputs, "input" | "valueOffset">,
  { inputMean, inputScale, valueOffset: modelOffset }: Normalisation,
): Float32Array<ArrayBuffer> {
  const width = inputMean.length;
  const offset = unpackOffsets(valueOffset ?? NO_OFFSETS, 0, width);
  const shift = unpackOffsets(modelOffset, 0, width).map((own, c) => own - offset[c]);
  return normalise(input, inputMean.map((mean, c) => mean + shift[c]), inputScale);
}

/** Targets `[rows, O]` in physical units as z-scores, after division by their divisors. */
export function normaliseTargets(
  target: Float32Array,
  nodes: NodeInputs,
  normalisation: Normalisation,
): Float32Array<ArrayBuffer> {
  const { targetMean, targetScale } = normalisation;
  const width = targetMean.length;
  const inputWidth = normalisation.inputMean.length;
  const offset = unpackOffsets(nodes.valueOffset ?? NO_OFFSETS, inputWidth, width);
  const divisors = divisorsOf(nodes, target.length / width, normalisation);
  if (divisors === undefined) {
    const shift = unpackOffsets(normalisation.valueOffset, inputWidth, width)
      .map((own, c) => own - offset[c]);
    return normalise(target, targetMean.map((mean, c) => mean + shift[c]), targetScale);
  }
  const truth = addOffsets(target, offset);
  return normalise(truth.map((value, k) => value / divisors[k]), targetMean, targetScale);
}

/** Undoes {@linkcode normaliseTargets}, with the offsets of the normalisation. */
export function denormaliseTargets(
  prediction: Float32Array,
  nodes: NodeInputs,
  normalisation: Normalisation,
): Float32Array<ArrayBuffer> {
  const { targetMean, targetScale, inputMean } = normalisation;
  const width = targetMean.length;
  const divisors = divisorsOf(nodes, prediction.length / width, normalisation);
  if (normalisation.valueOffset.length === 0 || divisors === undefined) {
    const relative = denormalise(prediction, targetMean, targetScale);
    return divisors === undefined ? relative : relative.map((value, k) => value * divisors[k]);
  }
  const offset = unpackOffsets(normalisation.valueOffset, inputMean.length, width);
  return Float32Array.from(prediction, (value, k) => {
    const column = k % width;
    return (value * targetScale[column] + targetMean[column]) * divisors[k] - offset[column];
  });
}

/** The divisors of targets by the true inputs of their nodes. */
function divisorsOf(
  { input, inputNames, valueOffset }: NodeInputs,
  rows: number,
  { targetPowers }: Normalisation,
): Float64Array | undefined {
  const truth = addOffsets(input, unpackOffsets(valueOffset ?? NO_OFFSETS, 0, inputNames.length));
  return targetDivisors(truth, rows, targetPowers, inputNames);
}

/** Statistics of one column. */
export interface ColumnSummary {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly deviation: number;
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
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  #count = 0;

  constructor(width: number) {
    this.#width = width;
    this.#mean = new Float64Array(width);
    this.#squares = new Float64Array(width);
    this.#low = new Float64Array(width).fill(Infinity);
    this.#high = new Float64Array(width).fill(-Infinity);
  }

  /** Number of rows so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds the rows of `values` `[rows, width]`. */
  add(values: Float32Array | Float64Array): void {
    const width = this.#width;
    const rows = values.length / width;
    if (rows === 0) return;
    for (let c = 0; c < width; c++) {
      let mean = 0;
      let squares = 0;
      for (let k = c; k < values.length; k += width) {
        const value = values[k];
        mean += value;
        if (value < this.#low[c]) this.#low[c] = value;
        if (value > this.#high[c]) this.#high[c] = value;
      }
      mean /= rows;
      for (let k = c; k < values.length; k += width) squares += (values[k] - mean) ** 2;
      const shift = mean - this.#mean[c];
      const total = this.#count + rows;
      this.#squares[c] += squares + shift * shift * this.#count * rows / total;
      this.#mean[c] += shift * rows / total;
    }
    this.#count += rows;
  }

  /** Smallest value, largest value, mean and standard deviation of a column. */
  column(c: number): ColumnSummary {
    return {
      low: this.#low[c],
      high: this.#high[c],
      mean: this.#mean[c],
      deviation: Math.sqrt(this.#squares[c] / this.#count),
    };
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
