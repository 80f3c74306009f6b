/**
 * The loss of a training without the differences between its samples.
 *
 * @module
 */

/** Steps over which the loss is smoothed in the first epoch, whose length is not known. */
const FIRST_STEPS = 50;

/** Least number of steps over which the loss is smoothed. */
const MIN_STEPS = 20;

/**
 * Exponential mean of the losses, with a weight that falls to 1/e in half an epoch, and in 25 steps
 * within the first one.
 */
export class SmoothedLoss {
  #value = 0;
  #count = 0;
  #epoch = 0;
  #epochSteps = 0;
  /** Steps of the last complete epoch. */
  #window = FIRST_STEPS;

  /** Adds a loss, and returns the smoothed one; a loss that is not finite is left out. */
  add(epoch: number, loss: number): number {
    if (epoch !== this.#epoch) {
      if (this.#epochSteps > 0) this.#window = Math.max(MIN_STEPS, this.#epochSteps);
      this.#epoch = epoch;
      this.#epochSteps = 0;
    }
    this.#epochSteps++;
    if (!Number.isFinite(loss)) return this.#value;
    this.#count++;
    this.#value += (loss - this.#value) * Math.max(1 / this.#count, 2 / (this.#window + 1));
    return this.#value;
  }
}
