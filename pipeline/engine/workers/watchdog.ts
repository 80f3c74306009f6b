/**
 * Watches for workers that cannot report themselves: those that hang, and those that wait for each
 * other.
 *
 * @module
 */

import { WORKER_STATE } from "../channels/meter.ts";
import { processorShare } from "./processor_share.ts";

/** Interval between checks. */
export const CHECK_MILLISECONDS = 250;
/** Consecutive checks that must find all workers waiting before a channel grows. */
const STALL_CHECKS = 2;
/** Minimal weight of a check. */
const MIN_WEIGHT = 0.1;

/** A worker as seen by the watchdog. */
export interface Watched {
  readonly state: Int32Array<SharedArrayBuffer>;
  /** False once it has exited. */
  readonly running: boolean;
}

/** Callbacks for what the watchdog finds. */
export interface WatchdogActions<Worker extends Watched> {
  /**
   * A worker was unresponsive for the silence limit: its event loop did not run, and its stage did
   * not show that it was working.
   */
  unresponsive(worker: Worker): void;
  /** All workers wait, and some of them for room in a channel: more room lets them continue. */
  stalled(): void;
  /** All workers have waited for the silence limit, none of them for room: they wait forever. */
  deadlocked(): void;
}

/**
 * Watches the shared state of all workers of a run, until disposed.
 *
 * Bounded channels can stop a pipeline that unbounded ones would not: if a stage reads one input to
 * its end before another and both come from the same producer, then the producer waits for room in
 * one channel and the stage for a batch from the other. In that case the full channels grow, which
 * is always safe and, as it happens only when nothing else can, takes little more memory than
 * necessary (T. M. Parks, *Bounded Scheduling of Process Networks*, 1995).
 *
 * Time is counted in checks, not by the clock, so that workers survive a computer that slept. Once
 * a worker has been unresponsive for half of the limit, a check is weighted by the share of a
 * processor that a thread gets, at least 0.1: on a busy computer the worker may only be waiting for
 * its turn.
 */
export class Watchdog<Worker extends Watched> implements Disposable {
  readonly #workers: readonly Worker[];
  readonly #actions: WatchdogActions<Worker>;
  readonly #limitChecks: number;
  readonly #share: () => number;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #beats = new Map<Worker, { beats: number; checks: number }>();
  #traffic = -1;
  #waitingChecks = 0;
  #deadlockChecks = 0;
  #weight = 1;

  /**
   * @param silenceSeconds Time after which a worker is unresponsive or a run deadlocked.
   * @param share Returns the share of a processor that a thread gets. @default measured when needed
   */
  constructor(
    workers: readonly Worker[],
    silenceSeconds: number,
    actions: WatchdogActions<Worker>,
    share: () => number = processorShare,
  ) {
    this.#workers = workers;
    this.#actions = actions;
    this.#share = share;
    this.#limitChecks = Math.ceil(silenceSeconds * 1000 / CHECK_MILLISECONDS);
    this.#timer = setInterval(() => this.check(), CHECK_MILLISECONDS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Checks all workers once; called at every interval. */
  check(): void {
    const running = this.#workers.filter((worker) => worker.running);
    const stillChecks = running.map((worker) => this.#beats.get(worker)?.checks ?? 0);
    const isDoubtful = Math.max(this.#deadlockChecks, ...stillChecks) >= this.#limitChecks / 2;
    // The worker may be on a busier processor than this thread: use the smallest share measured.
    const weight = isDoubtful ? Math.max(MIN_WEIGHT, Math.min(this.#weight, this.#share())) : 1;
    this.#weight = weight;
    for (const worker of running) this.#checkBeats(worker, weight);
    this.#checkStall(running, weight);
  }

  #checkBeats(worker: Worker, weight: number): void {
    // A batch or message that was sent is a sign of life too.
    const beats = Atomics.load(worker.state, WORKER_STATE.beats) +
      Atomics.load(worker.state, WORKER_STATE.traffic);
    // Before its first beat the worker is being created.
    if (beats === 0) return;
    const last = this.#beats.get(worker);
    const checks = last?.beats === beats ? last.checks + weight : 0;
    this.#beats.set(worker, { beats, checks });
    if (checks >= this.#limitChecks) this.#actions.unresponsive(worker);
  }

  #checkStall(running: readonly Worker[], weight: number): void {
    const count = (word: number) => running.map(({ state }) => Atomics.load(state, word));
    const traffic = count(WORKER_STATE.traffic).reduce((sum, value) => sum + value, 0);
    const allWait = running.length > 0 && count(WORKER_STATE.waits).every((waits) => waits > 0);
    const nothingMoves = allWait && traffic === this.#traffic;
    this.#waitingChecks = nothingMoves ? this.#waitingChecks + 1 : 0;
    this.#deadlockChecks = nothingMoves ? this.#deadlockChecks + weight : 0;
    this.#traffic = traffic;
    const waitsForRoom = count(WORKER_STATE.outputWaits).some((waits) => waits > 0);
    if (waitsForRoom && this.#waitingChecks % STALL_CHECKS === STALL_CHECKS - 1) {
      this.#actions.stalled();
    }
    if (!waitsForRoom && this.#deadlockChecks >= this.#limitChecks) this.#actions.deadlocked();
  }
}
