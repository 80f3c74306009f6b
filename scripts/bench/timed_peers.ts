/**
 * Peers with a stopwatch: how long a rank sends to the others and waits for them.
 *
 * @module
 */

import type { RecordBatch } from "../../io/record_batch.ts";
import type { Peers } from "../../pipeline/engine/stage.ts";

/** Passes everything on to other peers, and measures the time with at least one call under way. */
export class TimedPeers implements Peers {
  readonly #peers: Peers;
  #open = 0;
  #openSince = 0;
  #milliseconds = 0;

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  get rank(): number {
    return this.#peers.rank;
  }

  get ranks(): number {
    return this.#peers.ranks;
  }

  get sentBytes(): number {
    return this.#peers.sentBytes;
  }

  get waitSeconds(): number {
    return this.#peers.waitSeconds;
  }

  /** Time so far in which the rank was sending or waiting for a message. */
  get communicationMs(): number {
    return this.#milliseconds;
  }

  send(rank: number, batch: RecordBatch | Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#timed(() => this.#peers.send(rank, batch));
  }

  receive(rank: number): Promise<RecordBatch> {
    return this.#timed(() => this.#peers.receive(rank));
  }

  async #timed<T>(call: () => Promise<T>): Promise<T> {
    if (this.#open++ === 0) this.#openSince = performance.now();
    try {
      return await call();
    } finally {
      if (--this.#open === 0) this.#milliseconds += performance.now() - this.#openSince;
    }
  }
}
