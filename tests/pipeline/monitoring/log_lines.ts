/** Lines of logs for tests. @module */

import type { RunLine, StepLine } from "../../../pipeline/monitoring/log_schema.ts";

/** The start of an attempt. */
export function runLine(changes: Partial<RunLine> = {}): RunLine {
  return {
    type: "run",
    version: 1,
    haloflow: "0.1.0",
    title: "Darcy flow",
    pipeline: "darcy",
    started: "2026-01-01T00:00:00.000Z",
    seconds: 0,
    training: "model",
    options: {},
    ...changes,
  };
}

/** A step of the training. */
export function stepLine(step: number, changes: Partial<StepLine> = {}): StepLine {
  return {
    type: "step",
    stage: "model",
    step,
    epoch: 0,
    seconds: step / 10,
    loss: 1 / step,
    smoothedLoss: 1 / step,
    learningRate: 0.01,
    gradientNorm: 1,
    memoryBytes: 1e9,
    communicationShare: 0.1,
    sentBytes: 1000,
    ...changes,
  };
}
