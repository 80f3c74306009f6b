import assert from "node:assert/strict";
import { exactJson, parseExactJson } from "../../io/exact_json.ts";

Deno.test(
  "exactJson() preserves typed arrays, windows of larger ones too, and numbers that are not " +
    "finite",
  () => {
    const all = Float64Array.of(0, 1 / 3, NaN, -Infinity, 7);
    const data = {
      name: "a",
      list: [1, NaN, Infinity, -Infinity, null],
      nested: {
        window: all.subarray(1, 4),
        bytes: Uint8Array.of(255, 0),
        none: new Float32Array(0),
      },
    };
    assert.deepEqual(parseExactJson(exactJson(data)), data);
    assert.ok(exactJson({ values: new Float32Array(900).fill(0.1) }).length < 5000);
  },
);
