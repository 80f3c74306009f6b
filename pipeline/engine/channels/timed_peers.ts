/**
 * Peers that measure the time of communication.
 *
 * @module
 */

import type { RecordBatch } from "../../../io/record_batch.ts";
import type { Peers } from "../definition/stage.ts";

/**
 * Forwards every call to other peers, and measures the time of sending and of waiting for messages.
 * Sending is complete when the call returns, so the time that a rank computes between sending and
 * receiving is not counted.
 */
export class TimedPeers implements Peers {
  readonly #peers: Peers;
  #open = 0;
  #openSince = 0;
  #milliseconds = 0;
  #sentMessages = 0;

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

  /** Time so far in which the rank was sending or waiting for a message, in milliseconds. */
  get communicationMs(): number {
    return this.#milliseconds;
  }

  /** Messages sent so far. */
  get sentMessages(): number {
    return this.#sentMessages;
  }

  send(rank: number, batch: RecordBatch | Uint8Array<ArrayBuffer>): Promise<void> {
    this.#sentMessages++;
    this.#begin();
    try {
      return this.#peers.send(rank, batch);
    } finally {
      this.#end();
    }
  }

  async receive(rank: number): Promise<RecordBatch> {
    this.#begin();
    try {
      return await this.#peers.receive(rank);
    } finally {
      this.#end();
    }
  }

  #begin(): void {
    if (this.#open++ === 0) this.#openSince = performance.now();
  }

  #end(): void {
    if (--this.#open === 0) this.#milliseconds += performance.now() - this.#openSince;
  }
}
