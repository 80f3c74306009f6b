import assert from "node:assert/strict";
import fc from "fast-check";
import { fillNormal, hash } from "../../../pipeline/graph/random.ts";
import {
  ColumnStatistics,
  denormalise,
  normalise,
} from "../../../pipeline/training/normalisation.ts";
import { difference, within } from "../../support/exactness.ts";

Deno.test("ColumnStatistics gives the mean and deviation of all rows, for any batches", () => {
  const width = 3;
  const rows = 60;
  // A large offset with a small spread: the sum of squares minus the squared sum would have no
  // digit left.
  const values = fillNormal(hash(1, "values"), new Float32Array(rows * width)).map((value, k) =>
    k % width === 1 ? 1000 + value / 100 : value
  );
  const columns = [0, 1, 2].map((c) => [...values].filter((_, k) => k % width === c));
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / rows);
  const scales = columns.map((column, c) =>
    Math.sqrt(column.reduce((sum, value) => sum + (value - means[c]) ** 2, 0) / rows)
  );
  fc.assert(fc.property(fc.array(fc.nat(rows), { maxLength: 5 }), (cuts) => {
    const statistics = new ColumnStatistics(width);
    const bounds = [0, ...cuts.toSorted((a, b) => a - b), rows];
    for (let k = 0; k + 1 < bounds.length; k++) {
      statistics.add(values.subarray(bounds[k] * width, bounds[k + 1] * width));
    }
    const { mean, scale } = statistics.result();
    within(difference(mean, means) / 1000, 1e-13, "mean");
    within(difference(scale, scales), 1e-12, "scale");
  }));
});

Deno.test("ColumnStatistics gives a constant column the scale 1", () => {
  for (const constant of [0, 0.1, -1e6]) {
    const statistics = new ColumnStatistics(1);
    for (const rows of [7, 11]) statistics.add(new Float32Array(rows).fill(constant));
    const { mean, scale } = statistics.result();
    assert.equal(scale[0], 1);
    within(Math.abs(mean[0] - Math.fround(constant)), 1e-15 * Math.abs(constant), "mean");
  }
});

Deno.test("denormalise() undoes normalise(), column by column", () => {
  const mean = Float64Array.of(10, -2);
  const scale = Float64Array.of(4, 0.5);
  const values = Float32Array.of(10, -2, 14, -1.5, 2, -3);
  const normal = normalise(values, mean, scale);
  assert.deepEqual(normal, Float32Array.of(0, 0, 1, 1, -2, -2));
  assert.deepEqual(denormalise(normal, mean, scale), values);
  assert.deepEqual(normalise(new Float32Array(0), mean, scale), new Float32Array(0));
});
