/**
 * Runs a pipeline: one worker for every rank of every stage, all of them gone when the promise
 * settles.
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
import {
  type StartMessage,
  unpackError,
  type WorkerCommand,
  type WorkerMessage,
} from "./protocol.ts";
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

/** How long a worker may stand still. */
const SILENCE_SECONDS = 5;

/**
 * How long workers may clean up, after a failure and when the user stops the run: a failure is to
 * be told within 5 s.
 */
const FAILURE_SECONDS = 4;
const STOP_SECONDS = 10;

/** How a pipeline is run. */
export interface RunStagesOptions extends StageSources {
  /** Directory for the files of the run; made if it is not there. */
  readonly directory: string;
  /**
   * What the run waits for before its stages begin and anything is written, while their workers
   * start and load them. If it fails, so does the run, with its error.
   */
  readonly ready?: Promise<void> | undefined;
  /** Ends the run early when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called in the main thread for everything that happens. An error thrown here ends the run. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /**
   * Bytes that may be on the way in each channel.
   *
   * @default 64 MiB
   */
  readonly channelBytes?: number | undefined;
  /**
   * How long a worker may stand still before its stage has failed: neither has its event loop
   * turned nor its stage called `beat`. A busy computer is allowed for. A worker that ends is
   * noticed at once.
   *
   * @default 5
   */
  readonly silenceSeconds?: number | undefined;
  /**
   * How long stages may take to clean up when the run ends early, before their workers are
   * terminated. That can crash a process whose worker holds a GPU, and cannot interrupt a loop, in
   * JavaScript or WebAssembly: such a thread keeps its memory and a processor until the process
   * ends, for which it needs `Deno.exit`. A stage that stands still gets no time.
   *
   * @default 4 after a failure, 10 if the signal is aborted
   */
  readonly graceSeconds?: number | undefined;
  /** What of the code of stages has been read. @default nothing */
  readonly code?: CodeHasher | undefined;
  /** Stages that are recorded, replayed or skipped. @default all simply run */
  readonly modes?: StageModes | undefined;
}

/**
 * Runs a pipeline to its end.
 *
 * Stages run in workers of their own and talk to each other through bounded channels. The first
 * failure ends the run: the other stages see an aborted signal, and whatever fails after that is
 * not reported.
 *
 * @returns The figures of every stage and rank.
 * @throws {PipelineError} If the pipeline is not valid; nothing has been started.
 * @throws {PermissionError} If the process has not what it is to give to a worker; nothing has been
 * started.
 * @throws {StageError} If a stage fails, with the stage's error as `cause`.
 * @throws {UserError} Named `AbortError`, if the signal is aborted.
 */
export async function runStages(spec: PipelineSpec, options: RunStagesOptions): Promise<RunReport> {
  const plan = applyModes(await validatePipeline(spec, options), options.modes ?? new Map());
  const confinement = await confine(plan, options);
  if (options.signal?.aborted) throw stopError(plan.name, options.signal.reason);
  return await new PipelineRun(plan, options, confinement).finish();
}

/** One rank of a stage in its worker, as the main thread sees it. */
interface RankWorker extends Watched, PlacedRank {
  readonly stage: ValidStage;
  readonly worker: Worker;
  readonly control: ControlPort;
  running: boolean;
  /** It stands still, so it will not end when told to. */
  hangs: boolean;
  startSeconds: number;
  report: RankReport | undefined;
}

class PipelineRun {
  readonly #plan: ValidPipeline;
  readonly #options: RunStagesOptions;
  readonly #confinement: Confinement;
  readonly #begin = performance.now();
  readonly #groups: StartGroups;
  /** Ports of the stages that have not started. */
  readonly #ports: Map<string, RankPorts[]>;
  readonly #workers: RankWorker[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #isReady = false;
  #failure: Error | undefined;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(plan: ValidPipeline, options: RunStagesOptions, confinement: Confinement) {
    this.#plan = plan;
    this.#options = options;
    this.#confinement = confinement;
    this.#groups = startGroups(plan);
    this.#ports = connectRanks(plan);
    this.#startGroup(undefined);
    this.#go();
  }

  /** Waits until every worker is gone. */
  async finish(): Promise<RunReport> {
    const { signal, silenceSeconds = SILENCE_SECONDS } = this.#options;
    const stop = () => this.#fail(stopError(this.#plan.name, signal!.reason));
    signal?.addEventListener("abort", stop);
    using _watchdog = new Watchdog(this.#workers, silenceSeconds, {
      silent: (worker) => this.#giveUp(worker, silenceSeconds),
      stalled: () => this.#makeRoom(),
      deadlocked: () =>
        this.#fail(deadlockError(this.#plan.name, this.#workers.filter(({ running }) => running))),
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

  /** Lets the stages begin that have started, once the run is ready. */
  async #go(): Promise<void> {
    try {
      await this.#options.ready;
      if (!this.#failure) await makeDirectory(this.#options.directory);
    } catch (error) {
      return this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
    this.#isReady = true;
    for (const worker of this.#workers) sendTo(worker, { type: "go" });
  }

  /** Starts the stages that have waited for progress of the stage `awaited`. */
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
   * Lets stages go on that wait for room: those of their readers start that have not, or else their
   * channels grow.
   */
  #makeRoom(): void {
    const blocked = new Set(
      this.#workers.filter(({ running, state }) =>
        running && Atomics.load(state, WORKER_STATE.outputWaits) > 0
      )
        .map(({ stage }) => stage.name),
    );
    const absent = [...this.#plan.stages.values()].filter(({ name, from }) =>
      this.#ports.has(name) && from.some((producer) => blocked.has(producer))
    );
    for (const stage of absent) this.#startStage(stage);
    if (absent.length > 0) return;
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
    const { near, far } = openControl();
    const started: RankWorker = {
      stage,
      rank,
      state,
      worker,
      control: near,
      running: true,
      hangs: false,
      startSeconds: 0,
      report: undefined,
    };
    near.onMessage((message) => this.#handleMessage(started, message));
    near.onClose(() => this.#end(started));
    worker.onerror = (event) => {
      event.preventDefault();
      this.#failStage(started, event.message);
    };
    const message: StartMessage = {
      control: far,
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
    worker.postMessage(message, [far, ...transferable(ports)]);
    if (this.#isReady) sendTo(started, { type: "go" });
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

  /** The worker is gone. */
  #end(worker: RankWorker): void {
    if (!worker.running) return;
    worker.running = false;
    worker.control.close();
    if (!worker.report) {
      this.#failStage(
        worker,
        "its worker ended before the stage did; a stage must not call Deno.exit or self.close",
      );
    }
    if (this.#workers.every(({ running }) => !running)) this.#ended.resolve();
    else this.#leaveHanging();
  }

  /** The worker stands still, maybe for ever. */
  #giveUp(worker: RankWorker, seconds: number): void {
    worker.hangs = true;
    this.#failStage(
      worker,
      `it has stood still for ${seconds} s: is there an endless loop? A stage of your own ` +
        "that computes for long calls " +
        `beat()`,
    );
    this.#leaveHanging();
  }

  /** Does not wait for workers that hang once the others have ended. */
  #leaveHanging(): void {
    if (this.#workers.every(({ running, hangs }) => !running || hangs)) this.#terminate();
  }

  #emit({ stage, rank }: RankWorker, body: RunEventBody): void {
    if (this.#failure) return;
    try {
      this.#options.onEvent?.({ stage: stage.name, rank, seconds: this.#seconds(), ...body });
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #failStage(worker: RankWorker, message: string, cause?: Error): void {
    this.#fail(stageError(worker, message, cause));
  }

  /**
   * Remembers the first failure and ends all other workers: they are asked to, and after a time
   * made to.
   */
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

  /**
   * Ends the workers that have not ended themselves, as a last resort; one in an endless loop goes
   * on, unheard.
   */
  #terminate(): void {
    for (const worker of this.#workers.filter(({ running }) => running)) {
      recordHungThread();
      worker.worker.terminate();
      this.#end(worker);
    }
  }

  #report(): RunReport {
    const stages = [...this.#plan.stages.values()].map((stage) => {
      const ranks = this.#workers.filter((worker) => worker.stage === stage).map(({ report }) =>
        report!
      );
      return [stage.name, { run: stage.stage.name, ranks }] as const;
    });
    return { name: this.#plan.name, seconds: this.#seconds(), stages: Object.fromEntries(stages) };
  }

  #seconds(): number {
    return (performance.now() - this.#begin) / 1000;
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

async function makeDirectory(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    const reason = messageOf(error);
    throw new UserError(`Cannot make the directory "${directory}" of the run: ${reason}`, {
      cause: error,
    });
  }
}
