/**
 * What a worker counts while its stage runs, and the few words of it that the main thread can see
 * at any time.
 *
 * @module
 */

/** What a stage can wait for: a batch to read, room to write, a message from another rank. */
export type WaitKind = "input" | "output" | "peer";

/** Number of shared 32-bit words per worker. */
export const WORKER_STATE_LENGTH = 5;

/** Places of the shared words. */
export const WORKER_STATE = {
  /** Grows while the worker's event loop turns or its stage shows that it is at work. */
  beats: 0,
  /** Grows with every batch or message sent or taken. */
  traffic: 1,
  /** How many waits are pending now. */
  waits: 2,
  /** How many of them wait for room to write. */
  outputWaits: 3,
  /** Set by the main thread when the run is to end. */
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
   * @param state The worker's shared words, of length `WORKER_STATE_LENGTH`; its own where nobody looks.
   */
  constructor(state: Int32Array<ArrayBufferLike> = new Int32Array(WORKER_STATE_LENGTH)) {
    this.#state = state;
  }

  /** Time for which waits of a kind lasted, added up even where several overlapped. */
  waitSeconds(kind: WaitKind): number {
    return this.#waitSeconds[kind];
  }

  /** Time during which at least one wait was pending. */
  get idleSeconds(): number {
    const current = this.#pending > 0 ? (performance.now() - this.#idleSince) / 1000 : 0;
    return this.#idleSeconds + current;
  }

  /** Shows that the event loop turns, or that the stage is at work. */
  beat(): void {
    Atomics.add(this.#state, WORKER_STATE.beats, 1);
  }

  /**
   * Whether the run is to end; known before the message that says so has come through the event
   * loop.
   */
  get isStopped(): boolean {
    return Atomics.load(this.#state, WORKER_STATE.stopped) !== 0;
  }

  /** Shows that something was sent or taken. */
  traffic(): void {
    Atomics.add(this.#state, WORKER_STATE.traffic, 1);
  }

  /** Awaits a promise on the clock. */
  async wait<T>(kind: WaitKind, promise: Promise<T>): Promise<T> {
    const start = performance.now();
    if (this.#pending++ === 0) this.#idleSince = start;
    this.#show(kind, 1);
    try {
      return await promise;
    } finally {
      const end = performance.now();
      this.#waitSeconds[kind] += (end - start) / 1000;
      if (--this.#pending === 0) this.#idleSeconds += (end - this.#idleSince) / 1000;
      this.#show(kind, -1);
    }
  }

  #show(kind: WaitKind, change: number): void {
    Atomics.add(this.#state, WORKER_STATE.waits, change);
    if (kind === "output") Atomics.add(this.#state, WORKER_STATE.outputWaits, change);
  }
}
