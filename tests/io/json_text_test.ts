import assert from "node:assert/strict";
import { parseJson } from "../../io/json_text.ts";

Deno.test("parseJson() accepts brackets in texts and 64 levels", () => {
  assert.deepEqual(parseJson('{"[[[\\"[": "]{"}'), { '[[["[': "]{" });
  assert.deepEqual(
    parseJson("[".repeat(64) + "]".repeat(64)),
    JSON.parse("[".repeat(64) + "]".repeat(64)),
  );
  assert.throws(() => parseJson("[".repeat(65) + "]".repeat(65)), { name: "SyntaxError" });
});
