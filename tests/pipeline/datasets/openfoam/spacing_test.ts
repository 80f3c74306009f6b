import assert from "node:assert/strict";
import {
  geometricDistance,
  growthRatio,
  stretchedPoints,
} from "../../../../pipeline/datasets/openfoam/spacing.ts";

Deno.test("stretchedPoints() runs from 0 to 1 with the requested intervals at both ends", () => {
  const points = stretchedPoints(60, 0.004, 0.03);
  const intervals = Array.from(points.subarray(1), (x, i) => x - points[i]);
  assert.deepEqual([points.length, points[0], points[60]], [61, 0, 1]);
  assert.ok(intervals.every((interval) => interval > 0));
  // The method gives the slope at the ends, which intervals of finite length only approach.
  assert.ok(Math.abs(intervals[0] / 0.004 - 1) < 0.15, `${intervals[0]}`);
  assert.ok(Math.abs(intervals[59] / 0.03 - 1) < 0.15, `${intervals[59]}`);
});

Deno.test("stretchedPoints() is symmetric if both intervals are equal", () => {
  const points = stretchedPoints(21, 0.01, 0.01);
  for (let i = 0; i <= 21; i++) assert.ok(Math.abs(points[i] + points[21 - i] - 1) < 1e-14);
});

Deno.test("growthRatio() fills a length with growing intervals", () => {
  const ratio = growthRatio(1e-5, 100, 160);
  let sum = 0;
  for (let i = 0; i < 160; i++) sum += 1e-5 * ratio ** i;
  assert.ok(Math.abs(sum / 100 - 1) < 1e-9, `${sum}`);
  assert.ok(Math.abs(geometricDistance(1e-5, ratio, 160) / 100 - 1) < 1e-9);
});
