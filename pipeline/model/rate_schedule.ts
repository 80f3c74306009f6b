/**
 * Learning rates over the steps of a training.
 *
 * @module
 */

import { oneCycleRate } from "./optimizer.ts";

/** Names of the schedules; the first is the default. */
export const SCHEDULES = ["one-cycle", "cosine", "constant"] as const;

/** Name of a schedule. */
export type ScheduleName = typeof SCHEDULES[number];

/** Options of a schedule. */
export interface ScheduleOptions {
  readonly steps: number;
  readonly peakRate: number;
  /** Fraction of the steps in which the rate of one cycle rises. */
  readonly warmup: number;
}

/**
 * The learning rate of step `step`, counted from 0: a function of the step alone, hence equal on
 * all ranks and after a resume. `cosine` falls from the peak along half a cosine, to 0 after the
 * last step, as PyTorch's CosineAnnealingLR.
 */
export function scheduledRate(
  name: ScheduleName,
  step: number,
  options: ScheduleOptions,
): number {
  const { steps, peakRate } = options;
  switch (name) {
    case "one-cycle":
      return oneCycleRate(step, options);
    case "cosine":
      return peakRate * (1 + Math.cos(Math.PI * step / steps)) / 2;
    case "constant":
      return peakRate;
  }
}
