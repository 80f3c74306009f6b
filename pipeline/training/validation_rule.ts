/**
 * The options of validation in a training, and when one is due.
 *
 * @module
 */

import { z } from "zod";

/** Time or progress between validations. */
export interface ValidationInterval {
  readonly count: number;
  readonly unit: "epochs" | "steps" | "seconds";
}

const INTERVAL = /^([1-9]\d*)(epochs?|steps?|s)$/;

/** The option that states how often a training validates. */
export const validationOptions = z.strictObject({
  every: z.string().regex(INTERVAL, "must be such as 1epoch, 200steps or 60s").default("1epoch")
    .describe(
      "Interval between validations, such as `1epoch`, `200steps` or `60s`; the last step is " +
        "validated too.",
    ),
});

/** The interval of an option such as `200steps`. */
export function parseInterval(text: string): ValidationInterval {
  const [, count, unit] = text.match(INTERVAL) ?? [];
  return {
    count: Number(count),
    unit: unit === "s" ? "seconds" : unit.startsWith("epoch") ? "epochs" : "steps",
  };
}

/** Decides, equally on all ranks, before which steps a training validates. */
export class ValidationSchedule {
  readonly interval: ValidationInterval;
  #lastSeconds = performance.now() / 1000;

  constructor(interval: ValidationInterval) {
    this.interval = interval;
  }

  /** Whether the time is over; rank 0 asks this, and tells the others. */
  get isTimeOver(): boolean {
    const { count, unit } = this.interval;
    return unit === "seconds" && performance.now() / 1000 - this.#lastSeconds >= count;
  }

  /** Starts the time again. */
  restart(): void {
    this.#lastSeconds = performance.now() / 1000;
  }

  /**
   * Whether a validation is due after `step` steps, the last of them in `epoch`, if the next one is
   * in `nextEpoch`.
   *
   * @param isTimeOver What rank 0 found.
   */
  isDue(step: number, epoch: number, nextEpoch: number, isTimeOver: boolean): boolean {
    if (step === 0) return false;
    const { count, unit } = this.interval;
    switch (unit) {
      case "seconds":
        return isTimeOver;
      case "steps":
        return step % count === 0;
      case "epochs":
        return nextEpoch !== epoch && (epoch + 1) % count === 0;
    }
  }
}
