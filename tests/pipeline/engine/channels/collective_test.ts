import assert from "node:assert/strict";
import { createRecordBatch, type Schema } from "../../../../io/record_batch.ts";
import {
  allReduce,
  REDUCE_SCATTER_BYTES,
} from "../../../../pipeline/engine/channels/collective.ts";
import { inMemoryPeers } from "../../../../pipeline/engine/channels/peers.ts";
import type { Peers } from "../../../../pipeline/engine/definition/stage.ts";

/** Lengths around those at which the algorithm changes: 0, below P, one block, reduce-scatter. */
const LENGTHS = [
  0,
  1,
  3,
  1023,
  1024,
  1025,
  REDUCE_SCATTER_BYTES / 4,
  REDUCE_SCATTER_BYTES / 4 + 1,
  100_001,
];

/** Values of mixed sign and magnitude, so that a sum in float32 would differ. */
function valuesOf(rank: number, length: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => Math.sin(i * 7.13 + rank * 3.7) * 10 ** ((i + rank * 5) % 9 - 4),
  );
}

for (const ranks of [1, 2, 3, 4, 5]) {
  Deno.test(`allReduce() gives ${ranks} ranks the float64 sum in rank order`, async () => {
    const all = inMemoryPeers(ranks);
    for (const length of LENGTHS) {
      const given = all.map(({ rank }) => valuesOf(rank, length));
      const arrays = given.map((array) => array.slice());
      const totals = all.map(({ rank }) => Float64Array.of(rank + 0.1, 1 / (rank + 3)));
      await Promise.all(all.map((peers, rank) => allReduce(peers, arrays[rank], totals[rank])));

      const expected = Float32Array.from(
        { length },
        (_, i) => given.reduce((sum, g) => sum + g[i], 0),
      );
      const expectedTotals = [0, 1].map((i) =>
        all.reduce((sum, { rank }) => sum + (i === 0 ? rank + 0.1 : 1 / (rank + 3)), 0)
      );
      for (const { rank } of all) {
        assert.deepEqual(bits(arrays[rank]), bits(expected), `rank ${rank}, length ${length}`);
        assert.deepEqual([...totals[rank]], expectedTotals);
      }
    }
  });
}

Deno.test("allReduce() sums in rank order on every rank", async () => {
  // The order matters: in float64 (2^60 + 1) - 2^60 is 0, but (2^60 - 2^60) + 1 is 1.
  const values = [2 ** 60, 1, -(2 ** 60)];
  for (const length of [1, REDUCE_SCATTER_BYTES / 4 + 3]) {
    await Promise.all(
      inMemoryPeers(3).map(async (peers, rank) => {
        const array = new Float32Array(length).fill(values[rank]);
        const totals = Float64Array.of(values[rank]);
        await allReduce(peers, array, totals);
        assert.ok(array.every((value) => value === 0), `rank ${rank}, length ${length}`);
        assert.deepEqual([...totals], [0]);
      }),
    );
  }
});

Deno.test("allReduce() gives the same bits if messages arrive in a different order", async () => {
  const sumWithDelay = async (delayed: number) => {
    const arrays = [0, 1, 2].map((rank) => valuesOf(rank, 5000));
    await Promise.all(
      inMemoryPeers(3).map(async (peers, rank) => {
        if (rank === delayed) await new Promise((resolve) => setTimeout(resolve, 5));
        await allReduce(peers, arrays[rank], Float64Array.of(1));
      }),
    );
    return bits(arrays[0]);
  };
  const [first, ...rest] = await Promise.all([0, 1, 2].map(sumWithDelay));
  for (const other of rest) assert.deepEqual(other, first);
});

Deno.test("allReduce() sends 2 (P - 1) / P of a large array per rank", async () => {
  const all = inMemoryPeers(4);
  const length = 100_000;
  await Promise.all(
    all.map((peers, rank) => allReduce(peers, valuesOf(rank, length), Float64Array.of(1))),
  );
  const expectedBytes = 4 * length * 2 * 3 / 4;
  const headerBytes = 6 * 2048;
  for (const { sentBytes } of all) {
    assert.ok(
      sentBytes >= expectedBytes && sentBytes < expectedBytes + headerBytes,
      `${sentBytes} bytes`,
    );
  }
});

Deno.test("allReduce() fails on every rank if the lengths differ", async () => {
  const results = await Promise.allSettled(
    inMemoryPeers(2).map((peers, rank) =>
      allReduce(peers, new Float32Array(3 + rank), new Float64Array(2))
    ),
  );
  const messages = results.map((result) => result.status === "rejected" && result.reason.message);
  assert.match(messages[0], /all must send 3 values and 2 totals, rank 1 sent 4 and 2$/);
  assert.match(messages[1], /all must send 4 values and 2 totals, rank 0 sent 3 and 2$/);
});

Deno.test("Peers deliver messages in order, whether sent before or after receive()", async () => {
  const [first, second] = inMemoryPeers(2);
  const received = receiveAll(second, 0, 4);
  for (const n of [1, 2]) await first.send(1, numbered(n));
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const n of [3, 4]) await first.send(1, numbered(n));
  assert.deepEqual(await received, [1, 2, 3, 4]);
});

Deno.test("Peers separate the messages of different ranks", async () => {
  const [first, second, third] = inMemoryPeers(3);
  await third.send(0, numbered(30));
  await second.send(0, numbered(20));
  assert.deepEqual([await receiveAll(first, 1, 1), await receiveAll(first, 2, 1)], [[20], [30]]);
});

Deno.test("Peers refuse a rank that is not another rank", async () => {
  const [first] = inMemoryPeers(3);
  await assert.rejects(first.send(0, numbered(1)), {
    name: "RangeError",
    message: /^Cannot send to rank 0: .* another rank, known: 1, 2$/,
  });
  await assert.rejects(
    first.receive(3),
    /Cannot receive from rank 3: .* another rank, known: 1, 2$/,
  );
});

Deno.test("Peers reject waiting calls if the signal is aborted", async () => {
  const controller = new AbortController();
  const [first] = inMemoryPeers(2, controller.signal);
  const waiting = first.receive(1);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  await assert.rejects(first.send(1, numbered(1)), { message: "enough" });
});

Deno.test("Peers count sent bytes and the time of waiting", async () => {
  const [first, second] = inMemoryPeers(2);
  const waiting = first.receive(1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const batch = numbered(1);
  await second.send(0, batch);
  await waiting;
  assert.equal(second.sentBytes, batch.byteLength);
  assert.ok(first.waitSeconds >= 0.02, `${first.waitSeconds} s`);
});

const Numbered: Schema = { name: "numbered", columns: { n: "int32" } };

function numbered(n: number) {
  return createRecordBatch(Numbered, [{ n }]);
}

async function receiveAll(peers: Peers, rank: number, count: number): Promise<number[]> {
  const numbers = [];
  for (let i = 0; i < count; i++) numbers.push((await peers.receive(rank)).value("n", 0, "int32"));
  return numbers;
}

function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
