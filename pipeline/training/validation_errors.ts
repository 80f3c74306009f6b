/**
 * Errors on validation samples, summed over all ranks.
 *
 * @module
 */

import { fieldsOf } from "../batches/field_names.ts";

/** Errors over all validation samples. */
export interface ValidationFigures {
  /**
   * Mean over the samples of the relative L2, as in the tests: of several fields, the root of the
   * mean of their squares. NaN if every target is 0.
   */
  readonly relativeL2: number;
  /** Root of the mean squared error in standard deviations of the targets. */
  readonly normalisedRmse: number;
}

/**
 * Sums of squares of one rank, as a list of numbers of the same length on all ranks: for each
 * sample and field the squared errors and targets, then the normalised squares and their number.
 */
export class ValidationErrors {
  /** The sums; an all-reduce replaces them by those of all ranks. */
  readonly totals: Float64Array;
  readonly #fieldOfColumn: readonly number[];
  readonly #fieldCount: number;
  readonly #deviation: ArrayLike<number>;

  /** @param deviation Standard deviation of each target [O]. */
  constructor(
    sampleCount: number,
    targetNames: readonly string[],
    deviation: ArrayLike<number>,
  ) {
    const fields = fieldsOf(targetNames, []);
    this.#fieldOfColumn = fields.flatMap(({ components }, f) => Array(components).fill(f));
    this.#fieldCount = fields.length;
    this.#deviation = deviation;
    this.totals = new Float64Array(2 * fields.length * sampleCount + 2);
  }

  /**
   * Adds the nodes of a graph.
   *
   * @param sample Number of its sample
   * @param truth True values [N, O]
   * @param predicted Predicted values [N, O]
   * @param counted Per node [N]: 0 for one whose target is not known
   */
  add(
    sample: number,
    truth: ArrayLike<number>,
    predicted: ArrayLike<number>,
    counted: ArrayLike<number>,
  ): void {
    const width = this.#fieldOfColumn.length;
    const end = this.totals.length - 2;
    for (let node = 0; node < counted.length; node++) {
      if (counted[node] === 0) continue;
      for (let column = 0; column < width; column++) {
        const error = predicted[node * width + column] - truth[node * width + column];
        const at = 2 * (sample * this.#fieldCount + this.#fieldOfColumn[column]);
        this.totals[at] += error * error;
        this.totals[at + 1] += truth[node * width + column] ** 2;
        this.totals[end] += (error / this.#deviation[column]) ** 2;
        this.totals[end + 1]++;
      }
    }
  }

  /** The figures of the sums. */
  figures(): ValidationFigures {
    const end = this.totals.length - 2;
    const errors: number[] = [];
    for (let at = 0; at < end; at += 2 * this.#fieldCount) {
      const squares: number[] = [];
      for (let f = 0; f < this.#fieldCount; f++) {
        const [error, truth] = this.totals.subarray(at + 2 * f);
        if (truth > 0) squares.push(error / truth);
      }
      if (squares.length > 0) errors.push(Math.sqrt(meanOf(squares)));
    }
    return {
      relativeL2: meanOf(errors),
      normalisedRmse: Math.sqrt(this.totals[end] / this.totals[end + 1]),
    };
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
