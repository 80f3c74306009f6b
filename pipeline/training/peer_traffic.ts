/**
 * Traffic between the ranks of a training, step by step.
 *
 * @module
 */

import type { Peers } from "../engine/definition/stage.ts";

/** Traffic of one rank in one step. */
export interface StepTraffic {
  /** Share of the time for which the rank waited for others. */
  readonly communicationShare: number;
  readonly sentBytes: number;
}

/** Meter of the traffic since the end of the step before. */
export class PeerTraffic {
  readonly #peers: Peers;
  #seconds = performance.now() / 1000;
  #waitSeconds: number;
  #sentBytes: number;

  constructor(peers: Peers) {
    this.#peers = peers;
    this.#waitSeconds = peers.waitSeconds;
    this.#sentBytes = peers.sentBytes;
  }

  /** The traffic since the last call. */
  lap(): StepTraffic {
    const { waitSeconds, sentBytes } = this.#peers;
    const seconds = performance.now() / 1000;
    const stepSeconds = seconds - this.#seconds;
    // Waits for several ranks at once are counted once each.
    const share = stepSeconds > 0 ? (waitSeconds - this.#waitSeconds) / stepSeconds : 0;
    const sent = sentBytes - this.#sentBytes;
    this.#seconds = seconds;
    this.#waitSeconds = waitSeconds;
    this.#sentBytes = sentBytes;
    return { communicationShare: Math.min(Math.max(share, 0), 1), sentBytes: sent };
  }
}
