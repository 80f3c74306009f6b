import assert from "node:assert/strict";
import { createRecordBatch } from "../../../../io/record_batch.ts";
import { ChannelSender } from "../../../../pipeline/engine/channels/channel.ts";
import { Output } from "../../../../pipeline/engine/channels/output.ts";
import { Dealt, Numbers } from "../stages/schemas.ts";

const row = { n: 1, payload: new Float32Array(2) };

Deno.test("Output.send() refuses batches that differ from the declared schema", async () => {
  const output = new Output("bad", Numbers, false, []);
  await output.send(createRecordBatch(Numbers, [row]));
  const wrong = {
    "digits": { name: "digits", columns: Numbers.columns },
    "float64": { name: Numbers.name, columns: { ...Numbers.columns, n: "float64" } },
    "payload": { name: Numbers.name, columns: { n: "int32" } },
    "more": { name: Numbers.name, columns: { ...Numbers.columns, more: "int32" } },
  } as const;
  for (const [word, schema] of Object.entries(wrong)) {
    const { name, message } = await output.send(createRecordBatch(schema, []))
      .then(() => assert.fail(`${word} was sent`), (error) => error);
    assert.equal(name, "TypeError");
    assert.match(message, new RegExp(`stage "bad" declares the output "numbers".*`));
    assert.ok(message.includes(word), message);
  }
  assert.equal(output.rowCount, 1);
});

Deno.test("Output.send() routes batches of one row only", async () => {
  const channels = [0, 1].map(() => {
    const { port1 } = new MessageChannel();
    return new ChannelSender(port1, new AbortController().signal);
  });
  const output = new Output("deal", Dealt, true, [{ name: "next", channels }]);
  const rows = [{ rank: 0, n: 1 }, { rank: 1, n: 2 }];
  await assert.rejects(
    output.send(createRecordBatch(Dealt, rows)),
    /must have one row, received 2/,
  );
  await assert.rejects(output.send(createRecordBatch(Dealt, [{ rank: 2, n: 1 }])), /below 2/);
});
