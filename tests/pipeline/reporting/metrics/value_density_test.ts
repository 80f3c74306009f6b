import assert from "node:assert/strict";
import { hash, keyedUniform } from "../../../../pipeline/graph/random.ts";
import {
  DensityAccumulator,
  GrowingHistogram,
} from "../../../../pipeline/reporting/metrics/value_density.ts";

Deno.test("GrowingHistogram counts every value in its bin, in any order and range", () => {
  const values = Array.from(
    { length: 500 },
    (_, k) => (keyedUniform(hash(3), k) - 0.4) * 10 ** (k % 6 - 3),
  );
  for (const order of [values, values.toReversed(), [...values].sort((a, b) => a - b)]) {
    const histogram = new GrowingHistogram(1, 32);
    for (const value of order) {
      histogram.include(value, value);
      histogram.add(value);
    }
    const { low, width, bins, counts } = histogram.result();
    const expected = new Uint32Array(bins);
    for (const value of values) expected[Math.floor((value - low) / width)]++;
    assert.deepEqual(counts, expected);
    assert.ok(Math.max(...values) < low + bins * width);
  }
});

Deno.test("GrowingHistogram resolves a small variation of a large value, and equal values", () => {
  const histogram = new GrowingHistogram(1, 32);
  for (const value of [101325, 101325.0078125, 101325.015625]) histogram.include(value, value);
  assert.ok(histogram.result().width < 1);
  const zeros = new GrowingHistogram(2, 8);
  zeros.include(0, 0);
  zeros.add(0, 0);
  assert.equal(zeros.result().counts.reduce((a, b) => a + b), 1);
});

Deno.test("DensityAccumulator pairs truth and prediction, without masked nodes", () => {
  const densities = new DensityAccumulator(["u", "v"], ["m", ""]);
  densities.add([0, 5, 1, 5, 9, -9999], [0.5, 5, 1.5, 6, 9.5, 5], [1, 1, 0]);
  const [u, v] = densities.result();
  assert.deepEqual([u.name, u.unit, v.name], ["u", "m", "v"]);
  const at = ({ low, width }: { low: number; width: number }, value: number) =>
    Math.floor((value - low) / width);
  assert.equal(u.errors.counts[at(u.errors, 0.5)], 2);
  const row = at(v.parity, 6) * v.parity.bins;
  assert.equal(v.parity.counts[row + at(v.parity, 5)], 1);
  assert.equal(v.parity.counts.reduce((a, b) => a + b), 2);
});
