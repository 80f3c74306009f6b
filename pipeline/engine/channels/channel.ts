/**
 * One-way channels of record batches between two workers, over a `MessagePort`, bounded by bytes.
 *
 * A `MessagePort` has no back-pressure, so the consumer returns the size of every batch that it
 * receives as credit, and the producer waits while the bytes in flight would exceed the limit. A
 * batch larger than the limit is sent when nothing else is in flight.
 *
 * @module
 */

import { decodeRecordBatch, type RecordBatch, type Schema } from "../../../io/record_batch.ts";
import { Meter } from "./meter.ts";

/** Default limit of the bytes in flight in one channel: 64 MiB. */
export const DEFAULT_CHANNEL_BYTES = 64 * 2 ** 20;

/** From producer to consumer: an encoded batch, or the end of all batches. */
type Packet = Uint8Array<ArrayBuffer> | "done";
/** From consumer to producer: the bytes of a batch that was received, or the request to stop. */
type Credit = number | "stopped";

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
    port.onmessage = (event: MessageEvent<Credit>) => {
      if (event.data === "stopped") this.#stopped = true;
      else this.#inFlightBytes -= event.data;
      this.#wake?.();
    };
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** Maximum of the bytes in flight so far. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Limit of the bytes in flight. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Whether the consumer accepts no more batches. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether a call of `send` waits for room. */
  get blocked(): boolean {
    return this.#wake !== undefined;
  }

  /**
   * Sends an encoded batch as soon as there is room, or drops it if the consumer has stopped. Calls
   * must not overlap.
   *
   * @param bytes Transferred to the consumer or, if `shared`, copied when there is room.
   * @throws {Error} If the signal is aborted: its reason.
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
    const packet: Packet = shared ? bytes.slice() : bytes;
    this.#port.postMessage(packet, [packet.buffer]);
    this.#meter.countTraffic();
  }

  /** Doubles the limit and wakes a waiting call. */
  grow(): void {
    this.#limitBytes *= 2;
    this.#wake?.();
  }

  /** Notifies the consumer that all batches have been sent. */
  close(): void {
    this.#port.postMessage("done" satisfies Packet);
  }

  #hasRoom(byteLength: number): boolean {
    return this.#inFlightBytes === 0 || this.#inFlightBytes + byteLength <= this.#limitBytes;
  }
}

/**
 * The consumer's end of one or more channels, merged in order of arrival; batches of one channel
 * stay in order. It can be iterated once; leaving the loop early stops the producers.
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

  /** @param schema Output schema of the producer; batches with another one are refused. */
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
      port.onmessage = (event: MessageEvent<Packet>) => this.#accept(port, event.data);
    }
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** Rows received so far. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Encoded bytes received so far. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Drops the queued batches and asks the producers to stop. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#queue.length = 0;
    for (const port of this.#open) port.postMessage("stopped" satisfies Credit);
    for (const port of this.#ports) port.close();
  }

  /**
   * Yields the batches. The credit of a batch is returned when it is received, before it is
   * processed.
   *
   * @throws {Error} If the input was iterated before.
   * @throws {TypeError} If a batch differs from the schema.
   */
  [Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, void> {
    if (this.#iterated) {
      throw new Error("Cannot iterate an input: it can be read only once, this is the second time");
    }
    this.#iterated = true;
    return this.#batches();
  }

  async *#batches(): AsyncGenerator<RecordBatch, void, void> {
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        const packet = this.#queue.shift();
        if (packet !== undefined) yield this.#receive(packet.port, packet.bytes);
        else if (this.#open.size === 0 || this.#stopped) return;
        else await this.#meter.wait("input", new Promise<void>((resolve) => this.#wake = resolve));
      }
    } finally {
      this.stop();
    }
  }

  #accept(port: MessagePort, packet: Packet): void {
    if (this.#stopped) return;
    if (packet === "done") this.#open.delete(port);
    else this.#queue.push({ port, bytes: packet });
    this.#wake?.();
  }

  #receive(port: MessagePort, bytes: Uint8Array<ArrayBuffer>): RecordBatch {
    port.postMessage(bytes.byteLength satisfies Credit);
    this.#meter.countTraffic();
    const batch = decodeRecordBatch(bytes, this.#schema);
    this.#rowCount += batch.rowCount;
    this.#byteCount += bytes.byteLength;
    return batch;
  }
}
