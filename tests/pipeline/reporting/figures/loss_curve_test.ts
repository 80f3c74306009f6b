import assert from "node:assert/strict";
import { lossBins } from "../../../../pipeline/reporting/figures/loss_curve.ts";

Deno.test("lossBins() has every point of a short curve", () => {
  assert.deepEqual(lossBins([{ step: 1, loss: 4 }, { step: 2, loss: 1 }], 10), [
    { step: 1, low: 4, middle: 4, high: 4 },
    { step: 2, low: 1, middle: 1, high: 1 },
  ]);
});

Deno.test("lossBins() gives range and geometric mean of neighbouring steps", () => {
  const points = [1, 4, 0.1, 0.001].map((loss, k) => ({ step: k + 1, loss }));
  const [first, second] = lossBins(points, 2);
  assert.deepEqual([first.step, first.low, first.high], [1.5, 1, 4]);
  assert.ok(Math.abs(first.middle - 2) < 1e-12);
  assert.ok(Math.abs(second.middle - 0.01) < 1e-12);
});

Deno.test("lossBins() has every step of a long curve except losses without a logarithm", () => {
  const points = Array.from({ length: 1001 }, (_, k) => ({ step: k, loss: k === 500 ? 1e-9 : 1 }));
  const bins = lossBins(points, 300);
  assert.equal(bins.length, 300);
  assert.equal(Math.min(...bins.map(({ low }) => low)), 1e-9);
  assert.deepEqual(
    lossBins([{ step: 1, loss: 0 }, { step: 2, loss: NaN }, { step: 3, loss: Infinity }], 5),
    [],
  );
});
