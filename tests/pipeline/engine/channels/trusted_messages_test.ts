import assert from "node:assert/strict";
import { join } from "node:path";
import { createRecordBatch, encodeRecordBatch, type Schema } from "../../../../io/record_batch.ts";
import { ChannelReceiver } from "../../../../pipeline/engine/channels/channel.ts";
import { inMemoryPeers } from "../../../../pipeline/engine/channels/peers.ts";
import { replayTape, TapeRecorder } from "../../../../pipeline/engine/channels/tape.ts";
import { replaceNumbers } from "../../../io/damaged_frame.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";

const SCHEMA: Schema = { name: "field", columns: { value: { list: "float32" } } };

/** A message whose values start before its data: readable, but refused by a check of its frame. */
const UNVERIFIED = replaceNumbers(
  encodeRecordBatch(createRecordBatch(SCHEMA, [{ value: Float32Array.of(1, 2, 3) }])),
  BigInt64Array.of(8n, 12n),
  BigInt64Array.of(-8n, 12n),
);

Deno.test("messages between workers are decoded without a check of their frame", async () => {
  const [first, second] = inMemoryPeers(2);
  await first.send(1, UNVERIFIED);
  const batch = await second.receive(0);
  assert.equal(batch.list("value", 0, "float32").length, 3);

  const { port1, port2 } = new MessageChannel();
  const receiver = new ChannelReceiver([port1], SCHEMA, new AbortController().signal);
  for (const parcel of [UNVERIFIED, "done"]) port2.postMessage(parcel);
  const received = await Array.fromAsync(receiver);
  port2.close();
  assert.deepEqual(received.map(({ rowCount }) => rowCount), [1]);
});

Deno.test("a tape is verified, since its file may have been damaged", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "0.batches");
    const recorder = new TapeRecorder(path, Infinity, assert.ifError);
    await recorder.add(UNVERIFIED);
    await recorder.close();
    await assert.rejects(Array.fromAsync(replayTape(path, SCHEMA)), {
      name: "SyntaxError",
      message: /a column spans bytes -8 to 4/,
    });
  }));
