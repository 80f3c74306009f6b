/**
 * Meter of a worker while its stage runs, and the counters that it shares with the main thread.
 *
 * @module
 */

/** Kinds of waits: for a batch, for room in a channel, or for a message from another rank. */
export type WaitKind = "input" | "output" | "peer";

/** Number of shared 32-bit counters per worker. */
export const WORKER_STATE_LENGTH = 5;

/** Indices of the shared counters. */
export const WORKER_STATE = {
  /** Grows while the worker's event loop runs or its stage shows that it is working. */
  beats: 0,
  /** Grows with every batch or message sent or received. */
  traffic: 1,
  /** Number of pending waits. */
  waits: 2,
  /** Number of pending waits for room in a channel. */
  outputWaits: 3,
  /** Set by the main thread when the run is ending. */
  stopped: 4,
} as const;

/** Counts waits and traffic of one worker. */
export class Meter {
  readonly #state: Int32Array<ArrayBufferLike>;
  readonly #waitSeconds: Record<WaitKind, number> = { input: 0, output: 0, peer: 0 };
  #pending = 0;
  #idleSince = 0;
  #idleSeconds = 0;

  /**
   * @param state Shared counters, of length `WORKER_STATE_LENGTH`. @default not shared
   */
  constructor(state: Int32Array<ArrayBufferLike> = new Int32Array(WORKER_STATE_LENGTH)) {
    this.#state = state;
  }

  /** Total time of waits of one kind, in seconds; overlapping waits are added. */
  waitSeconds(kind: WaitKind): number {
    return this.#waitSeconds[kind];
  }

  /** Time during which at least one wait was pending, in seconds. */
  get idleSeconds(): number {
    const current = this.#pending > 0 ? (performance.now() - this.#idleSince) / 1000 : 0;
    return this.#idleSeconds + current;
  }

  /** Shows that the event loop is running, or that the stage is working. */
  beat(): void {
    Atomics.add(this.#state, WORKER_STATE.beats, 1);
  }

  /** Whether the run is ending; set before the event loop delivers the command to stop. */
  get isStopped(): boolean {
    return Atomics.load(this.#state, WORKER_STATE.stopped) !== 0;
  }

  /** Counts a batch or message that was sent or received. */
  countTraffic(): void {
    Atomics.add(this.#state, WORKER_STATE.traffic, 1);
  }

  /** Awaits a promise and measures the time. */
  async wait<T>(kind: WaitKind, promise: Promise<T>): Promise<T> {
    const start = performance.now();
    if (this.#pending++ === 0) this.#idleSince = start;
    this.#changeWaits(kind, 1);
    try {
      return await promise;
    } finally {
      const end = performance.now();
      this.#waitSeconds[kind] += (end - start) / 1000;
      if (--this.#pending === 0) this.#idleSeconds += (end - this.#idleSince) / 1000;
      this.#changeWaits(kind, -1);
    }
  }

  #changeWaits(kind: WaitKind, change: number): void {
    Atomics.add(this.#state, WORKER_STATE.waits, change);
    if (kind === "output") Atomics.add(this.#state, WORKER_STATE.outputWaits, change);
  }
}
