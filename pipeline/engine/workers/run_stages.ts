/**
 * Runs the stages of a pipeline: one worker for every rank of every stage. No worker is left when
 * the promise settles.
 *
 * @module
 */

import { messageOf, StageError, UserError } from "../../../errors.ts";
import { connectRanks, type RankPorts } from "../channels/connect.ts";
import { DEFAULT_CHANNEL_BYTES } from "../channels/channel.ts";
import type { CodeHasher } from "../definition/code_hash.ts";
import { confine, type Confinement } from "../permissions/confinement.ts";
import { type ControlPort, openControl } from "./control.ts";
import { recordHungThread } from "./hung_threads.ts";
import { WORKER_STATE, WORKER_STATE_LENGTH } from "../channels/meter.ts";
import { printableText, unpackError } from "./plain_error.ts";
import type { StartMessage, WorkerCommand, WorkerMessage } from "./protocol.ts";
import type { RankReport, RunEvent, RunEventBody, RunReport } from "./run_report.ts";
import { deadlockError, type PlacedRank, stageError, stopError } from "./run_failures.ts";
import type { PipelineSpec } from "../definition/spec.ts";
import { applyModes, type StageModes, tapeOfRank } from "./stage_modes.ts";
import { type StartGroups, startGroups } from "./start_groups.ts";
import {
  type StageSources,
  validatePipeline,
  type ValidPipeline,
  type ValidStage,
} from "../definition/validate.ts";
import { startWorker } from "./start_worker.ts";
import { Watchdog, type Watched } from "./watchdog.ts";

/** Time after which a worker is unresponsive. */
const SILENCE_SECONDS = 5;

/**
 * Time in which workers may clean up after a failure, and after the user has stopped the run. A
 * failure is reported within 5 s.
 */
const FAILURE_SECONDS = 4;
const STOP_SECONDS = 10;

/** Options of `runStages`. */
export interface RunStagesOptions extends StageSources {
  /** Directory for the files of the run; created if it does not exist. */
  readonly directory: string;
  /**
   * Awaited before stages begin and anything is written, while workers start and load their stages.
   * If it rejects, the run fails with the same error.
   */
  readonly ready?: Promise<void> | undefined;
  /** Ends the run early when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called in the main thread for every event. An error thrown here ends the run. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /**
   * Maximal bytes in flight in each channel.
   *
   * @default 64 MiB
   */
  readonly channelBytes?: number | undefined;
  /**
   * Time for which a worker may be unresponsive before its stage fails: its event loop does not run
   * and its stage does not call `beat`. The limit is longer on a busy computer. A worker that exits
   * is detected immediately.
   *
   * @default 5
   */
  readonly silenceSeconds?: number | undefined;
  /**
   * Time in which stages may clean up when the run ends early, before their workers are terminated.
   * Terminating a worker can crash a process whose worker holds a GPU, and does not interrupt a
   * loop in JavaScript or WebAssembly: such a thread occupies memory and a processor until the
   * process ends, which then needs `Deno.exit`. An unresponsive stage gets no time.
   *
   * @default 4 after a failure, 10 if the signal is aborted
   */
  readonly graceSeconds?: number | undefined;
  /** Hasher to share files that were already read. @default a new one */
  readonly code?: CodeHasher | undefined;
  /** Stages that are recorded, replayed or skipped. @default all simply run */
  readonly modes?: StageModes | undefined;
}

/**
 * Runs the stages of a pipeline to their end, in workers that are connected by bounded channels.
 *
 * The first failure ends the run: the signal of all other stages is aborted, and later failures are
 * not reported.
 *
 * @returns Figures of every stage and rank.
 * @throws {PipelineError} If the pipeline is not valid; nothing was started.
 * @throws {PermissionError} If the process lacks a permission that a worker needs; nothing was
 * started.
 * @throws {StageError} If a stage fails, with the stage's error as `cause`.
 * @throws {UserError} If the signal is aborted; its name is `AbortError`.
 */
export async function runStages(spec: PipelineSpec, options: RunStagesOptions): Promise<RunReport> {
  const valid = await validatePipeline(spec, options);
  const pipeline = applyModes(valid, options.modes ?? new Map());
  const confinement = await confine(pipeline, options);
  if (options.signal?.aborted) throw stopError(pipeline.name, options.signal.reason);
  return await new PipelineRun(pipeline, options, confinement).finish();
}

/** One rank of a stage in its worker, as seen by the main thread. */
interface RankWorker extends Watched, PlacedRank {
  readonly stage: ValidStage;
  readonly worker: Worker;
  readonly control: ControlPort;
  running: boolean;
  /** It is unresponsive, so it cannot be expected to end on command. */
  hangs: boolean;
  startSeconds: number;
  report: RankReport | undefined;
}

class PipelineRun {
  readonly #pipeline: ValidPipeline;
  readonly #options: RunStagesOptions;
  readonly #confinement: Confinement;
  readonly #startTime = performance.now();
  readonly #groups: StartGroups;
  /** Ports of stages that have not started. */
  readonly #ports: Map<string, RankPorts[]>;
  readonly #workers: RankWorker[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #isReady = false;
  #failure: Error | undefined;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(pipeline: ValidPipeline, options: RunStagesOptions, confinement: Confinement) {
    this.#pipeline = pipeline;
    this.#options = options;
    this.#confinement = confinement;
    this.#groups = startGroups(pipeline);
    this.#ports = connectRanks(pipeline);
    this.#startGroup(undefined);
    this.#begin();
  }

  /** Waits until every worker has exited. */
  async finish(): Promise<RunReport> {
    const { signal, silenceSeconds = SILENCE_SECONDS } = this.#options;
    const stop = () => this.#fail(stopError(this.#pipeline.name, signal!.reason));
    signal?.addEventListener("abort", stop);
    using _watchdog = new Watchdog(this.#workers, silenceSeconds, {
      unresponsive: (worker) => this.#giveUp(worker, silenceSeconds),
      stalled: () => this.#makeRoom(),
      deadlocked: () =>
        this.#fail(
          deadlockError(this.#pipeline.name, this.#workers.filter(({ running }) => running)),
        ),
    });
    try {
      await this.#ended.promise;
    } finally {
      signal?.removeEventListener("abort", stop);
      clearTimeout(this.#graceTimer);
    }
    if (this.#failure) throw this.#failure;
    return this.#report();
  }

  /** Allows the started stages to begin once the run is ready. */
  async #begin(): Promise<void> {
    try {
      await this.#options.ready;
      if (!this.#failure) await createDirectory(this.#options.directory);
    } catch (error) {
      return this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
    this.#isReady = true;
    for (const worker of this.#workers) sendTo(worker, { type: "begin" });
  }

  /** Starts the stages that await progress of the stage `awaited`. */
  #startGroup(awaited: string | undefined): void {
    for (const stage of this.#groups.get(awaited) ?? []) this.#startStage(stage);
  }

  /** Starts a stage unless it has started, or the run has failed. */
  #startStage(stage: ValidStage): void {
    const ports = this.#failure ? [] : this.#ports.get(stage.name) ?? [];
    this.#ports.delete(stage.name);
    this.#workers.push(...ports.map((rankPorts, rank) => this.#start(stage, rank, rankPorts)));
  }

  /**
   * Makes room for stages that wait for it: starts their consumers, or else grows their channels.
   */
  #makeRoom(): void {
    const blocked = new Set(
      this.#workers.filter(({ running, state }) =>
        running && Atomics.load(state, WORKER_STATE.outputWaits) > 0
      )
        .map(({ stage }) => stage.name),
    );
    const notStarted = [...this.#pipeline.stages.values()].filter(({ name, from }) =>
      this.#ports.has(name) && from.some((producer) => blocked.has(producer))
    );
    for (const stage of notStarted) this.#startStage(stage);
    if (notStarted.length > 0) return;
    for (const worker of this.#workers) sendTo(worker, { type: "grow" });
  }

  #start(stage: ValidStage, rank: number, ports: RankPorts): RankWorker {
    const { directory, channelBytes = DEFAULT_CHANNEL_BYTES } = this.#options;
    const state = new Int32Array(
      new SharedArrayBuffer(WORKER_STATE_LENGTH * Int32Array.BYTES_PER_ELEMENT),
    );
    const permissions = this.#confinement.get(stage.name);
    const name = stage.ranks > 1 ? `${stage.name} ${rank}` : stage.name;
    const worker = startWorker(new URL("./worker.ts", import.meta.url), permissions, name);
    const { mainPort, workerPort } = openControl();
    const started: RankWorker = {
      stage,
      rank,
      state,
      worker,
      control: mainPort,
      running: true,
      hangs: false,
      startSeconds: 0,
      report: undefined,
    };
    mainPort.onMessage((message) => this.#handleMessage(started, message));
    mainPort.onClose(() => this.#handleExit(started));
    worker.onerror = (event) => {
      event.preventDefault();
      this.#failStage(started, printableText(event.message));
    };
    const message: StartMessage = {
      control: workerPort,
      state,
      directory,
      channelBytes,
      rank,
      ranks: stage.ranks,
      ...ports,
      name: stage.name,
      url: stage.url.href,
      options: stage.options,
      tape: tapeOfRank(this.#options.modes?.get(stage.name), rank),
    };
    worker.postMessage(message, [workerPort, ...transferable(ports)]);
    if (this.#isReady) sendTo(started, { type: "begin" });
    return started;
  }

  #handleMessage(from: RankWorker, message: WorkerMessage): void {
    if (message.type === "progress" || message.type === "finished") {
      this.#startGroup(from.stage.name);
    }
    switch (message.type) {
      case "started":
        from.startSeconds = this.#seconds();
        return this.#emit(from, message);
      case "finished": {
        const { rank, startSeconds } = from;
        from.report = { rank, ...message.figures, startSeconds, endSeconds: this.#seconds() };
        return this.#emit(from, { type: "finished", report: from.report });
      }
      case "failed":
        return this.#failStage(from, message.error.message, unpackError(message.error));
      default:
        return this.#emit(from, message);
    }
  }

  /** Handles the exit of a worker. */
  #handleExit(worker: RankWorker): void {
    if (!worker.running) return;
    worker.running = false;
    worker.control.close();
    if (!worker.report) {
      this.#failStage(
        worker,
        "its worker exited before the stage had finished; a stage must not call Deno.exit or " +
          "self.close",
      );
    }
    if (this.#workers.every(({ running }) => !running)) this.#ended.resolve();
    else this.#terminateHanging();
  }

  /** Fails the run because a worker is unresponsive, possibly forever. */
  #giveUp(worker: RankWorker, seconds: number): void {
    worker.hangs = true;
    this.#failStage(
      worker,
      `it was unresponsive for ${seconds} s: is there an endless loop? A custom stage that ` +
        "computes for long must call beat()",
    );
    this.#terminateHanging();
  }

  /** Terminates workers that hang once all others have exited. */
  #terminateHanging(): void {
    if (this.#workers.every(({ running, hangs }) => !running || hangs)) this.#terminate();
  }

  #emit({ stage, rank }: RankWorker, body: RunEventBody): void {
    // What a stage has done until it stops belongs in the log: a checkpoint may include it.
    if (this.#failure && body.type !== "record") return;
    try {
      this.#options.onEvent?.({ stage: stage.name, rank, seconds: this.#seconds(), ...body });
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #failStage(worker: RankWorker, message: string, cause?: Error): void {
    this.#fail(stageError(worker, message, cause));
  }

  /** Records the first failure and stops all workers: by command, and after a time by force. */
  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const worker of this.#workers) {
      Atomics.store(worker.state, WORKER_STATE.stopped, 1);
      sendTo(worker, { type: "stop", reason: error.message });
    }
    const { graceSeconds = error instanceof StageError ? FAILURE_SECONDS : STOP_SECONDS } =
      this.#options;
    this.#graceTimer = setTimeout(() => this.#terminate(), graceSeconds * 1000);
  }

  /** Terminates the workers that have not exited; an endless loop in one continues unnoticed. */
  #terminate(): void {
    for (const worker of this.#workers.filter(({ running }) => running)) {
      recordHungThread();
      worker.worker.terminate();
      this.#handleExit(worker);
    }
  }

  #report(): RunReport {
    const stages = [...this.#pipeline.stages.values()].map((stage) => {
      const ranks = this.#workers.filter((worker) => worker.stage === stage).map(({ report }) =>
        report!
      );
      return [stage.name, { run: stage.stage.name, ranks }] as const;
    });
    return {
      name: this.#pipeline.name,
      seconds: this.#seconds(),
      stages: Object.fromEntries(stages),
    };
  }

  #seconds(): number {
    return (performance.now() - this.#startTime) / 1000;
  }
}

function sendTo({ running, control }: RankWorker, command: WorkerCommand): void {
  if (running) control.send(command);
}

function transferable({ inputs, outputs, peers }: RankPorts): MessagePort[] {
  return [
    ...[...inputs, ...outputs].flatMap(({ ports }) => ports),
    ...peers.filter((port) => port !== undefined),
  ];
}

async function createDirectory(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(`Cannot create the directory "${directory}" of the run: ${reason}`, {
      cause: error,
    });
  }
}
