/**
 * What ranks that share a graph reach of what as many independent runs of one rank reach at the
 * same time: what the messages, the ghosts and an uneven cut cost, and not what the cores share.
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
 * Takes steps as often as `report` has ranks, all at once.
 *
 * @param alone The same steps on one rank.
 * @param report What the ranks together reached.
 */
export async function measureSideBySide(alone: StepPlan, report: StepReport): Promise<SideBySide> {
  const runs = await Promise.all(Array.from({ length: report.ranks }, () => measureSteps(alone)));
  const independentMs = runs.map(({ medianMs }) => medianMs);
  return { independentMs, independentShare: throughputShare(report.medianMs, independentMs) };
}

/** One step each `togetherMs`, over one step each of `independentMs` at the same time. */
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
