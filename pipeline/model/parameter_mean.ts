/**
 * Exponential mean of the parameters over the steps of a training.
 *
 * @module
 */

/**
 * The mean with decay d: mean ← d · mean + (1 − d) · parameters after each step. The first steps,
 * which are far from the last ones, are forgotten sooner: after t steps, d is at most
 * (1 + t) / (10 + t).
 */
export class ParameterMean {
  readonly values: Float32Array<ArrayBuffer>;
  readonly #decay: number;

  /**
   * @param decay Decay d, from 0 to below 1.
   * @param initial The parameters before the first step, or the mean to continue.
   */
  constructor(decay: number, initial: Float32Array) {
    this.#decay = decay;
    this.values = initial.slice();
  }

  /**
   * Adds the parameters after a step.
   *
   * @param step Number of steps taken, from 1.
   */
  add(parameters: Float32Array, step: number): void {
    const decay = Math.min(this.#decay, (1 + step) / (10 + step));
    const values = this.values;
    for (let k = 0; k < values.length; k++) {
      values[k] = decay * values[k] + (1 - decay) * parameters[k];
    }
  }
}
