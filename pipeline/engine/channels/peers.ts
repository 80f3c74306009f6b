/**
 * Channels between the ranks of one stage.
 *
 * @module
 */

import {
  decodeRecordBatch,
  encodeRecordBatch,
  type RecordBatch,
} from "../../../io/record_batch.ts";
import { Meter } from "./meter.ts";
import type { Peers } from "../definition/stage.ts";

/** Message between ranks: an encoded batch, or the notice that the sending rank has finished. */
export type PeerMessage = Uint8Array<ArrayBuffer> | "done";

/** Function that sends to one other rank. */
export type PeerLink = (message: PeerMessage) => void;

/** Queue of messages from one rank, or of calls that wait for them. */
class Mailbox {
  readonly #messages: Uint8Array<ArrayBuffer>[] = [];
  readonly #waiting: PromiseWithResolvers<Uint8Array<ArrayBuffer>>[] = [];
  #closed: unknown;

  deliver(message: Uint8Array<ArrayBuffer>): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#messages.push(message);
    else first.resolve(message);
  }

  /** Rejects waiting and later calls for which there is no message. */
  close(reason: unknown): void {
    this.#closed ??= reason;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(reason);
  }

  /** Returns the next message, or a promise of it. */
  next(): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
    const message = this.#messages.shift();
    if (message !== undefined) return message;
    if (this.#closed !== undefined) throw this.#closed;
    const waiting = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }
}

/** Peers over any kind of link. */
export class LinkedPeers implements Peers {
  readonly rank: number;
  readonly #links: readonly (PeerLink | undefined)[];
  readonly #mailboxes: readonly Mailbox[];
  readonly #signal: AbortSignal;
  readonly #meter: Meter;
  #sentBytes = 0;

  /** @param links Link to each rank; undefined for this rank itself. */
  constructor(
    rank: number,
    links: readonly (PeerLink | undefined)[],
    signal: AbortSignal,
    meter = new Meter(),
  ) {
    this.rank = rank;
    this.#links = links;
    this.#mailboxes = links.map(() => new Mailbox());
    this.#signal = signal;
    this.#meter = meter;
    signal.addEventListener("abort", () => {
      for (const mailbox of this.#mailboxes) mailbox.close(signal.reason);
    }, { once: true });
  }

  get ranks(): number {
    return this.#links.length;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get waitSeconds(): number {
    return this.#meter.waitSeconds("peer");
  }

  // deno-lint-ignore require-await -- a wrong rank rejects instead of throwing
  async send(rank: number, batch: RecordBatch | Uint8Array<ArrayBuffer>): Promise<void> {
    this.#signal.throwIfAborted();
    const link = this.#links[rank];
    if (link === undefined) throw this.#noSuchRank("send to", rank);
    const bytes = batch instanceof Uint8Array ? batch.slice() : encodeRecordBatch(batch);
    this.#sentBytes += bytes.byteLength;
    link(bytes);
    this.#meter.countTraffic();
  }

  async receive(rank: number): Promise<RecordBatch> {
    this.#signal.throwIfAborted();
    if (this.#links[rank] === undefined) throw this.#noSuchRank("receive from", rank);
    const next = this.#mailboxes[rank].next();
    const bytes = next instanceof Promise ? await this.#meter.wait("peer", next) : next;
    this.#meter.countTraffic();
    return decodeRecordBatch(bytes);
  }

  /** Accepts a message that another rank has sent. */
  accept(rank: number, message: PeerMessage): void {
    const mailbox = this.#mailboxes[rank];
    if (message !== "done") mailbox.deliver(message);
    else mailbox.close(new Error(`Cannot receive from rank ${rank}: it has finished`));
  }

  /** Notifies the other ranks that this one has finished. */
  close(): void {
    for (const link of this.#links) link?.("done");
  }

  #noSuchRank(action: string, rank: number): RangeError {
    const others = this.#links.flatMap((link, other) => link === undefined ? [] : [other]);
    const known = others.join(", ") || "none";
    return new RangeError(
      `Cannot ${action} rank ${rank}: it must be another rank, known: ${known}`,
    );
  }
}

/** Returns the peers of a rank over one `MessagePort` per other rank. */
export function portPeers(
  rank: number,
  ports: readonly (MessagePort | undefined)[],
  signal: AbortSignal,
  meter?: Meter,
): LinkedPeers {
  const links = ports.map((port) =>
    port &&
    ((message: PeerMessage) =>
      port.postMessage(message, message === "done" ? [] : [message.buffer]))
  );
  const peers = new LinkedPeers(rank, links, signal, meter);
  for (const [other, port] of ports.entries()) {
    if (port) {
      port.onmessage = (event: MessageEvent<PeerMessage>) => peers.accept(other, event.data);
    }
  }
  return peers;
}

/**
 * Returns the peers of all ranks in one thread, for tests and runs without workers. Messages are
 * encoded and decoded as between workers.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createRecordBatch } from "../../../io/record_batch.ts";
 * import { inMemoryPeers } from "./peers.ts";
 *
 * const [first, second] = inMemoryPeers(2);
 * await first.send(1, createRecordBatch({ name: "n", columns: { n: "int32" } }, [{ n: 7 }]));
 * assert.equal((await second.receive(0)).value("n", 0), 7);
 * ```
 *
 * @param signal Aborts every waiting call.
 */
export function inMemoryPeers(
  ranks: number,
  signal: AbortSignal = new AbortController().signal,
): Peers[] {
  const all: LinkedPeers[] = [];
  for (let rank = 0; rank < ranks; rank++) {
    const links = Array.from(
      { length: ranks },
      (_, other) =>
        other === rank ? undefined : (message: PeerMessage) => all[other].accept(rank, message),
    );
    all.push(new LinkedPeers(rank, links, signal));
  }
  return all;
}
