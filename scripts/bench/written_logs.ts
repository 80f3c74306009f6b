/** Logs of trainings that never ran, to measure and test what reads logs. @module */

import { join } from "node:path";
import {
  type EndLine,
  LOG_FILE,
  LOG_VERSION,
  type LogLine,
  type RunLine,
} from "../../pipeline/monitoring/log_schema.ts";
import { SmoothedLoss } from "../../pipeline/monitoring/smoothed_loss.ts";
import { hash, keyedUniform } from "../../pipeline/graph/random.ts";

/** A training that a log describes. */
export interface WrittenTraining {
  /** Planned steps. */
  readonly steps: number;
  /** Steps so far. @default all */
  readonly step?: number | undefined;
  readonly seed: number;
  readonly run?: Partial<RunLine> | undefined;
  /** @default no validation */
  readonly validationEvery?: number | undefined;
  /** How it ended. @default not yet */
  readonly end?: Pick<EndLine, "outcome" | "message" | "metrics"> | undefined;
}

const STAGE = "model";
const STEPS_PER_EPOCH = 100;
const STEP_SECONDS = 0.1;
const STEPS_PER_STATE = 20;

/** The lines of a training from step `from + 1` on; those of its start if `from` is 0. */
export function* trainingLines(training: WrittenTraining, from = 0): Generator<LogLine> {
  const { steps, step: last = steps, seed, run, validationEvery = 0, end } = training;
  if (from === 0) yield startLine(steps, seed, run);
  const smoothed = new SmoothedLoss();
  const key = hash(seed, "training");
  let best = Infinity;
  for (let step = 1; step <= last; step++) {
    const epoch = Math.floor((step - 1) / STEPS_PER_EPOCH);
    const decay = 0.6 * (1 + step / 40) ** -0.8 + 2e-3 * (1 + keyedUniform(key, 0));
    const loss = decay * Math.exp(0.7 * (keyedUniform(key, step) - 0.5) * 2);
    const smoothedLoss = smoothed.add(epoch, loss);
    const seconds = Math.round(1000 * STEP_SECONDS * step) / 1000;
    const isValidation = validationEvery > 0 && (step % validationEvery === 0 || step === steps);
    const relativeL2 = Math.sqrt(decay) * (0.9 + 0.1 * keyedUniform(key, 4 * steps + step));
    const isBest = isValidation && relativeL2 < best;
    if (isBest) best = relativeL2;
    if (step <= from) continue;
    yield {
      type: "step",
      stage: STAGE,
      step,
      epoch,
      seconds,
      loss,
      smoothedLoss,
      learningRate: 0.01 * 0.5 * (1 + Math.cos(Math.PI * step / steps)),
      gradientNorm: Math.sqrt(loss) * (1 + keyedUniform(key, 2 * steps + step)),
      memoryBytes: 4e8 + 1e8 * (1 - Math.exp(-step / 200)),
      communicationShare: 0.05 + 0.05 * keyedUniform(key, 3 * steps + step),
      sentBytes: 204_800,
    };
    if (isValidation) {
      yield {
        type: "validation",
        stage: STAGE,
        step,
        epoch,
        seconds,
        relativeL2,
        normalisedRmse: 1.1 * relativeL2,
        sampleCount: 8,
        isBest,
        validationSeconds: 0.4,
      };
    }
    if (step % STEPS_PER_STATE === 0 || step === last) yield stateLine(step, steps, seconds);
  }
  const seconds = STEP_SECONDS * last;
  if (end !== undefined) yield { type: "end", time: new Date(0).toISOString(), seconds, ...end };
}

/** Writes the log of a training into the directory of a run, which is created. */
export async function writeTrainingLog(
  directory: string,
  training: WrittenTraining,
): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(join(directory, LOG_FILE), textOf(trainingLines(training)));
}

/** Lines of a log as text. */
export function textOf(lines: Iterable<LogLine>): string {
  return Array.from(lines, (line) => `${JSON.stringify(line)}\n`).join("");
}

function startLine(steps: number, seed: number, changes: Partial<RunLine> = {}): RunLine {
  return {
    type: "run",
    version: LOG_VERSION,
    haloflow: "0.1.0",
    title: "Darcy flow, 2 ranks",
    pipeline: "darcy",
    started: "2026-01-01T00:00:00.000Z",
    seconds: 0,
    training: STAGE,
    ranks: 2,
    device: "cpu",
    seed,
    steps,
    options: {
      "meshes.store": "data/darcy.zarr",
      "graphs.nodes": 400,
      "model.hops": 4,
      "model.seed": seed,
    },
    plan: { stepSeconds: 1.1 * STEP_SECONDS, peakBytes: 5.2e8, seconds: 0.12 * steps },
    ...changes,
  };
}

function stateLine(step: number, steps: number, seconds: number): LogLine {
  const rate = 1 / STEP_SECONDS;
  return {
    type: "state",
    seconds,
    time: new Date(1000 * seconds).toISOString(),
    memoryBytes: 5e8,
    stages: {
      meshes: { done: 120, total: 120, finished: true, rates: [131] },
      graphs: { done: step, total: steps, finished: step === steps, rates: [22.9] },
      [STAGE]: { done: step, total: steps, finished: step === steps, rates: [rate, 0.99 * rate] },
    },
  };
}
