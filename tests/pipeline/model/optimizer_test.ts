import assert from "node:assert/strict";
import { fillNormal, hash } from "../../../pipeline/graph/random.ts";
import {
  Adam,
  clipGradient,
  firstNonFinite,
  NonFiniteError,
  oneCycleRate,
} from "../../../pipeline/model/optimizer.ts";
import { difference, within } from "../../support/exactness.ts";

Deno.test("Adam follows its formulas over 50 steps", () => {
  const length = 20;
  const rate = 0.01;
  const [beta1, beta2, epsilon] = [0.8, 0.99, 1e-6];
  const parameters = fillNormal(hash(1, "parameters"), new Float32Array(length));
  const expected = Array.from(parameters);
  const m = Array(length).fill(0);
  const v = Array(length).fill(0);
  const adam = new Adam(length, { beta1, beta2, epsilon });
  for (let step = 1; step <= 50; step++) {
    const gradient = fillNormal(hash(1, "gradient", step), new Float32Array(length));
    adam.step(parameters, gradient, rate);
    gradient.forEach((g, k) => {
      m[k] = beta1 * m[k] + (1 - beta1) * g;
      v[k] = beta2 * v[k] + (1 - beta2) * g * g;
      expected[k] -= rate * (m[k] / (1 - beta1 ** step)) /
        (Math.sqrt(v[k] / (1 - beta2 ** step)) + epsilon);
    });
  }
  // Parameters of size 1 are rounded to float32 in each of the 50 steps.
  within(difference(parameters, expected), 50 * 1.2e-7, "parameters");
});

Deno.test("Adam's first step has the size of the learning rate and opposes the gradient", () => {
  const parameters = new Float32Array(4);
  new Adam(4).step(parameters, Float32Array.of(1e-4, -5, 1e6, 0), 0.25);
  // g / (|g| + 1e-8) is 1 - 1e-4 for the first and 1 for the others.
  within(difference(parameters, [-0.25 / (1 + 1e-4), 0.25, -0.25, 0]), 1e-7, "parameters");
});

// From PyTorch: s = OneCycleLR(optimizer, max_lr=peak, total_steps=steps, pct_start=warmup,
// div_factor=initialDivisor, final_div_factor=finalDivisor, cycle_momentum=False), then
// s.get_last_lr()[0] before each s.step().
const ONE_CYCLES = [
  {
    options: { steps: 10, peakRate: 3e-3 },
    rates: [
      0.00011999999999999988,
      0.00156,
      0.003,
      0.002851453896040421,
      0.0024352369618492894,
      0.0018337860658088677,
      0.0011662259341911321,
      0.0005647750381507109,
      0.00014855810395957884,
      1.2e-08,
    ],
  },
  {
    options: { steps: 7, peakRate: 1, warmup: 0.5, initialDivisor: 10, finalDivisor: 100 },
    rates: [
      0.09999999999999998,
      0.41094235253127365,
      0.9140576474687263,
      0.9505339495172583,
      0.611649206511179,
      0.18906684397156262,
      0.001,
    ],
  },
  {
    options: { steps: 5, peakRate: 1, warmup: 0.5 },
    rates: [0.040000000000000036, 0.7599999999999999, 0.904508879153485, 0.3454941208465151, 4e-06],
  },
];

for (const { options, rates } of ONE_CYCLES) {
  Deno.test(`oneCycleRate() equals PyTorch's OneCycleLR over ${options.steps} steps`, () => {
    const actual = rates.map((_, step) => oneCycleRate(step, options));
    within(difference(actual, rates), 1e-15, "rates");
  });
}

Deno.test("oneCycleRate() is finite and at most the peak, even for very few steps", () => {
  for (const steps of [1, 2, 3, 4]) {
    for (const warmup of [0, 0.05, 0.3, 1]) {
      for (let step = 0; step < steps; step++) {
        const rate = oneCycleRate(step, { steps, peakRate: 2, warmup });
        assert.ok(rate > 0 && rate <= 2, `${steps} steps, warmup ${warmup}, step ${step}: ${rate}`);
      }
    }
  }
});

Deno.test("clipGradient() scales a long gradient to the limit, not a short one", () => {
  const long = Float32Array.of(3, 4);
  const short = Float32Array.of(0.3, 0.4);
  assert.equal(clipGradient(long, 1), 5);
  // As in PyTorch, the divisor is the norm plus 1e-6.
  within(difference(long, [3 / (5 + 1e-6), 4 / (5 + 1e-6)]), 1e-7, "gradient");
  within(Math.abs(clipGradient(short, 1) - 0.5), 1e-7, "norm");
  assert.deepEqual(short, Float32Array.of(0.3, 0.4));
  assert.equal(clipGradient(new Float32Array(3), 1), 0);
});

Deno.test("clipGradient() refuses what is not finite, and clips what float32 holds", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const gradient = Float32Array.of(0.1, 0.2, value, value);
    assert.throws(() => clipGradient(gradient, 1), (error) => {
      assert.ok(error instanceof NonFiniteError);
      assert.equal(error.element, 2);
      assert.match(error.message, /must be finite, element 2 is/);
      return true;
    });
    assert.deepEqual(gradient, Float32Array.of(0.1, 0.2, value, value));
  }
  const huge = Float32Array.of(3e38, 0, -3e38);
  clipGradient(huge, 1);
  within(difference(huge, [Math.SQRT1_2, 0, -Math.SQRT1_2]), 1e-7, "gradient");
});

Deno.test("firstNonFinite() finds the element, however large or mixed the others are", () => {
  assert.equal(firstNonFinite(new Float32Array(0)), -1);
  assert.equal(firstNonFinite(new Float32Array(1000).fill(3.4e38)), -1);
  assert.equal(firstNonFinite(Float32Array.of(1, Infinity, -Infinity)), 1);
  assert.equal(firstNonFinite(Float32Array.of(1, 2, NaN)), 2);
});

// Gradient, learning rate: a NaN, a square that overflows float32, an update that overflows it.
for (const [gradient, rate] of [[NaN, 0.1], [1e21, 0.1], [0.5, 1e39]]) {
  Deno.test(`Adam refuses a gradient of ${gradient} at rate ${rate}, and changes nothing`, () => {
    const adam = new Adam(3);
    const parameters = Float32Array.of(1, 2, 3);
    adam.step(parameters, Float32Array.of(0.1, 0.2, 0.3), 0.1);
    const before = structuredClone({ parameters, ...adam.state });
    const step = () => adam.step(parameters, Float32Array.of(0.1, gradient, 0.3), rate);
    assert.throws(step, (error) => {
      assert.ok(error instanceof NonFiniteError);
      assert.equal(error.element, rate > 1 ? 0 : 1);
      return true;
    });
    assert.deepEqual({ parameters, ...adam.state }, before);
  });
}
