/**
 * Sums over all ranks of a stage.
 *
 * @module
 */

import { type RecordBatch, RecordBatchTemplate, type Schema } from "../../../io/record_batch.ts";
import type { Peers } from "../definition/stage.ts";

/**
 * Gradients above this size are summed in parts, one by each rank: from here on it pays for a
 * second message.
 */
export const REDUCE_SCATTER_BYTES = 256 * 2 ** 10;

/**
 * Sums are taken in blocks of this many values, whose float64 accumulators stay in the nearest
 * cache.
 */
const BLOCK_VALUES = 1024;

/**
 * Replaces the gradient and the totals of every rank by their sums over all ranks; all ranks must
 * call it, with arrays of the same lengths.
 *
 * Every value is summed in rank order in float64 and rounded once, by one and the same code, so all
 * ranks end with the same bits whatever the order of arrival. Small gradients go from every rank to
 * every rank: one message each, the lowest latency. Larger ones are parted: rank p sums part p and
 * sends the sum around (reduce-scatter, all-gather), which costs `2 (P - 1) / P` gradients of
 * traffic per rank instead of `P - 1`, and `1 / P` of the sums.
 *
 * @param gradient Any length, also 0; overwritten with the sum.
 * @param totals Figures that need float64, such as the sum of squared errors and the node count;
 * overwritten.
 * @throws {RangeError} If another rank's lengths differ.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { allReduce } from "./collective.ts";
 * import { inMemoryPeers } from "./peers.ts";
 *
 * const gradients = [Float32Array.of(1, 2), Float32Array.of(10, 20)];
 * await Promise.all(
 *   inMemoryPeers(2).map((peers, rank) => allReduce(peers, gradients[rank], Float64Array.of(1))),
 * );
 * assert.deepEqual(gradients.map((gradient) => [...gradient]), [[11, 22], [11, 22]]);
 * ```
 */
export async function allReduce(
  peers: Peers,
  gradient: Float32Array,
  totals: Float64Array,
): Promise<void> {
  if (peers.ranks === 1) return;
  const parted = gradient.byteLength > REDUCE_SCATTER_BYTES;
  const parts = parted
    ? cut(gradient, peers.ranks)
    : Array.from({ length: peers.ranks }, () => gradient);
  const own = parts[peers.rank];

  const sending = others(peers).map((rank) =>
    peers.send(rank, encode(peers, "gradient", parts[rank], totals))
  );
  const gradients: Float32Array[] = [];
  const allTotals: Float64Array[] = [];
  for (let rank = 0; rank < peers.ranks; rank++) {
    const message = rank === peers.rank
      ? undefined
      : await receive(peers, rank, "gradient", own, totals);
    gradients.push(message?.list("gradient", 0, "float32") ?? own);
    allTotals.push(message?.list("totals", 0, "float64") ?? totals);
  }
  await Promise.all(sending);
  sumGradients(own, gradients);
  sumTotals(totals, allTotals);
  if (parted) await gather(peers, parts);
}

/** Sends this rank's part to all others and overwrites the other parts with theirs. */
async function gather(peers: Peers, parts: readonly Float32Array[]): Promise<void> {
  const none = new Float64Array(0);
  const message = encode(peers, "gradient sum", parts[peers.rank], none);
  const sending = others(peers).map((rank) => peers.send(rank, message));
  for (const rank of others(peers)) {
    const sum = await receive(peers, rank, "gradient sum", parts[rank], none);
    parts[rank].set(sum.list("gradient", 0, "float32"));
  }
  await Promise.all(sending);
}

/**
 * Sums gradients of one length in their order, in float64, into `out`, which may be one of them.
 */
function sumGradients(out: Float32Array, gradients: readonly Float32Array[]): void {
  const sums = new Float64Array(Math.min(BLOCK_VALUES, out.length));
  for (let start = 0; start < out.length; start += BLOCK_VALUES) {
    const length = Math.min(BLOCK_VALUES, out.length - start);
    sums.fill(0);
    for (const gradient of gradients) {
      for (let i = 0; i < length; i++) sums[i] += gradient[start + i];
    }
    for (let i = 0; i < length; i++) out[start + i] = sums[i];
  }
}

/** As `sumGradients`, of few float64 values: one loop for both kinds of array would be slower. */
function sumTotals(out: Float64Array, totals: readonly Float64Array[]): void {
  for (let i = 0; i < out.length; i++) out[i] = totals.reduce((sum, values) => sum + values[i], 0);
}

function others(peers: Peers): number[] {
  return Array.from({ length: peers.ranks }, (_, rank) => rank).filter((rank) =>
    rank !== peers.rank
  );
}

/** Views of `values`, one per rank, of lengths that differ by at most one. */
function cut(values: Float32Array, ranks: number): Float32Array[] {
  const bound = (rank: number) => Math.floor((rank * values.length) / ranks);
  return Array.from({ length: ranks }, (_, rank) => values.subarray(bound(rank), bound(rank + 1)));
}

const templates = new WeakMap<
  Peers,
  Map<string, { template: RecordBatchTemplate; memory: Uint8Array<ArrayBuffer> }>
>();

/**
 * The message in memory that the next call with the same lengths overwrites; `Peers.send` copies
 * it.
 */
function encode(
  peers: Peers,
  name: string,
  gradient: Float32Array,
  totals: Float64Array,
): Uint8Array<ArrayBuffer> {
  let ofPeers = templates.get(peers);
  if (ofPeers === undefined) templates.set(peers, ofPeers = new Map());
  const key = `${name} ${gradient.length} ${totals.length}`;
  let entry = ofPeers.get(key);
  if (entry === undefined) {
    const template = new RecordBatchTemplate(schemaOf(name, gradient, totals), 1, "gradient");
    ofPeers.set(key, entry = { template, memory: new Uint8Array(template.byteLength) });
  }
  return entry.template.encode(gradient, { totals }, entry.memory);
}

function schemaOf(name: string, gradient: Float32Array, totals: Float64Array): Schema {
  return {
    name,
    columns: {
      gradient: { fixedSizeList: "float32", size: gradient.length },
      totals: { fixedSizeList: "float64", size: totals.length },
    },
  };
}

async function receive(
  peers: Peers,
  rank: number,
  name: string,
  gradient: Float32Array,
  totals: Float64Array,
): Promise<RecordBatch> {
  const message = await peers.receive(rank);
  const { schema } = message;
  const found = schema.name === name
    ? [message.list("gradient", 0).length, message.list("totals", 0).length]
    : [];
  if (found[0] === gradient.length && found[1] === totals.length) return message;
  throw new RangeError(
    `Cannot sum over the ranks as all must give ${gradient.length} gradient values and ` +
      `${totals.length} totals: ` +
      (found.length > 0
        ? `rank ${rank} gave ${found.join(" and ")}`
        : `rank ${rank} sent "${schema.name}"`),
  );
}
