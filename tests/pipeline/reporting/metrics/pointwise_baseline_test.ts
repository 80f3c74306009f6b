import assert from "node:assert/strict";
import { hash, keyedUniform } from "../../../../pipeline/graph/random.ts";
import {
  PointwiseBaseline,
  type PointwiseSample,
} from "../../../../pipeline/reporting/metrics/pointwise_baseline.ts";
import { regressionSums, solveRidge } from "../../../../pipeline/reporting/metrics/ridge.ts";

const NODES = 400;
const SAMPLES = 8;

/** Nodes at random places of a line with a field of random values, and targets of both. */
function sampleOf(
  number: number,
  target: (x: number, k: (offset: number) => number) => number,
): PointwiseSample {
  const key = hash(1, number);
  const position = Float64Array.from({ length: NODES }, (_, node) => node / NODES);
  const field = Float64Array.from({ length: NODES }, (_, node) => keyedUniform(key, node));
  return {
    id: `${number}`,
    dimensions: 1,
    position,
    input: Float64Array.from({ length: 2 * NODES }, (_, k) => [position, field][k % 2][k >> 1]),
    target: position.map((x, node) => target(x, (offset) => field[(node + offset) % NODES])),
    count: SAMPLES,
  };
}

/** Error of a prediction over the deviation of the truth. */
function relativeError(truth: ArrayLike<number>, predicted: Float64Array): number {
  const mean = Array.from(truth).reduce((sum, value) => sum + value, 0) / truth.length;
  const errors = predicted.reduce((sum, value, k) => sum + (value - truth[k]) ** 2, 0);
  return Math.sqrt(errors / Array.from(truth).reduce((sum, value) => sum + (value - mean) ** 2, 0));
}

function errorOf(target: (x: number, k: (offset: number) => number) => number): number {
  const baseline = new PointwiseBaseline();
  for (let k = 0; k < SAMPLES; k++) baseline.add(sampleOf(k, target));
  const test = sampleOf(SAMPLES, target);
  return relativeError(test.target, baseline.predict(test));
}

Deno.test("PointwiseBaseline learns a function of position and field, on new samples", () => {
  const error = errorOf((x, k) => 101325 + 1e-3 * (Math.sin(6 * x) * k(0) + x * x));
  assert.ok(error < 0.02, `${error}`);
});

Deno.test("PointwiseBaseline cannot learn the field of a neighbour", () => {
  const error = errorOf((_x, k) => k(1));
  assert.ok(error > 0.9, `${error}`);
  // Half of the variance is that of the node itself.
  const half = errorOf((_x, k) => k(0) + k(1));
  assert.ok(Math.abs(half - Math.SQRT1_2) < 0.08, `${half}`);
});

Deno.test("PointwiseBaseline depends neither on units nor on long tails of inputs", () => {
  const fitted = (factor: number) => {
    const baseline = new PointwiseBaseline();
    const samples = Array.from({ length: 6 }, (_, k) => {
      const sample = sampleOf(k, (x, k) => x + k(0));
      const input = Array.from(sample.input, (value, i) => i % 2 ? factor * value : value);
      // One node far away, as at the boundary of an open domain.
      input[1] *= 1e6;
      return { ...sample, input };
    });
    for (const sample of samples.slice(1)) baseline.add(sample);
    return relativeError(samples[0].target, baseline.predict(samples[0]));
  };
  assert.ok(fitted(1) < 0.1, `${fitted(1)}`);
  assert.ok(Math.abs(fitted(1e-9) - fitted(1)) < 1e-6);
});

Deno.test("PointwiseBaseline leaves out nodes without a known target", () => {
  const baseline = new PointwiseBaseline();
  const sample = sampleOf(0, (x) => x);
  const known = Uint8Array.from({ length: NODES }, (_, node) => node % 2);
  const target = Float64Array.from(sample.target, (value, node) => node % 2 ? value : -9999);
  baseline.add({ ...sample, target, known, count: 1 });
  assert.ok(relativeError(sample.target, baseline.predict(sample)) < 0.02);
  const empty = new PointwiseBaseline();
  assert.throws(() => empty.predict(sample), /at least one training node.*received none/);
});

Deno.test("PointwiseBaseline takes single nodes, constant inputs and constant targets", () => {
  const mesh = { id: "a", dimensions: 2, position: [1, 2], input: [1, 2, 5], count: 1 };
  const baseline = new PointwiseBaseline();
  baseline.add({ ...mesh, target: [7, -3] });
  const [first, second] = baseline.predict(mesh);
  assert.ok(Math.abs(first - 7) < 1e-3 && Math.abs(second + 3) < 1e-3);
});

Deno.test("solveRidge() gives the closed form, also for features that depend on each other", () => {
  // Two equal features 1, 2 and y = 2, 4: each weight w minimises 5 · (2w − 2)² + 2w².
  const x = { values: Float64Array.of(1, 1, 2, 2), width: 2 };
  const y = { values: Float64Array.of(2, 4), width: 1 };
  const { values: [a, b] } = solveRidge(regressionSums(x, y), 0.5);
  assert.ok(Math.abs(a - 10 / 11) < 1e-12 && Math.abs(b - 10 / 11) < 1e-12);
  const tiny = solveRidge(regressionSums(x, y), 1e-300).values;
  assert.ok(Math.abs(tiny[0] + tiny[1] - 2) < 1e-6);
});
