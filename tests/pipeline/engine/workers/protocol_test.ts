import assert from "node:assert/strict";
import { packError, unpackError } from "../../../../pipeline/engine/workers/protocol.ts";

Deno.test("unpackError() restores the name, message, stack and causes of an error", () => {
  const error = new TypeError("outer", { cause: new RangeError("inner") });
  const restored = unpackError(structuredClone(packError(error)));
  assert.deepEqual(
    [restored.name, restored.message, restored.stack],
    [error.name, error.message, error.stack],
  );
  assert.ok(restored.cause instanceof Error);
  assert.deepEqual([restored.cause.name, restored.cause.message], ["RangeError", "inner"]);
});

Deno.test("packError() accepts any thrown value", () => {
  assert.equal(unpackError(packError("just a text")).message, "just a text");
  assert.equal(unpackError(packError(undefined)).message, "undefined");
});
