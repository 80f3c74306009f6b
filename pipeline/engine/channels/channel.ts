/**
 * One-way channels of record batches between two workers, over a `MessagePort`, bounded by bytes.
 *
 * A `MessagePort` has no back-pressure of its own, so the consumer posts back the size of every
 * batch that it takes, and the producer waits while the bytes on the way would exceed the bound. A
 * batch larger than the bound passes alone, when nothing else is on the way.
 *
 * @module
 */

import { decodeRecordBatch, type RecordBatch, type Schema } from "../../../io/record_batch.ts";
import { Meter } from "./meter.ts";

/** Bytes that may be on the way in one channel, unless the run says otherwise: 64 MiB. */
export const DEFAULT_CHANNEL_BYTES = 64 * 2 ** 20;

/** From producer to consumer: an encoded batch, or the end of all batches. */
type Parcel = Uint8Array<ArrayBuffer> | "done";
/** From consumer to producer: the bytes of a batch that was taken, or that no more are wanted. */
type Receipt = number | "stopped";

/** The producer's end of a channel. */
export class ChannelSender {
  readonly #port: MessagePort;
  readonly #signal: AbortSignal;
  readonly #meter: Meter;
  #limitBytes: number;
  #inFlightBytes = 0;
  #peakBytes = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(
    port: MessagePort,
    signal: AbortSignal,
    limitBytes = DEFAULT_CHANNEL_BYTES,
    meter = new Meter(),
  ) {
    this.#port = port;
    this.#signal = signal;
    this.#limitBytes = limitBytes;
    this.#meter = meter;
    port.onmessage = (event: MessageEvent<Receipt>) => {
      if (event.data === "stopped") this.#stopped = true;
      else this.#inFlightBytes -= event.data;
      this.#wake?.();
    };
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** The most bytes that were on the way at once. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Bytes that may be on the way. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Whether the consumer wants no more. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether a call of `send` waits for room. */
  get blocked(): boolean {
    return this.#wake !== undefined;
  }

  /**
   * Sends an encoded batch as soon as there is room, or drops it if the consumer has stopped. One
   * call at a time: the next only after the promise has resolved.
   *
   * @param bytes Handed over to the consumer, unless `shared`: then a copy is, made when there is
   * room.
   * @throws The signal's reason, once it is aborted.
   */
  async send(bytes: Uint8Array<ArrayBuffer>, shared = false): Promise<void> {
    this.#signal.throwIfAborted();
    while (!this.#stopped && !this.#hasRoom(bytes.byteLength)) {
      await this.#meter.wait("output", new Promise<void>((resolve) => this.#wake = resolve));
      this.#wake = undefined;
      this.#signal.throwIfAborted();
    }
    if (this.#stopped) return;
    this.#inFlightBytes += bytes.byteLength;
    this.#peakBytes = Math.max(this.#peakBytes, this.#inFlightBytes);
    const parcel: Parcel = shared ? bytes.slice() : bytes;
    this.#port.postMessage(parcel, [parcel.buffer]);
    this.#meter.traffic();
  }

  /** Doubles the bound and lets a waiting call look again. */
  grow(): void {
    this.#limitBytes *= 2;
    this.#wake?.();
  }

  /** Tells the consumer that every batch has been sent. */
  close(): void {
    this.#port.postMessage("done" satisfies Parcel);
  }

  #hasRoom(byteLength: number): boolean {
    return this.#inFlightBytes === 0 || this.#inFlightBytes + byteLength <= this.#limitBytes;
  }
}

/**
 * The consumer's end of one or more channels, merged in order of arrival; batches of one channel
 * stay in order. It can be iterated once, and leaving the loop early tells the producers that no
 * more is wanted.
 */
export class ChannelReceiver implements AsyncIterable<RecordBatch> {
  readonly #ports: readonly MessagePort[];
  readonly #schema: Schema;
  readonly #signal: AbortSignal;
  readonly #meter: Meter;
  readonly #queue: { readonly port: MessagePort; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
  readonly #open: Set<MessagePort>;
  #iterated = false;
  #stopped = false;
  #rowCount = 0;
  #byteCount = 0;
  #wake: (() => void) | undefined;

  /** @param schema What the producer declares; a batch that differs is a `TypeError`. */
  constructor(
    ports: readonly MessagePort[],
    schema: Schema,
    signal: AbortSignal,
    meter = new Meter(),
  ) {
    this.#ports = ports;
    this.#schema = schema;
    this.#signal = signal;
    this.#meter = meter;
    this.#open = new Set(ports);
    for (const port of ports) {
      port.onmessage = (event: MessageEvent<Parcel>) => this.#accept(port, event.data);
    }
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** Rows taken so far. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Encoded bytes taken so far. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Drops what waits and tells the producers that no more is wanted. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#queue.length = 0;
    for (const port of this.#open) port.postMessage("stopped" satisfies Receipt);
    for (const port of this.#ports) port.close();
  }

  /**
   * The batches; room for the next one is made when one is taken, not when it has been worked on.
   */
  [Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, void> {
    if (this.#iterated) {
      throw new Error(
        "Cannot iterate an input as it can be read only once: this is the second time",
      );
    }
    this.#iterated = true;
    return this.#batches();
  }

  async *#batches(): AsyncGenerator<RecordBatch, void, void> {
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        const parcel = this.#queue.shift();
        if (parcel !== undefined) yield this.#take(parcel.port, parcel.bytes);
        else if (this.#open.size === 0 || this.#stopped) return;
        else await this.#meter.wait("input", new Promise<void>((resolve) => this.#wake = resolve));
      }
    } finally {
      this.stop();
    }
  }

  #accept(port: MessagePort, parcel: Parcel): void {
    if (this.#stopped) return;
    if (parcel === "done") this.#open.delete(port);
    else this.#queue.push({ port, bytes: parcel });
    this.#wake?.();
  }

  #take(port: MessagePort, bytes: Uint8Array<ArrayBuffer>): RecordBatch {
    port.postMessage(bytes.byteLength satisfies Receipt);
    this.#meter.traffic();
    const batch = decodeRecordBatch(bytes, this.#schema);
    this.#rowCount += batch.rowCount;
    this.#byteCount += bytes.byteLength;
    return batch;
  }
}
