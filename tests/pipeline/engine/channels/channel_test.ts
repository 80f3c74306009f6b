import assert from "node:assert/strict";
import {
  createRecordBatch,
  encodeRecordBatch,
  type RecordBatch,
  type Schema,
} from "../../../../io/record_batch.ts";
import { ChannelReceiver, ChannelSender } from "../../../../pipeline/engine/channels/channel.ts";
import { withTimeLimit } from "../support.ts";

const Values: Schema = { name: "values", columns: { n: "int32", value: { list: "float32" } } };

function encoded(n: number, valueCount = 0): Uint8Array<ArrayBuffer> {
  return encodeRecordBatch(createRecordBatch(Values, [{ n, value: new Float32Array(valueCount) }]));
}

/** One consumer, with a producer for each limit. */
function connect(limits: readonly number[], controller = new AbortController()) {
  const channels = limits.map(() => new MessageChannel());
  const senders = channels.map(({ port1 }, i) =>
    new ChannelSender(port1, controller.signal, limits[i])
  );
  const receiver = new ChannelReceiver(
    channels.map(({ port2 }) => port2),
    Values,
    controller.signal,
  );
  const close = () =>
    channels.forEach(({ port1, port2 }) => [port1, port2].forEach((port) => port.close()));
  return { senders, receiver, controller, [Symbol.dispose]: close };
}

async function numbers(batches: AsyncIterable<RecordBatch>): Promise<number[]> {
  const all: number[] = [];
  for await (const batch of batches) all.push(batch.value("n", 0, "int32"));
  return all;
}

const turn = (milliseconds = 0) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("A channel delivers every batch once, in order, then ends", async () => {
  using channel = connect([1000]);
  const received = numbers(channel.receiver);
  for (let n = 0; n < 50; n++) await channel.senders[0].send(encoded(n));
  channel.senders[0].close();
  assert.deepEqual(await received, Array.from({ length: 50 }, (_, n) => n));
});

Deno.test("A channel never has more bytes in flight than its limit", async () => {
  const size = encoded(0, 1000).byteLength;
  using channel = connect([3 * size + size / 2]);
  const [sender] = channel.senders;
  let sent = 0;
  const sending = (async () => {
    for (; sent < 20; sent++) await sender.send(encoded(sent, 1000));
    sender.close();
  })();
  await turn(20);
  assert.equal(sent, 3, "without a consumer the producer stops at the bound");
  let taken = 0;
  for await (const _ of channel.receiver) {
    taken++;
    await turn(2);
    assert.ok(sent <= taken + 3, `${sent} sent, ${taken} taken`);
  }
  await sending;
  assert.equal(taken, 20);
  assert.equal(sender.peakBytes, 3 * size);
});

Deno.test("A batch larger than the limit is sent alone", async () => {
  using channel = connect([100]);
  const [sender] = channel.senders;
  const size = encoded(0, 1000).byteLength;
  const received = numbers(channel.receiver);
  for (let n = 0; n < 5; n++) await withTimeLimit(sender.send(encoded(n, 1000)));
  sender.close();
  assert.deepEqual(await received, [0, 1, 2, 3, 4]);
  assert.equal(sender.peakBytes, size);
});

Deno.test("A consumer that leaves its loop stops the producer", async () => {
  const size = encoded(0, 100).byteLength;
  using channel = connect([size]);
  const [sender] = channel.senders;
  const sending = (async () => {
    for (let n = 0; n < 100; n++) await sender.send(encoded(n, 100));
  })();
  for await (const batch of channel.receiver) if (batch.value("n", 0) === 2) break;
  await sending;
  assert.ok(sender.stopped);
});

Deno.test("An input that is never read stops the producer when it is closed", async () => {
  using channel = connect([1]);
  const [sender] = channel.senders;
  await sender.send(encoded(0));
  const waiting = sender.send(encoded(1));
  await turn();
  assert.ok(sender.blocked);
  channel.receiver.stop();
  await waiting;
});

Deno.test("Channels merge into one consumer, each in order, and end after the last", async () => {
  using channel = connect([500, 5000, 500]);
  const received = numbers(channel.receiver);
  await Promise.all(channel.senders.map(async (sender, rank) => {
    for (let n = 0; n < 20; n++) await sender.send(encoded(100 * rank + n));
    sender.close();
  }));
  const all = await received;
  assert.equal(all.length, 60);
  for (const rank of [0, 1, 2]) {
    const ofRank = all.filter((n) => Math.floor(n / 100) === rank);
    assert.deepEqual(ofRank, Array.from({ length: 20 }, (_, n) => 100 * rank + n));
  }
});

Deno.test("Bytes sent as shared stay with the sender, others are transferred", async () => {
  using channel = connect([10_000]);
  const [sender] = channel.senders;
  const [shared, given] = [encoded(1), encoded(2)];
  await sender.send(shared, true);
  await sender.send(given);
  sender.close();
  assert.deepEqual(await numbers(channel.receiver), [1, 2]);
  assert.ok(shared.byteLength > 0);
  assert.equal(given.byteLength, 0);
});

Deno.test("An aborted signal rejects a blocked producer and a waiting consumer", async () => {
  using channel = connect([1]);
  const [sender] = channel.senders;
  await sender.send(encoded(0));
  const blocked = assert.rejects(sender.send(encoded(1)), { message: "enough" });
  using idle = connect([1], channel.controller);
  const waiting = assert.rejects(numbers(idle.receiver), { message: "enough" });
  await turn();
  channel.controller.abort(new Error("enough"));
  await withTimeLimit(Promise.all([blocked, waiting]));
});

Deno.test("A batch of a different schema is an error that names the column", async () => {
  using channel = connect([10_000]);
  const other = createRecordBatch({ name: "values", columns: { n: "int32", value: "float32" } }, [{
    n: 1,
    value: 2,
  }]);
  await channel.senders[0].send(encodeRecordBatch(other));
  await assert.rejects(numbers(channel.receiver), {
    name: "TypeError",
    message: /column "value" must be list of float32/,
  });
});

Deno.test("An input can be read only once", async () => {
  using channel = connect([1]);
  channel.senders[0].close();
  await numbers(channel.receiver);
  assert.throws(() => channel.receiver[Symbol.asyncIterator](), /can be read only once/);
});

Deno.test("A channel that grows lets the producer continue", async () => {
  const size = encoded(0).byteLength;
  using channel = connect([size]);
  const [sender] = channel.senders;
  await sender.send(encoded(0));
  const waiting = sender.send(encoded(1));
  await turn();
  sender.grow();
  await waiting;
  assert.equal(sender.limitBytes, 2 * size);
});
