import assert from "node:assert/strict";
import {
  RangeCheck,
  RangeStatistics,
  rangeText,
  SpacingMeter,
} from "../../../pipeline/training/training_range.ts";

/** A line of nodes at a distance. */
function line(count: number, spacing: number) {
  return { dimensions: 1, position: Float32Array.from({ length: count }, (_, k) => k * spacing) };
}

Deno.test("RangeCheck finds inputs and spacings outside the training, in deviations", () => {
  const statistics = new RangeStatistics(2);
  statistics.add(line(3, 0.5), [0, 10, 0, 20, 0, 30]);
  statistics.add(line(2, 1), [0, 12, 0, 14]);
  const range = statistics.result();
  assert.deepEqual(range, { inputMin: [0, 10], inputMax: [0, 30], spacing: [0.5, 1] });

  const inputs = { inputNames: ["q", "T"], units: ["", "K"], inputScale: [1, 5], range };
  const inside = new RangeCheck(inputs);
  inside.add(line(2, 0.75), [0, 10, 0, 30 + 1e-6]);
  assert.deepEqual(inside.result(), [], "rounding is in the range");

  const outside = new RangeCheck(inputs);
  outside.add(line(4, 0.25), [0, 20, 2, 20, 0, 40, 0, 5]);
  const [q, temperature, spacing] = outside.result();
  assert.deepEqual([q.name, q.share, q.worst, q.deviations], ["q", 0.25, 2, 2]);
  assert.deepEqual(temperature, {
    name: "T",
    unit: "K",
    share: 0.5,
    worst: 40,
    deviations: 2,
    min: 10,
    max: 30,
  });
  assert.deepEqual([spacing.name, spacing.share, spacing.worst], ["spacing", 1, 0.25]);
  assert.match(rangeText(q), /^q is outside 0.*, its only value in the training, at 25/);
  assert.match(rangeText(temperature), /training range 10.* to 30.* K .* at worst 40.* K \(2/);
});

Deno.test("SpacingMeter leaves out nodes at the place of their neighbour", () => {
  const { nodes, distances } = new SpacingMeter().measure({
    dimensions: 2,
    position: Float64Array.of(0, 0, 1, 0, 1, 0, 1, 2),
  });
  assert.deepEqual([...nodes], [0, 3]);
  assert.deepEqual([...distances], [1, 2]);
});
