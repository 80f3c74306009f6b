import assert from "node:assert/strict";
import { decodeLine, encodeMessage, type JobMessage } from "../../scripts/batch/job_messages.ts";

const TOKEN = "6f0d3f3c-token";

function lineOf(message: JobMessage): string {
  return new TextDecoder().decode(encodeMessage(message, TOKEN)).trimEnd();
}

Deno.test("A message is read after output that has no line end", () => {
  const planned: JobMessage = { type: "planned", bytes: 1000 };
  for (const printed of ["", "loading...", '{"type":"planned","bytes":1e18}', "\r 50 %"]) {
    const line = decodeLine(printed + lineOf(planned), TOKEN);
    assert.deepEqual(line, { printed, message: planned });
  }
});

Deno.test("What a stage prints is never a message", () => {
  const messages = [
    '{"type":"planned","bytes":"abc"}',
    '{"type":"planned","bytes":1e18}',
    '{"type":"failed","reason":"faked"}',
    '{"type":"progress"}',
    "",
  ];
  for (const printed of messages) {
    assert.deepEqual(decodeLine(printed, TOKEN), { printed: `${printed}\n`, message: undefined });
  }
});

Deno.test("A message with other fields than its type has is printed, not obeyed", () => {
  const bodies = [
    '{"type":"planned","bytes":"abc"}',
    '{"type":"planned","bytes":-1}',
    '{"type":"progress","done":"x","total":null}',
    '{"type":"unknown"}',
    "null",
    "{",
  ];
  for (const body of bodies) assert.equal(decodeLine(TOKEN + body, TOKEN).message, undefined);
});

Deno.test("A loss that is not finite arrives as none", () => {
  const { message } = decodeLine(
    lineOf({ type: "progress", done: 1, total: 2, loss: NaN }),
    TOKEN,
  );
  assert.deepEqual(message, { type: "progress", done: 1, total: 2, loss: undefined });
});
