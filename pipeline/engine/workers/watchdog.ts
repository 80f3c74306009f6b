/**
 * Looks after workers that can say nothing for themselves: those that hang, and those that wait for
 * each other.
 *
 * @module
 */

import { WORKER_STATE } from "../channels/meter.ts";
import { processorShare } from "./processor_share.ts";

/** How often the watchdog looks. */
const LOOK_MILLISECONDS = 250;
/** Looks in a row that must find everyone waiting before a channel grows. */
const STALL_LOOKS = 2;
/** The least that a look counts. */
const LEAST_WEIGHT = 0.1;

/** A worker as the watchdog sees it. */
export interface Watched {
  readonly state: Int32Array<SharedArrayBuffer>;
  /** False once it has ended. */
  readonly running: boolean;
}

/** What the watchdog does about what it finds. */
export interface WatchdogActions<Worker extends Watched> {
  /**
   * A worker has stood still for the silence limit: neither has its event loop turned nor its stage
   * shown that it is at work.
   */
  silent(worker: Worker): void;
  /** All workers wait, and some of them for room in a channel: more room lets them go on. */
  stalled(): void;
  /**
   * All workers have waited for the silence limit, and none of them for room: they will wait for
   * ever.
   */
  deadlocked(): void;
}

/**
 * Watches the pulses of all workers of a run, until disposed.
 *
 * Bounded channels can stop a pipeline that unbounded ones would not: where a stage reads one input
 * to its end before another and both come from the same producer, the producer waits for room in
 * one channel and the reader for a batch in the other. Then the full channels get more room, which
 * is always safe and, as it happens only when nothing else can, takes little more memory than it
 * must (T. M. Parks, *Bounded Scheduling of Process Networks*, 1995).
 *
 * Time is counted in looks, not by the clock, so a computer that slept finds its workers alive.
 * Once somebody has not moved for half of the limit, a look counts for the share of a processor
 * that a thread gets, though for a tenth at least: a worker that stands still on a busy computer
 * may only wait for its turn.
 */
export class Watchdog<Worker extends Watched> implements Disposable {
  readonly #workers: readonly Worker[];
  readonly #actions: WatchdogActions<Worker>;
  readonly #silentLooks: number;
  readonly #share: () => number;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #beats = new Map<Worker, { beats: number; looks: number }>();
  #traffic = -1;
  #waitingLooks = 0;
  #deadLooks = 0;
  #weight = 1;

  /**
   * @param share The share of a processor that a thread gets. @default as measured at each look
   * that counts
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
    this.#silentLooks = Math.ceil(silenceSeconds * 1000 / LOOK_MILLISECONDS);
    this.#timer = setInterval(() => this.#look(), LOOK_MILLISECONDS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const running = this.#workers.filter((worker) => worker.running);
    const stillLooks = running.map((worker) => this.#beats.get(worker)?.looks ?? 0);
    const isDoubtful = Math.max(this.#deadLooks, ...stillLooks) >= this.#silentLooks / 2;
    // The processor of that worker may be busier than the one that this thread is on: the smallest
    // share holds.
    const weight = isDoubtful ? Math.max(LEAST_WEIGHT, Math.min(this.#weight, this.#share())) : 1;
    this.#weight = weight;
    for (const worker of running) this.#listen(worker, weight);
    this.#lookForStall(running, weight);
  }

  #listen(worker: Worker, weight: number): void {
    // A batch or a message on its way is a sign of life too.
    const beats = Atomics.load(worker.state, WORKER_STATE.beats) +
      Atomics.load(worker.state, WORKER_STATE.traffic);
    // Until its first beat a worker is being made.
    if (beats === 0) return;
    const last = this.#beats.get(worker);
    const looks = last?.beats === beats ? last.looks + weight : 0;
    this.#beats.set(worker, { beats, looks });
    if (looks >= this.#silentLooks) this.#actions.silent(worker);
  }

  #lookForStall(running: readonly Worker[], weight: number): void {
    const count = (word: number) => running.map(({ state }) => Atomics.load(state, word));
    const traffic = count(WORKER_STATE.traffic).reduce((sum, value) => sum + value, 0);
    const allWait = running.length > 0 && count(WORKER_STATE.waits).every((waits) => waits > 0);
    const nothingMoves = allWait && traffic === this.#traffic;
    this.#waitingLooks = nothingMoves ? this.#waitingLooks + 1 : 0;
    this.#deadLooks = nothingMoves ? this.#deadLooks + weight : 0;
    this.#traffic = traffic;
    const waitForRoom = count(WORKER_STATE.outputWaits).some((waits) => waits > 0);
    if (waitForRoom && this.#waitingLooks % STALL_LOOKS === STALL_LOOKS - 1) {
      this.#actions.stalled();
    }
    if (!waitForRoom && this.#deadLooks >= this.#silentLooks) this.#actions.deadlocked();
  }
}
