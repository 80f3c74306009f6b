/**
 * The content of the pages of the viewer, as JSON values.
 *
 * @module
 */

import { decimate, type DrawnCurve, shortened } from "./decimate.ts";
import type { NumberColumn } from "./number_column.ts";
import type { RunState, WatchedRun } from "./run_folder.ts";
import {
  bestValidation,
  plannedSteps,
  recentStepSeconds,
  type RunHistory,
  STEP_CURVES,
  type StepCurve,
} from "./run_history.ts";

/** Buckets of the small curve in a list of runs. */
const SPARK_BUCKETS = 30;

/** Steps over which the time of a step is averaged in its curve. */
const STEP_TIME_SPAN = 10;

/** A validation as the pages show it. */
export interface ValidationView {
  readonly step: number;
  readonly seconds: number;
  readonly relativeL2: number | null;
  readonly normalisedRmse: number | null;
  readonly isBest: boolean;
}

/** A run in a list. */
export interface RunSummaryView {
  readonly path: string;
  readonly version: number;
  readonly state: RunState;
  readonly title: string;
  readonly pipeline: string;
  /** ISO 8601; empty for a log without a start. */
  readonly started: string;
  readonly seconds: number;
  readonly silentSeconds: number;
  readonly step: number;
  readonly steps: number | null;
  readonly epoch: number;
  readonly smoothedLoss: number | null;
  readonly learningRate: number | null;
  readonly validation: ValidationView | null;
  readonly best: ValidationView | null;
  readonly memoryBytes: number | null;
  readonly peakBytes: number;
  readonly stepSeconds: number | null;
  readonly secondsLeft: number | null;
  readonly ranks: number | null;
  readonly device: string;
  readonly seed: number | null;
  readonly attempts: number;
  readonly warningCount: number;
  readonly damagedCount: number;
  /** Why it failed or cannot be read. */
  readonly message: string;
  readonly spark: readonly (number | null)[];
  /** Relative L2 on the test split, once the run has ended. */
  readonly testL2: number | null;
}

/** The parts of a curve that are shown. */
export interface CurveRange {
  readonly axis: "step" | "seconds";
  /** First and last value on the axis. */
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
}

/** The row of a run in a list. */
export function summaryView(run: WatchedRun, now: number): RunSummaryView {
  const { history, state, error } = run;
  const { validations, end, curves } = history;
  const steps = plannedSteps(history);
  const stepSeconds = recentStepSeconds(history);
  const step = history.steps.last ?? 0;
  const isRunning = state === "running";
  const best = bestValidation(history);
  const spark = curve(history, "smoothedLoss", {
    axis: "step",
    from: 0,
    to: Infinity,
    buckets: SPARK_BUCKETS,
  });
  return {
    path: run.path,
    version: run.version,
    state,
    title: history.run?.title ?? run.path,
    pipeline: history.run?.pipeline ?? "",
    started: history.run?.started ?? "",
    seconds: history.seconds,
    silentSeconds: Math.max(0, Math.round((now - run.lastSign) / 1000)),
    step,
    steps: steps ?? null,
    epoch: history.epoch,
    smoothedLoss: finite(curves.smoothedLoss.last),
    learningRate: finite(curves.learningRate.last),
    validation: validations.length === 0 ? null : validationView(validations.at(-1)!),
    best: best === undefined ? null : validationView(best),
    memoryBytes: history.memoryBytes ?? null,
    peakBytes: history.peakBytes,
    stepSeconds: finite(stepSeconds),
    secondsLeft: isRunning && steps !== undefined && stepSeconds !== undefined
      ? Math.max(0, steps - step) * stepSeconds
      : null,
    ranks: history.run?.ranks ?? null,
    device: history.run?.device ?? "",
    seed: history.run?.seed ?? null,
    attempts: history.attemptCount,
    warningCount: history.warningCount,
    damagedCount: history.damagedCount,
    message: error ?? end?.message ?? "",
    spark: spark.value,
    testL2: end?.metrics?.relativeL2 ?? null,
  };
}

/** The page of a run. */
export function runView(run: WatchedRun, range: CurveRange, now: number) {
  const { history } = run;
  const curves = Object.fromEntries(
    STEP_CURVES.map((name) => [name, curve(history, name, range)]),
  );
  return {
    ...summaryView(run, now),
    curves: { ...curves, stepSeconds: stepTimes(history, range) },
    validations: history.validations.map(validationView),
    picture: history.validations.findLast(({ picture }) => picture !== undefined)?.step ?? null,
    stages: Object.fromEntries(history.stages),
    plan: history.run?.plan ?? null,
    options: history.run?.options ?? {},
    haloflow: history.run?.haloflow ?? "",
    resumedStep: history.run?.resumedStep ?? null,
    warnings: history.warnings.map(({ stage, message }) => ({ stage, message })),
    metrics: history.end?.metrics ?? {},
  };
}

/** A run on the page that compares runs. */
export function comparedView(run: WatchedRun, range: CurveRange, now: number) {
  const { history } = run;
  return {
    ...summaryView(run, now),
    curves: { smoothedLoss: curve(history, "smoothedLoss", range) },
    validations: history.validations.map(validationView),
    options: history.run?.options ?? {},
    haloflow: history.run?.haloflow ?? "",
  };
}

function validationView(
  { step, seconds, relativeL2, normalisedRmse, isBest }: ValidationView,
): ValidationView {
  return { step, seconds, relativeL2, normalisedRmse, isBest };
}

function curve(history: RunHistory, name: StepCurve, range: CurveRange): DrawnCurve {
  return drawnPart(history, history.curves[name], range);
}

/** The part of a curve in a range, with one more point at each side. */
function drawnPart(history: RunHistory, column: NumberColumn, range: CurveRange): DrawnCurve {
  const { steps, stepSeconds } = history;
  const [start, end] = placesOf(history, range);
  const part = ({ values }: NumberColumn) => values.subarray(start, end);
  return decimate(
    { step: part(steps), seconds: part(stepSeconds), value: part(column) },
    range.buckets,
  );
}

/** The time of a step, averaged over a few. */
function stepTimes(history: RunHistory, range: CurveRange): DrawnCurve {
  const { steps, stepSeconds } = history;
  const [start, end] = placesOf(history, range);
  const value = Float64Array.from({ length: end - start }, (_, k) => {
    const at = start + k;
    const first = Math.max(0, at - STEP_TIME_SPAN);
    if (first === at) return NaN;
    return (stepSeconds.at(at) - stepSeconds.at(first)) / (steps.at(at) - steps.at(first));
  });
  const part = ({ values }: NumberColumn) => values.subarray(start, end);
  return decimate({ step: part(steps), seconds: part(stepSeconds), value }, range.buckets);
}

/** Places from the first up to the last step in a range, and one more at each side. */
function placesOf(
  { steps, stepSeconds }: Pick<RunHistory, "steps" | "stepSeconds">,
  { axis, from, to }: CurveRange,
): readonly [start: number, end: number] {
  const places = axis === "step" ? steps : stepSeconds;
  const start = Math.max(0, places.firstAtLeast(from) - 1);
  const end = to === Infinity ? steps.length : Math.min(steps.length, places.firstAtLeast(to) + 1);
  return [start, Math.max(start, end)];
}

function finite(value: number | undefined): number | null {
  return value === undefined ? null : shortened(value);
}
