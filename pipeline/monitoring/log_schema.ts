/**
 * The log of a run, `log.jsonl`: one JSON object per line, appended while the run lasts. Each
 * attempt at a run (its start, and each resume) begins with a `run` line; a run that was killed has
 * no `end` line after its last `run` line.
 *
 * @module
 */

import { z } from "zod";

/** Name of the log in the directory of a run. */
export const LOG_FILE = "log.jsonl";

/** Version of the lines, stated by each `run` line. Readers refuse newer ones by name. */
export const LOG_VERSION = 1;

const count = z.int().min(0);
/** Time from the first start of the run, without the time between attempts. */
const seconds = z.number().min(0);
/** JSON has no NaN and no infinity: a figure that is not finite is null. */
const figure = z.number().nullable();

/** The start of an attempt at a run. */
export const runLine = z.strictObject({
  type: z.literal("run"),
  version: z.int().min(1),
  /** Version of Haloflow. */
  haloflow: z.string(),
  title: z.string(),
  pipeline: z.string(),
  /** ISO 8601, UTC. */
  started: z.string(),
  seconds,
  /** Stage that trains; absent if none does. */
  training: z.string().optional(),
  ranks: count.optional(),
  device: z.string().optional(),
  seed: z.number().optional(),
  /** Planned steps of the training. */
  steps: count.optional(),
  /** Steps that the checkpoint includes from which this attempt resumes. */
  resumedStep: count.optional(),
  /** Options of all stages, by `stage.option`, as JSON values. */
  options: z.record(z.string(), z.unknown()),
  /** Predicted figures of the plan, if the run was planned. */
  plan: z.strictObject({
    stepSeconds: z.number().optional(),
    peakBytes: z.number().optional(),
    seconds: z.number().optional(),
  }).optional(),
});

/** One step of the training. */
export const stepLine = z.strictObject({
  type: z.literal("step"),
  stage: z.string(),
  /** From 1. */
  step: z.int().min(1),
  epoch: count,
  seconds,
  loss: figure,
  /** Exponential mean of the losses over about one epoch. */
  smoothedLoss: figure,
  learningRate: figure,
  /** Euclidean norm of the gradient before clipping. */
  gradientNorm: figure,
  /** Resident memory of the process. */
  memoryBytes: figure,
  /** Share of the time of the step in which rank 0 waited for other ranks. */
  communicationShare: figure,
  /** Bytes that rank 0 sent to other ranks in the step. */
  sentBytes: figure,
});

/** One validation. */
export const validationLine = z.strictObject({
  type: z.literal("validation"),
  stage: z.string(),
  /** Steps taken before it. */
  step: count,
  epoch: count,
  seconds,
  /** Mean over samples. */
  relativeL2: figure,
  /** RMSE in standard deviations of the targets. */
  normalisedRmse: figure,
  sampleCount: count,
  /** Whether the model became the best one. */
  isBest: z.boolean(),
  /** Time that the validation took. */
  validationSeconds: z.number().min(0),
  /** Path of the picture (truth, prediction, error), relative to the directory of the run. */
  picture: z.string().optional(),
});

/** State of all stages, about every two seconds: also the sign that the run is alive. */
export const stateLine = z.strictObject({
  type: z.literal("state"),
  seconds,
  /** ISO 8601, UTC. */
  time: z.string(),
  memoryBytes: figure,
  /** By stage; one that has finished is in the next state only. */
  stages: z.record(
    z.string(),
    z.strictObject({
      done: z.number(),
      total: z.number(),
      finished: z.boolean(),
      /** Rate of progress by rank, in units per second. */
      rates: z.array(figure),
    }),
  ),
});

/** A warning of a stage. */
export const warningLine = z.strictObject({
  type: z.literal("warning"),
  stage: z.string(),
  seconds,
  message: z.string(),
});

/** The end of an attempt. */
export const endLine = z.strictObject({
  type: z.literal("end"),
  /** ISO 8601, UTC. */
  time: z.string(),
  seconds,
  outcome: z.enum(["finished", "failed", "stopped"]),
  /** Why it failed or was stopped. */
  message: z.string().optional(),
  /** Figures on the test split, as `metrics.json` names them. */
  metrics: z.record(z.string(), figure).optional(),
  /** Step whose model was retained, and its validation. */
  best: z.strictObject({ step: count, relativeL2: figure }).optional(),
});

/** A line of the log. */
export const logLine = z.discriminatedUnion("type", [
  runLine,
  stepLine,
  validationLine,
  stateLine,
  warningLine,
  endLine,
]);

/** The start of an attempt at a run. */
export type RunLine = z.infer<typeof runLine>;
/** One step of the training. */
export type StepLine = z.infer<typeof stepLine>;
/** One validation. */
export type ValidationLine = z.infer<typeof validationLine>;
/** State of all stages. */
export type StateLine = z.infer<typeof stateLine>;
/** A warning of a stage. */
export type WarningLine = z.infer<typeof warningLine>;
/** The end of an attempt. */
export type EndLine = z.infer<typeof endLine>;
/** A line of the log. */
export type LogLine = z.infer<typeof logLine>;
