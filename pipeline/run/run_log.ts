/**
 * The log of a run: its start, what its stages record, their state, and its end.
 *
 * @module
 */

import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import type { PipelineSpec } from "../engine/definition/spec.ts";
import type { StageRecord } from "../engine/definition/stage.ts";
import type { RunEvent } from "../engine/workers/run_report.ts";
import { LogFile, truncateLog } from "../monitoring/log_file.ts";
import {
  type EndLine,
  LOG_FILE,
  LOG_VERSION,
  type LogLine,
  logLine,
  type RunLine,
} from "../monitoring/log_schema.ts";
import { SmoothedLoss } from "../monitoring/smoothed_loss.ts";
import { type Checkpoint, readCheckpoint } from "../training/checkpoint_file.ts";
import type { TrainOptions } from "../training/train_options.ts";
import type { Plan } from "./plan/plan.ts";
import type { PreparedRun } from "./prepared_run.ts";

/** Time between two states, in milliseconds. */
const STATE_INTERVAL = 2000;

/** The last progress of each rank of a stage. */
interface StageState {
  readonly ranks: { done: number; total: number; startSeconds: number; seconds: number }[];
  finishedCount: number;
}

/** The log of one attempt at a run, from its start to its end. */
export class RunLog {
  readonly #file: LogFile;
  readonly #training: string | undefined;
  readonly #rankCounts: ReadonlyMap<string, number>;
  /** Seconds of the attempts before. */
  readonly #offsetSeconds: number;
  readonly #start = performance.now();
  readonly #smoothed: SmoothedLoss;
  readonly #stages = new Map<string, StageState>();
  readonly #timer: ReturnType<typeof setInterval>;
  #memoryBytes = Deno.memoryUsage().rss;

  private constructor(
    file: LogFile,
    run: PreparedRun,
    history: readonly LogLine[],
    checkpoint: Checkpoint | undefined,
  ) {
    this.#file = file;
    this.#training = run.meters.training;
    this.#rankCounts = new Map(
      [...run.pipeline.stages.values()].map(({ name, ranks }) => [name, ranks]),
    );
    this.#offsetSeconds = history.reduce((last, { seconds }) => Math.max(last, seconds), 0);
    this.#smoothed = new SmoothedLoss();
    for (const line of history) {
      if (line.type === "step") this.#smoothed.add(line.epoch, line.loss ?? NaN);
    }
    for (const line of this.#missingSteps(history, checkpoint)) file.add(line);
    this.#timer = setInterval(() => this.#addState(), STATE_INTERVAL);
  }

  /** Starts the log, or continues that of the run that resumes; undefined if it cannot be written. */
  static async open(run: PreparedRun, plan: Plan | undefined): Promise<RunLog | undefined> {
    const { settings: { directory, onEvent }, start, meters } = run;
    const path = join(directory, LOG_FILE);
    const warn = (message: string) =>
      onEvent?.({ type: "warning", stage: "log", rank: 0, seconds: 0, message });
    let history: readonly LogLine[] = [];
    let checkpoint: Checkpoint | undefined;
    try {
      if (start.state !== "resumed") await Deno.remove(path).catch(() => {});
      else {
        const point = start.trainings.find(({ stage }) => stage === meters.training);
        history = await truncateLog(path, meters.training, point?.step ?? 0);
        checkpoint = point && await readCheckpoint(point.path);
      }
    } catch (error) {
      warn(`${error instanceof Error ? error.message : error}; the run starts a new log`);
      await Deno.remove(path).catch(() => {});
    }
    const file = await LogFile.open(path, warn);
    if (file === undefined) return undefined;
    const log = new RunLog(file, run, history, checkpoint);
    file.add(runLine(run, plan, log.#seconds), { sync: true });
    return log;
  }

  /** Adds what an event of the run shows. */
  record(event: RunEvent): void {
    switch (event.type) {
      case "progress":
        return this.#addProgress(event);
      case "finished": {
        const state = this.#stages.get(event.stage);
        if (state !== undefined) state.finishedCount++;
        return;
      }
      case "warning":
        return this.#file.add({
          type: "warning",
          stage: event.stage,
          seconds: this.#seconds,
          message: event.message,
        });
      case "record":
        return this.#addRecord(event.stage, event.entry);
    }
  }

  /** Ends the log. */
  async close(end: Pick<EndLine, "outcome" | "message" | "metrics">): Promise<void> {
    clearInterval(this.#timer);
    this.#addState();
    this.#file.add({
      type: "end",
      time: new Date().toISOString(),
      seconds: this.#seconds,
      ...end,
    });
    await this.#file.close();
  }

  get #seconds(): number {
    const milliseconds = 1000 * this.#offsetSeconds + performance.now() - this.#start;
    return Math.round(milliseconds) / 1000;
  }

  /**
   * The last steps of a checkpoint, of which a killed process had not yet written all; of these,
   * the checkpoint holds only the losses and the rates.
   */
  *#missingSteps(
    history: readonly LogLine[],
    checkpoint: Checkpoint | undefined,
  ): Generator<LogLine> {
    if (checkpoint === undefined) return;
    const last = history.findLast((line) => line.type === "step" && line.stage === this.#training);
    const { step, epoch } = last?.type === "step" ? last : { step: 0, epoch: 0 };
    const { losses, learningRates } = checkpoint;
    for (let k = step; k < losses.length; k++) {
      yield {
        type: "step",
        stage: this.#training!,
        step: k + 1,
        epoch,
        seconds: this.#offsetSeconds,
        loss: finiteOrNull(losses[k]),
        smoothedLoss: finiteOrNull(this.#smoothed.add(epoch, losses[k])),
        learningRate: finiteOrNull(learningRates[k]),
        gradientNorm: null,
        memoryBytes: null,
        communicationShare: null,
        sentBytes: null,
      };
    }
  }

  #addProgress({ stage, rank, seconds, progress }: RunEvent & { readonly type: "progress" }): void {
    const { done, total } = progress;
    const state = this.#stages.get(stage) ?? { ranks: [], finishedCount: 0 };
    this.#stages.set(stage, state);
    const startSeconds = state.ranks[rank]?.startSeconds ?? seconds;
    state.ranks[rank] = { done, total, startSeconds, seconds };
  }

  /** Adds an entry that a stage recorded, if it is one of the kinds that the log has. */
  #addRecord(stage: string, { kind, values }: StageRecord): void {
    const common = { type: kind, stage, seconds: this.#seconds };
    const figures = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, finiteOrNull(value)]),
    );
    const { epoch, loss } = values;
    const smoothedLoss = typeof epoch === "number" && typeof loss === "number"
      ? finiteOrNull(this.#smoothed.add(epoch, loss))
      : null;
    const line = logLine.safeParse(
      kind === "step"
        ? { ...common, ...figures, smoothedLoss, memoryBytes: this.#memoryBytes }
        : { ...common, ...figures },
    );
    // Custom stages may record what the log has no line for; only the built-in ones are read back.
    if (!line.success) return;
    this.#file.add(line.data, { sync: kind === "validation" });
  }

  #addState(): void {
    this.#memoryBytes = Deno.memoryUsage().rss;
    const stages = [...this.#stages].map(([name, { ranks, finishedCount }]) => {
      const known = ranks.filter((rank) => rank !== undefined);
      return [name, {
        done: known[0]?.done ?? 0,
        total: known[0]?.total ?? 0,
        finished: finishedCount >= (this.#rankCounts.get(name) ?? 1),
        rates: known.map(({ done, startSeconds, seconds }) =>
          seconds > startSeconds ? Number((done / (seconds - startSeconds)).toPrecision(4)) : null
        ),
      }] as const;
    });
    for (const [name, { finished }] of stages) if (finished) this.#stages.delete(name);
    this.#file.add({
      type: "state",
      time: new Date().toISOString(),
      seconds: this.#seconds,
      memoryBytes: this.#memoryBytes,
      stages: Object.fromEntries(stages),
    });
  }
}

function runLine(run: PreparedRun, plan: Plan | undefined, seconds: number): RunLine {
  const { spec, settings: { title }, start, pipeline, meters: { training } } = run;
  const stage = training === undefined ? undefined : pipeline.stages.get(training);
  const options = stage?.resolved as TrainOptions | undefined;
  return {
    type: "run",
    version: LOG_VERSION,
    haloflow: config.version,
    title,
    pipeline: spec.name,
    started: new Date().toISOString(),
    seconds,
    training,
    ranks: stage?.ranks,
    device: options?.device,
    seed: options?.seed,
    steps: plan?.training.steps,
    resumedStep: start.trainings.find(({ stage }) => stage === training)?.step,
    options: optionsOf(spec),
    plan: plan && {
      stepSeconds: plan.training.stepSeconds,
      peakBytes: plan.peakBytes,
      seconds: plan.seconds,
    },
  };
}

/** The options of all stages as given, by `stage.option`. */
function optionsOf({ stages }: PipelineSpec): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(stages).flatMap(([name, stage]) =>
      Object.entries(stage.with ?? {}).map(([option, value]) => [`${name}.${option}`, value])
    ),
  );
}

function finiteOrNull<T>(value: T): T | null {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
