/**
 * Known values that are far from those of the training, such as numbers for "no value": errors
 * relative to them are not those of the network.
 *
 * @module
 */

import { formatCount, formatRound } from "../../format.ts";
import type { TrainedModel } from "./model_batch.ts";

/** Standard deviations of the training from its mean beyond which a value is reported. */
const FAR = 100;

/** Finds the farthest value of every target of a model. */
export class FarTargets {
  readonly #model: TrainedModel;
  /** By column of the model. */
  readonly #found = new Map<number, { id: string; value: number; distance: number }>();

  constructor(model: TrainedModel) {
    this.#model = model;
  }

  /**
   * Adds the values of a sample.
   *
   * @param column Number of the target in the model
   * @param values True values [N]
   * @param known 1 where the targets are known [N], or empty
   */
  add(id: string, column: number, values: ArrayLike<number>, known: ArrayLike<number>): void {
    const { inputNames, normalisation } = this.#model;
    const { targetMean, targetDeviation, targetPowers, valueOffset } = normalisation;
    // The mean of a target with a divisor is of the quotient.
    if (targetPowers.length > 0) return;
    const mean = targetMean[column] + (valueOffset[inputNames.length + column] ?? 0);
    for (let node = 0; node < values.length; node++) {
      if (known.length > 0 && known[node] === 0) continue;
      const distance = Math.abs(values[node] - mean) / targetDeviation[column];
      if (distance <= (this.#found.get(column)?.distance ?? FAR)) continue;
      this.#found.set(column, { id, value: values[node], distance });
    }
  }

  /** A sentence for each target with such a value. */
  get sentences(): readonly string[] {
    return [...this.#found].map(([column, { id, value, distance }]) =>
      `${this.#model.targetNames[column]} of sample "${id}" has the known value ` +
      `${formatRound(value)}, ${formatCount(Math.round(distance))} standard deviations from the ` +
      'mean of the training; if that means "no value", leave the array out: the errors count it'
    );
  }
}
