/**
 * The history of a run, built from the lines of its log as they come.
 *
 * @module
 */

import type {
  EndLine,
  LogLine,
  RunLine,
  StateLine,
  StepLine,
  ValidationLine,
  WarningLine,
} from "./log_schema.ts";
import { NumberColumn } from "./number_column.ts";

/** Warnings that are retained, the first of them. */
const MAX_WARNINGS = 100;

/** Figures of a step that are drawn as curves. */
export const STEP_CURVES = [
  "loss",
  "smoothedLoss",
  "learningRate",
  "gradientNorm",
  "memoryBytes",
  "communicationShare",
  "sentBytes",
] as const satisfies readonly (keyof StepLine)[];

/** A figure of a step that is drawn as a curve. */
export type StepCurve = typeof STEP_CURVES[number];

/** A log so far. */
export class RunHistory {
  /** The start of the last attempt; undefined if the log does not begin with one. */
  run: RunLine | undefined;
  attemptCount = 0;
  /** Time of the last line. */
  seconds = 0;
  epoch = 0;
  /** Steps in ascending order. */
  readonly steps = new NumberColumn();
  /** Time of each step. */
  readonly stepSeconds = new NumberColumn();
  readonly curves: Readonly<Record<StepCurve, NumberColumn>> = {
    loss: new NumberColumn(),
    smoothedLoss: new NumberColumn(),
    learningRate: new NumberColumn(),
    gradientNorm: new NumberColumn(),
    memoryBytes: new NumberColumn(),
    communicationShare: new NumberColumn(),
    sentBytes: new NumberColumn(),
  };
  readonly validations: ValidationLine[] = [];
  /** The last state of each stage of the attempt. */
  readonly stages = new Map<string, StateLine["stages"][string]>();
  readonly warnings: WarningLine[] = [];
  warningCount = 0;
  /** The end of the last attempt; undefined while it lasts, and for a killed one. */
  end: EndLine | undefined;
  /** Complete lines that cannot be parsed. */
  damagedCount = 0;
  memoryBytes: number | undefined;
  peakBytes = 0;

  /** The stage whose steps are shown. */
  get training(): string | undefined {
    return this.run?.training;
  }

  /** Adds a line. A step that is not after the last one replaces those from it on. */
  add(line: LogLine): void {
    this.seconds = Math.max(this.seconds, line.seconds);
    switch (line.type) {
      case "run":
        this.run = line;
        this.attemptCount++;
        this.end = undefined;
        this.stages.clear();
        return;
      case "step":
        if (this.training === undefined || line.stage === this.training) this.#addStep(line);
        return;
      case "validation":
        if (this.training !== undefined && line.stage !== this.training) return;
        while ((this.validations.at(-1)?.step ?? -1) >= line.step) this.validations.pop();
        this.validations.push(line);
        return;
      case "state":
        for (const [name, state] of Object.entries(line.stages)) this.stages.set(name, state);
        this.memoryBytes = line.memoryBytes ?? this.memoryBytes;
        this.#addMemory(line.memoryBytes);
        return;
      case "warning":
        this.warningCount++;
        if (this.warnings.length < MAX_WARNINGS) this.warnings.push(line);
        return;
      case "end":
        this.end = line;
    }
  }

  #addStep(line: StepLine): void {
    const last = this.steps.last ?? 0;
    if (line.step <= last) this.#truncate(line.step);
    this.steps.push(line.step);
    this.stepSeconds.push(line.seconds);
    this.epoch = line.epoch;
    for (const name of STEP_CURVES) this.curves[name].push(line[name] ?? NaN);
    this.#addMemory(line.memoryBytes);
    this.memoryBytes = line.memoryBytes ?? this.memoryBytes;
  }

  #addMemory(bytes: number | null): void {
    this.peakBytes = Math.max(this.peakBytes, bytes ?? 0);
  }

  /** Removes the steps from `step` on. */
  #truncate(step: number): void {
    const count = this.steps.firstAtLeast(step);
    for (const column of [this.steps, this.stepSeconds, ...Object.values(this.curves)]) {
      column.truncate(count);
    }
  }
}

/** The validation of the best model; undefined without validation. */
export function bestValidation(
  { validations }: Pick<RunHistory, "validations">,
): ValidationLine | undefined {
  const chosen = validations.findLast(({ isBest }) => isBest);
  if (chosen !== undefined) return chosen;
  const known = validations.filter(({ relativeL2 }) => relativeL2 !== null);
  return known.toSorted((a, b) => a.relativeL2! - b.relativeL2!)[0];
}

/** Steps over which the time of a step is measured. */
const RECENT_STEPS = 50;

/**
 * The time of one of the last steps, validations included; undefined with fewer than two steps in
 * the last attempt.
 */
export function recentStepSeconds(history: RunHistory): number | undefined {
  const { steps, stepSeconds, run } = history;
  const last = steps.length - 1;
  const start = run?.seconds ?? 0;
  let first = last;
  while (first > 0 && last - first < RECENT_STEPS && stepSeconds.at(first - 1) >= start) first--;
  const count = steps.at(last) - steps.at(first);
  if (!(count > 0)) return undefined;
  return (stepSeconds.at(last) - stepSeconds.at(first)) / count;
}

/** Planned steps of the training: as the plan has them, else as its progress counts them. */
export function plannedSteps({ run, stages }: RunHistory): number | undefined {
  if (run?.steps !== undefined) return run.steps;
  const total = stages.get(run?.training ?? "")?.total;
  return total !== undefined && total > 0 ? total : undefined;
}
