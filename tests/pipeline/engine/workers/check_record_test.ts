import assert from "node:assert/strict";
import { checkRecord } from "../../../../pipeline/engine/workers/check_record.ts";

Deno.test("checkRecord() returns figures as plain data, and names what is none", () => {
  const values = { step: 1, loss: NaN, isBest: true, picture: "a.png", none: null };
  assert.deepEqual(checkRecord({ kind: "step", values, other: 3 }), { kind: "step", values });
  const cases: [entry: unknown, message: RegExp][] = [
    [null, /it must be an object \{ kind, values \}, received null/],
    [{ kind: 3, values: {} }, /it must be an object/],
    [{ kind: "step" }, /it must be an object/],
    [{ kind: "step", values: { "\x1b": () => 0 } }, /values\.\\x1b must be a number, a boolean/],
  ];
  for (const [entry, message] of cases) {
    assert.throws(() => checkRecord(entry), { name: "TypeError", message });
  }
});
