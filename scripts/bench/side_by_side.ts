/**
 * Throughput of ranks that share a graph relative to the same number of independent runs of one
 * rank at the same time: the cost of messages, ghosts and imbalance, without that of shared cores.
 *
 * @module
 */

import { measureSteps, type StepPlan, type StepReport } from "./step_report.ts";
import { milliseconds } from "./timing.ts";

/** Independent steps of one rank each, run side by side. */
export interface SideBySide {
  /** Median step time of each. */
  readonly independentMs: readonly number[];
  /** Steps per second of the ranks together, over those of all independent runs. */
  readonly independentShare: number;
}

/**
 * Runs the steps of one rank as often as `report` has ranks, all at once.
 *
 * @param alone The same steps on one rank
 * @param report Figures of the ranks together
 */
export async function measureSideBySide(alone: StepPlan, report: StepReport): Promise<SideBySide> {
  const runs = await Promise.all(Array.from({ length: report.ranks }, () => measureSteps(alone)));
  const independentMs = runs.map(({ medianMs }) => medianMs);
  return { independentMs, independentShare: throughputShare(report.medianMs, independentMs) };
}

/** Steps per second of ranks with step time `togetherMs`, relative to those of independent runs. */
export function throughputShare(togetherMs: number, independentMs: readonly number[]): number {
  return 1 / togetherMs / independentMs.reduce((sum, ms) => sum + 1 / ms, 0);
}

/** The comparison as a line. */
export function describeSideBySide({ independentMs, independentShare }: SideBySide): string {
  const times = independentMs.map((ms) => `${milliseconds(ms)} ms`).join(", ");
  return `independent    ${(100 * independentShare).toFixed(0)} % of the steps per second of ` +
    `${independentMs.length} ` +
    `runs of one rank side by side: ${times} a step`;
}
