import assert from "node:assert/strict";
import { checkProgress } from "../../../../pipeline/engine/workers/check_progress.ts";

Deno.test("checkProgress() returns counts and figures, also figures that are not finite", () => {
  const values = { loss: NaN, rate: 0.1 };
  const progress = checkProgress({ done: 1, total: 2, values, other: () => 0 });
  assert.deepEqual(progress, { done: 1, total: 2, values });
});

Deno.test("checkProgress() refuses what is not progress, and names the property", () => {
  const cases: [progress: unknown, message: RegExp][] = [
    [null, /it must be an object/],
    [17, /it must be an object/],
    [{ done: NaN, total: 1 }, /done must be a finite number >= 0, received NaN/],
    [{ done: "x", total: 1 }, /done must be .* received "x"/],
    [{ done: 1, total: -1 }, /total must be .* received -1/],
    [{ done: 1 }, /total must be/],
    [{ done: 1, total: 1, values: 3 }, /values must be an object of numbers/],
    [{ done: 1, total: 1, values: { "\x1b": "a" } }, /values\.\\x1b must be a number/],
  ];
  for (const [progress, message] of cases) {
    assert.throws(() => checkProgress(progress), { name: "TypeError", message });
  }
});
