/**
 * Sums over all ranks of a stage.
 *
 * @module
 */

import { type RecordBatch, RecordBatchTemplate, type Schema } from "../../../io/record_batch.ts";
import type { Peers } from "../definition/stage.ts";

/** Size above which the sums are divided among the ranks, which pays for a second message. */
export const REDUCE_SCATTER_BYTES = 256 * 2 ** 10;

/** Values per block of a sum: their float64 accumulators fit in the L1 cache. */
const BLOCK_LENGTH = 1024;

/**
 * Replaces the values and the totals of every rank by their sums over all ranks. All ranks must
 * call it with arrays of the same lengths.
 *
 * Each value is summed in rank order in float64 and rounded once, so that all ranks obtain the same
 * bits whatever the order of arrival. Small arrays are sent from every rank to every rank: one
 * message each, the lowest latency. Larger ones are divided: rank p sums part p and sends the sum
 * to all others (reduce-scatter and all-gather), which costs `2 (P - 1) / P` arrays of traffic per
 * rank instead of `P - 1`, and `1 / P` of the additions.
 *
 * @param values Values such as a gradient, of any length including 0; overwritten with the sum.
 * @param totals Figures that need float64, such as a sum of squares and a count; overwritten.
 * @throws {RangeError} If the lengths of another rank differ.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { allReduce } from "./collective.ts";
 * import { inMemoryPeers } from "./peers.ts";
 *
 * const values = [Float32Array.of(1, 2), Float32Array.of(10, 20)];
 * await Promise.all(
 *   inMemoryPeers(2).map((peers, rank) => allReduce(peers, values[rank], Float64Array.of(1))),
 * );
 * assert.deepEqual(values.map((sums) => [...sums]), [[11, 22], [11, 22]]);
 * ```
 */
export async function allReduce(
  peers: Peers,
  values: Float32Array,
  totals: Float64Array,
): Promise<void> {
  if (peers.ranks === 1) return;
  const isScattered = values.byteLength > REDUCE_SCATTER_BYTES;
  const parts = isScattered
    ? divide(values, peers.ranks)
    : Array.from({ length: peers.ranks }, () => values);
  const own = parts[peers.rank];

  const sending = others(peers).map((rank) =>
    peers.send(rank, encode(peers, "values", parts[rank], totals))
  );
  const allValues: Float32Array[] = [];
  const allTotals: Float64Array[] = [];
  for (let rank = 0; rank < peers.ranks; rank++) {
    const message = rank === peers.rank
      ? undefined
      : await receive(peers, rank, "values", own, totals);
    allValues.push(message?.list("values", 0, "float32") ?? own);
    allTotals.push(message?.list("totals", 0, "float64") ?? totals);
  }
  await Promise.all(sending);
  sumValues(own, allValues);
  sumTotals(totals, allTotals);
  if (isScattered) await allGather(peers, parts);
}

/** Sends this rank's part to all others and overwrites the other parts with theirs. */
async function allGather(peers: Peers, parts: readonly Float32Array[]): Promise<void> {
  const none = new Float64Array(0);
  const message = encode(peers, "sums", parts[peers.rank], none);
  const sending = others(peers).map((rank) => peers.send(rank, message));
  for (const rank of others(peers)) {
    const sum = await receive(peers, rank, "sums", parts[rank], none);
    parts[rank].set(sum.list("values", 0, "float32"));
  }
  await Promise.all(sending);
}

/** Sums arrays of one length in their order, in float64, into `out`, which may be one of them. */
function sumValues(out: Float32Array, arrays: readonly Float32Array[]): void {
  const sums = new Float64Array(Math.min(BLOCK_LENGTH, out.length));
  for (let start = 0; start < out.length; start += BLOCK_LENGTH) {
    const length = Math.min(BLOCK_LENGTH, out.length - start);
    sums.fill(0);
    for (const values of arrays) {
      for (let i = 0; i < length; i++) sums[i] += values[start + i];
    }
    for (let i = 0; i < length; i++) out[start + i] = sums[i];
  }
}

/** Like `sumValues`, for a few float64 values: one loop for both types of array would be slower. */
function sumTotals(out: Float64Array, totals: readonly Float64Array[]): void {
  for (let i = 0; i < out.length; i++) out[i] = totals.reduce((sum, values) => sum + values[i], 0);
}

function others(peers: Peers): number[] {
  return Array.from({ length: peers.ranks }, (_, rank) => rank).filter((rank) =>
    rank !== peers.rank
  );
}

/** Views of `values`, one per rank, of lengths that differ by at most one. */
function divide(values: Float32Array, ranks: number): Float32Array[] {
  const bound = (rank: number) => Math.floor((rank * values.length) / ranks);
  return Array.from({ length: ranks }, (_, rank) => values.subarray(bound(rank), bound(rank + 1)));
}

const templates = new WeakMap<
  Peers,
  Map<string, { template: RecordBatchTemplate; memory: Uint8Array<ArrayBuffer> }>
>();

/** Encodes a message into memory that is reused by the next call; `Peers.send` copies it. */
function encode(
  peers: Peers,
  name: string,
  values: Float32Array,
  totals: Float64Array,
): Uint8Array<ArrayBuffer> {
  let ofPeers = templates.get(peers);
  if (ofPeers === undefined) templates.set(peers, ofPeers = new Map());
  const key = `${name} ${values.length} ${totals.length}`;
  let entry = ofPeers.get(key);
  if (entry === undefined) {
    const template = new RecordBatchTemplate(schemaOf(name, values, totals), 1, "values");
    ofPeers.set(key, entry = { template, memory: new Uint8Array(template.byteLength) });
  }
  return entry.template.encode(values, { totals }, entry.memory);
}

function schemaOf(name: string, values: Float32Array, totals: Float64Array): Schema {
  return {
    name,
    columns: {
      values: { fixedSizeList: "float32", size: values.length },
      totals: { fixedSizeList: "float64", size: totals.length },
    },
  };
}

async function receive(
  peers: Peers,
  rank: number,
  name: string,
  values: Float32Array,
  totals: Float64Array,
): Promise<RecordBatch> {
  const message = await peers.receive(rank);
  const { schema } = message;
  const lengths = schema.name === name
    ? [message.list("values", 0).length, message.list("totals", 0).length]
    : [];
  if (lengths[0] === values.length && lengths[1] === totals.length) return message;
  const received = lengths.length > 0 ? lengths.join(" and ") : `"${schema.name}"`;
  throw new RangeError(
    `Cannot sum over the ranks: all must send ${values.length} values and ${totals.length} ` +
      `totals, rank ${rank} sent ${received}`,
  );
}
