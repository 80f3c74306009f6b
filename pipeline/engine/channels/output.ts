/**
 * The output of a stage, sent to all of its consumers.
 *
 * @module
 */

import { isObject } from "../../../io/json_text.ts";
import { encodeRecordBatch, type RecordBatch, type Schema } from "../../../io/record_batch.ts";
import type { ChannelSender } from "./channel.ts";
import { received } from "../definition/check_options.ts";
import { schemaDifference } from "../definition/schema_match.ts";
import type { TapeRecorder } from "./tape.ts";

/** A consumer of an output, with the channels to those of its ranks that this producer sends to. */
export interface Consumer {
  readonly name: string;
  /** By rank of the consumer; a single channel if rank p only sends to rank p. */
  readonly channels: readonly ChannelSender[];
}

/** Output of one rank of a stage: checks each batch, encodes it once and sends it to channels. */
export class Output {
  readonly #stage: string;
  readonly #schema: Schema;
  readonly #routeByRank: boolean;
  readonly #consumers: readonly Consumer[];
  readonly #recorder: TapeRecorder | undefined;
  readonly #checked = new WeakSet<Schema>();
  #rowCount = 0;
  #byteCount = 0;

  /** @param recorder Records every batch before it is sent. */
  constructor(
    stage: string,
    schema: Schema,
    routeByRank: boolean,
    consumers: readonly Consumer[],
    recorder?: TapeRecorder,
  ) {
    this.#stage = stage;
    this.#schema = schema;
    this.#routeByRank = routeByRank;
    this.#consumers = consumers;
    this.#recorder = recorder;
    this.#checked.add(schema);
  }

  /** Rows sent so far, counted once for all consumers. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Encoded bytes sent so far, counted once for all consumers. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /**
   * Sends a batch, waiting until every channel that it is sent to has room.
   *
   * @throws {TypeError} If the batch is no record batch or differs from the declared schema.
   * @throws {RangeError} If the batch is routed to a rank that does not exist.
   */
  async send(batch: RecordBatch): Promise<void> {
    this.#check(batch);
    const channels = this.#consumers.flatMap((consumer) => this.#route(batch, consumer));
    const bytes = encodeRecordBatch(batch);
    await this.#recorder?.add(bytes);
    this.#rowCount += batch.rowCount;
    this.#byteCount += bytes.byteLength;
    await Promise.all(channels.map((channel) => channel.send(bytes, channels.length > 1)));
  }

  /** Doubles the limit of every full channel; returns their consumers and new limits. */
  growBlocked(): { readonly consumer: string; readonly limitBytes: number }[] {
    const grown = [];
    for (const consumer of this.#consumers) {
      for (const channel of consumer.channels) {
        if (!channel.blocked) continue;
        channel.grow();
        grown.push({ consumer: consumer.name, limitBytes: channel.limitBytes });
      }
    }
    return grown;
  }

  /** Notifies every consumer that all batches have been sent. */
  close(): void {
    for (const consumer of this.#consumers) {
      for (const channel of consumer.channels) channel.close();
    }
  }

  #check(batch: RecordBatch): void {
    if (!isObject(batch) || !isObject(batch.schema)) {
      throw new TypeError(`Cannot send a batch: it must be a record batch, ${received(batch)}`);
    }
    if (this.#checked.has(batch.schema)) return;
    const difference = batch.schema.name !== this.#schema.name
      ? "the names differ"
      : schemaDifference(batch.schema, this.#schema) ??
        schemaDifference(this.#schema, batch.schema);
    if (difference !== undefined) {
      throw new TypeError(
        `Cannot send a batch of schema "${batch.schema.name}": stage "${this.#stage}" declares ` +
          `the output "${this.#schema.name}", ${difference}`,
      );
    }
    this.#checked.add(batch.schema);
  }

  #route(batch: RecordBatch, consumer: Consumer): readonly ChannelSender[] {
    if (!this.#routeByRank || consumer.channels.length === 1) return consumer.channels;
    if (batch.rowCount !== 1) {
      throw new RangeError(
        `Cannot route a batch by rank: it must have one row, received ${batch.rowCount}`,
      );
    }
    const rank = Number(batch.value("rank", 0));
    const channel = consumer.channels[rank];
    if (channel === undefined) {
      throw new RangeError(
        `Cannot route a batch to rank ${rank} of stage "${consumer.name}": the rank must be ` +
          `below ${consumer.channels.length}`,
      );
    }
    return [channel];
  }
}
